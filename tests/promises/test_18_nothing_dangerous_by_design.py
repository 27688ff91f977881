"""18. What could run somebody's bytes is forbidden outside a list; bandit finds nothing without a reason."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

ROOMS = ("search", "indexer", "web", "wsgi.py")
MODULES = [
    path
    for room in ROOMS
    for path in ([ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob("*.py")))
]
# Who may: the servers are started by `svodka serve`; markup is made of escaped pieces.
MAY = {"subprocess": ("indexer/serving.py",), "Markup": ("search/answering.py",)}
FORBIDDEN_MODULES = ("pickle", "marshal", "shelve", "subprocess", "ctypes", "telnetlib", "xmlrpc")
FORBIDDEN_CALLS = ("eval", "exec", "compile", "__import__", "system", "popen", "Markup")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_dangerous_is_used_outside_the_list(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [(node.module or "").partition(".")[0]]
        elif isinstance(node, ast.Call):
            match node.func:
                case ast.Name(name):
                    names = [name]
                case ast.Attribute(value=ast.Name("os"), attr=name):
                    names = [name]
        for name in names:
            if name in (*FORBIDDEN_MODULES, *FORBIDDEN_CALLS):
                assert place in MAY.get(name, ()), f"{place} uses {name}"


def test_bandit_finds_nothing() -> None:
    command = [sys.executable, "-m", "bandit", "-q", "-r", *ROOMS, "-c", "pyproject.toml"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_every_exemption_has_a_reason() -> None:
    exemption = re.compile(r"#\s*(?:noqa|nosec|type:\s*ignore)([^#]*)$")
    shipped = [path for room in ("clients", "cluster") for path in sorted((ROOT / room).rglob("*.py"))]
    silent = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (*MODULES, *shipped)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if exemption.search(line)
    ]
    assert silent == []
