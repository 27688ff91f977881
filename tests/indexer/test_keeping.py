"""Keys, backups and the way back, as an operator uses them."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from indexer.cli import main
from tests.conftest import ROOT


def run(home: Path, *arguments: object, stdin: str | None = None) -> Result:
    environment = {"SVODKA_HOME": str(home)}
    return CliRunner().invoke(main, [str(each) for each in arguments], input=stdin, env=environment)


def told(result: Result) -> Any:
    return json.loads(result.stdout)


def test_keys_are_given_listed_and_revoked(tmp_path: Path) -> None:
    made = told(
        run(tmp_path, "keys", "add", "лента новостей", "--scope", "write", "--scope", "read", "--json")
    )
    assert made["key"].startswith("svodka_")
    (listed,) = told(run(tmp_path, "keys", "list", "--json"))["keys"]
    assert (listed["name"], listed["scopes"]) == ("лента новостей", ["write", "read"])
    assert made["key"] not in run(tmp_path, "keys", "list").stdout
    assert run(tmp_path, "keys", "revoke", listed["id"]).exit_code == 0
    again = run(tmp_path, "keys", "revoke", listed["id"])
    assert again.exit_code == 1
    assert listed["id"] in again.stderr
    assert told(run(tmp_path, "keys", "list", "--json")) == {"keys": []}
    assert run(tmp_path, "keys", "add", "x", "--scope", "root").exit_code == 2


def hits(home: Path, q: str) -> list[object]:
    found = told(run(home, "search", q, "--json", "--per-page", "100", "--facets", "source"))
    return [
        found["total"],
        found["facets"],
        *(hit | {"score": round(hit["score"], 6)} for hit in found["hits"]),
    ]


def test_restored_service_gives_the_same_answers(tmp_path: Path) -> None:
    home, other, file = tmp_path / "var", tmp_path / "other", tmp_path / "copies" / "svodka.db"
    file.parent.mkdir()
    run(home, "add", ROOT / "samples", "--json")
    run(home, "remove", told(run(home, "search", "мост", "--json"))["hits"][0]["id"])
    questions = ("мост", "паводок -прогноз", '"школьный автобус"', "")
    before = [hits(home, q) for q in questions]
    assert before[0][0]
    assert run(home, "backup", file).exit_code == 0
    run(home, "add", "-", stdin='{"title": "Мост", "text": "Мост после копии"}\n')
    assert run(other, "restore", file).exit_code == 0
    assert [hits(other, q) for q in questions] == before
    assert told(run(other, "check", "--json"))["ok"] is True


def test_backup_is_one_file_taken_while_others_write(tmp_path: Path) -> None:
    run(tmp_path / "var", "add", "-", stdin='{"id": "a", "title": "Мост", "text": "Мост"}\n')
    from indexer.archive import Archive

    with Archive(tmp_path / "var" / "archive.db") as archive, archive.changing():
        archive.remove("a")
        assert run(tmp_path / "var", "backup", tmp_path / "copy.db").exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "var"]
    assert told(run(tmp_path / "other", "restore", tmp_path / "copy.db", "--json"))["articles"] == 1


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000])
def test_what_is_no_backup_is_not_restored(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "copy.db").write_bytes(content)
    result = run(tmp_path / "var", "restore", tmp_path / "copy.db")
    assert result.exit_code == 3
    assert "copy.db" in result.stderr
    assert not (tmp_path / "var" / "archive.db").exists()


def test_nothing_is_restored_over_an_archive(tmp_path: Path) -> None:
    run(tmp_path / "var", "add", "-", stdin='{"title": "Мост", "text": "Мост"}\n')
    run(tmp_path / "var", "backup", tmp_path / "copy.db")
    result = run(tmp_path / "var", "restore", tmp_path / "copy.db")
    assert result.exit_code == 2
    assert "SVODKA_HOME" in result.stderr
