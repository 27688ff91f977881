"""What can be set, given, asked, answered or go wrong is told in docs/, or the build fails."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import indexer.fetch
import web.keys
from indexer.cli import main
from search import limits, settings
from search.asking import HIT_FIELDS, PARAMETERS
from search.errors import SvodkaError
from tests.conftest import ROOT
from web.openapi import document
from web.wording import WARNINGS

DOCS = ROOT / "docs"
API = (DOCS / "api.md").read_text(encoding="utf-8")
OPERATIONS = (DOCS / "operations.md").read_text(encoding="utf-8")


def told(page: str) -> set[str]:
    """The names that a page puts in the type of code."""
    blocks = "\n".join(re.findall(r"```.*?```", page, flags=re.DOTALL))
    spans = "\n".join(re.findall(r"`[^`\n]+`", re.sub(r"```.*?```", "", page, flags=re.DOTALL)))
    return set(re.findall(r"[\w-]+", blocks + spans))


def kinds(error: type[SvodkaError]) -> Iterator[type[SvodkaError]]:
    yield error
    for kind in error.__subclasses__():
        yield from kinds(kind)


def properties(schema: Any) -> Iterator[str]:
    """The names of all fields in a schema, however deep."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inner in schema.values():
            yield from properties(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from properties(inner)


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameter_of_the_api_is_told(name: str) -> None:
    assert re.search(rf"^\|.*`{name}`", API, flags=re.MULTILINE)


@pytest.mark.parametrize("name", sorted({*properties(document()["components"]), *HIT_FIELDS}))
def test_field_of_an_answer_is_told(name: str) -> None:
    assert name in told(API)


@pytest.mark.parametrize("path", document()["paths"])
def test_address_is_told(path: str) -> None:
    assert path in API


def test_kinds_of_errors_are_told() -> None:
    modules = (indexer.fetch, web.keys, settings)  # so that their kinds are known
    assert all(modules)
    codes = {kind.code for kind in kinds(SvodkaError)} - {"error"}
    assert codes <= told(API)


@pytest.mark.parametrize("code", WARNINGS)
def test_warning_is_told(code: str) -> None:
    assert code in told(API)


@pytest.mark.parametrize("name", [name for name in vars(limits) if name.isupper()])
def test_limit_is_told_with_its_value(name: str) -> None:
    row = next((line for line in API.splitlines() if f"`{name}`" in line), None)
    assert row, f"{name} is not in the table of limits"
    names, values = (cell.strip() for cell in row.strip("|").split("|")[:2])
    by_name = dict(zip(re.findall(r"`(\w+)`", names), values.split(", "), strict=True))
    assert by_name[name] == f"{getattr(limits, name):,g}" or by_name[name] == f"{getattr(limits, name):,}"


@pytest.mark.parametrize(
    ("command", "flag"),
    [
        (command.name, flag)
        for command in main.commands.values()
        for option in command.params
        if isinstance(option, click.Option)
        and (command.name, option.name) not in {("search", name) for name in PARAMETERS}
        for flag in (*option.opts, *option.secondary_opts)
    ],
)
def test_flag_is_told_to_operators(command: str, flag: str) -> None:
    assert flag in OPERATIONS
    assert f"`svodka {command}" in OPERATIONS or f"svodka {command}" in OPERATIONS


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
        if not link.startswith(("http://", "https://")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
