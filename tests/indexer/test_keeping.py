"""Keys, backups and the way back, as an operator uses them."""

import json
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from indexer import intake
from indexer.archive import Archive
from indexer.cli import main
from indexer.copied import Copied
from indexer.named import Found, Named
from indexer.watches import Watch, Watches
from search.article import Article
from tests.conftest import ROOT


def run(home: Path, *arguments: object, stdin: str | None = None, **more: str) -> Result:
    environment = {"SVODKA_HOME": str(home), **more}
    return CliRunner().invoke(main, [str(each) for each in arguments], input=stdin, env=environment)


def told(result: Result) -> Any:
    return json.loads(result.stdout)


def test_article_that_an_older_release_took_in_with_a_date_of_never_is_sound(tmp_path: Path) -> None:
    odd = Article(id="y", title="Мост", text="Мост.", published=datetime(9999, 12, 31, tzinfo=UTC))
    with Archive(tmp_path / "archive.db") as archive:
        intake.take(archive, [odd])
        assert list(archive.check()) == []
        assert archive.article("y") == replace(odd, published=None)


def test_keys_are_given_listed_and_revoked(tmp_path: Path) -> None:
    made = told(
        run(tmp_path, "keys", "add", "лента новостей", "--scope", "write", "--scope", "read", "--json")
    )
    assert made["key"].startswith("svodka_")
    (listed,) = told(run(tmp_path, "keys", "list", "--json"))["keys"]
    assert listed["id"] == made["id"]
    assert (listed["name"], listed["scopes"]) == ("лента новостей", ["write", "read"])
    assert made["key"] not in run(tmp_path, "keys", "list").stdout
    revoked = run(tmp_path, "keys", "revoke", listed["id"], "нет", "--json")
    assert (revoked.exit_code, json.loads(revoked.stdout)) == (1, {"revoked": 1, "unknown": ["нет"]})
    again = run(tmp_path, "keys", "revoke", listed["id"])
    assert again.exit_code == 1
    assert listed["id"] in again.stderr
    assert told(run(tmp_path, "keys", "list", "--json")) == {"keys": []}
    assert run(tmp_path, "keys", "add", "x", "--scope", "root").exit_code == 2


def test_keys_given_revoked_and_restored_outlive_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, sync = [], os.fsync

    def watching(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watching)
    home, keys = tmp_path / "var", tmp_path / "secrets" / "keys.json"
    (tmp_path / "var").mkdir()
    setting = {"SVODKA_API_KEYS_FILE": str(keys)}
    id = told(run(home, "keys", "add", "лента", "--json", **setting))["key"].split("_")[1]
    assert synced[-1] == keys.parent
    synced.clear()
    assert run(home, "keys", "revoke", id, **setting).exit_code == 0
    assert synced[-1] == keys.parent
    run(home, "add", "-", stdin='{"title": "Мост", "text": "Мост"}\n')
    run(home, "backup", tmp_path / "copy.db", **setting)
    keys.unlink()
    synced.clear()
    assert run(tmp_path / "other", "restore", tmp_path / "copy.db", **setting).exit_code == 0
    assert keys.exists()
    assert keys.parent in synced


def hits(home: Path, q: str) -> list[object]:
    found = told(run(home, "search", q, "--json", "--per-page", "100", "--facets", "source"))
    return [
        found["total"],
        found["facets"],
        # Stories are found anew: which there are depends on what had come before.
        *(hit | {"score": round(hit["score"], 6), "story": None} for hit in found["hits"]),
    ]


def test_restored_service_gives_the_same_answers(tmp_path: Path) -> None:
    home, other, file = tmp_path / "var", tmp_path / "other", tmp_path / "copies" / "svodka.db"
    file.parent.mkdir()
    run(home, "add", ROOT / "samples", "--json")
    run(home, "remove", told(run(home, "search", "мост", "--json"))["hits"][0]["id"])
    questions = ("мост", "паводок -прогноз", '"школьный автобус"', "")
    before = [hits(home, q) for q in questions]
    assert before[0][0]
    assert json.loads(run(home, "backup", file, "--json").stdout) == {"copy": str(file)}
    run(home, "add", "-", stdin='{"title": "Мост", "text": "Мост после копии"}\n')
    assert run(other, "restore", file).exit_code == 0
    assert [hits(other, q) for q in questions] == before
    assert told(run(other, "check", "--json"))["ok"] is True


@pytest.mark.parametrize(
    "name",
    [
        "var/archive.db",
        "var/archive.db-wal",
        "var/keys.json",
        "var/new",
        "news.jsonl",
        "theirs.db",
        "other/archive.db",
        "other/watches.db",
    ],
)
def test_backup_takes_the_place_of_nothing_but_a_backup(tmp_path: Path, name: str) -> None:
    home = watched(tmp_path / "var")
    watched(tmp_path / "other")
    (tmp_path / "news.jsonl").write_text("мои статьи", "utf-8")
    theirs(tmp_path / "theirs.db")
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    assert run(home, "backup", tmp_path / name).exit_code == 2
    assert {path: path.read_bytes() for path in before} == before
    for _ in range(2):
        assert run(home, "backup", tmp_path / "copy.db").exit_code == 0


def test_backup_is_one_file_taken_while_others_write(tmp_path: Path) -> None:
    run(tmp_path / "var", "add", "-", stdin='{"id": "a", "title": "Мост", "text": "Мост"}\n')
    with Archive(tmp_path / "var" / "archive.db") as archive, archive.changing():
        archive.remove("a")
        assert run(tmp_path / "var", "backup", tmp_path / "copy.db").exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "var"]
    assert told(run(tmp_path / "other", "restore", tmp_path / "copy.db", "--json"))["articles"] == 1


def watched(home: Path) -> Path:
    """A home with an article, a watch and a key."""
    run(home, "add", "-", stdin='{"id": "a", "title": "Мост", "text": "Мост"}\n')
    made = run(home, "watch", "add", "--url", "https://8.8.8.8/hook", "--yes", "мост")
    assert made.exit_code == 0, made.output
    assert run(home, "keys", "add", "лента").exit_code == 0
    return home


def looked_after(home: Path) -> tuple[list[Watch], bytes]:
    """The watches of a home, secrets and all, and its keys."""
    with Watches(home / "watches.db") as watches:
        return list(watches), (home / "keys.json").read_bytes()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_backup_has_watches_and_keys_for_nobody_elses_eyes(tmp_path: Path) -> None:
    home, other, file = watched(tmp_path / "var"), tmp_path / "other", tmp_path / "copy.db"
    before = looked_after(home)
    secret = before[0][0].secret.encode()
    with Watches(home / "watches.db") as watches, watches.alone():
        assert run(home, "backup", file).exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "var"]
    assert mode(file) == 0o600
    assert secret in file.read_bytes()
    run(home, "watch", "remove", before[0][0].id)
    assert run(other, "restore", file).exit_code == 0
    assert looked_after(other) == before
    assert {mode(other / name) for name in ("watches.db", "keys.json", "archive.db")} == {0o600}
    assert secret not in (other / "archive.db").read_bytes()
    assert told(run(other, "check", "--json"))["ok"] is True
    assert told(run(other, "watch", "list", "--json"))["watches"][0]["id"] == before[0][0].id


def test_keys_that_are_there_are_not_replaced(tmp_path: Path) -> None:
    run(watched(tmp_path / "var"), "backup", tmp_path / "copy.db")
    other = tmp_path / "other"
    run(other, "keys", "add", "своя")
    before = (other / "keys.json").read_bytes()
    result = run(other, "restore", tmp_path / "copy.db")
    assert (result.exit_code, (other / "keys.json").read_bytes()) == (0, before)
    assert "keys.json" in result.stderr
    assert (other / "watches.db").exists()


@pytest.mark.parametrize("by_hand", [True, False])
def test_what_a_later_archive_has_left_is_not_taken_for_that_of_an_older_one(
    tmp_path: Path, by_hand: bool
) -> None:
    home, copy = watched(tmp_path / "var"), tmp_path / "copy.db"
    run(home, "backup", copy)
    run(home, "add", "-", stdin='{"id": "b", "title": "Мост", "text": "Мост через реку после копии"}\n')
    with Archive(home / "archive.db") as archive, Named(home / "names.db") as named:
        named.take(0, archive.position(), [Found("b", "", ())])
    (home / "archive.db").unlink()
    if by_hand:
        shutil.copy(copy, home / "archive.db")
        findings = told(run(home, "check", "--json"))["findings"]
        for name in ("names.db", "copies.db", "derived.db"):
            assert any(f"{name}: записано по другому архиву" in finding for finding in findings)
        assert run(home, "rebuild").exit_code == 0
    else:
        assert run(home, "restore", copy).exit_code == 0
    assert told(run(home, "check", "--json"))["ok"] is True
    assert not (home / "names.db").exists()  # the loader looks for them again
    with Copied(home / "copies.db", lambda _: None) as copied:
        assert copied.position() == 1


def test_watch_looks_at_what_comes_after_an_older_archive_was_restored(tmp_path: Path) -> None:
    home, copy = watched(tmp_path / "var"), tmp_path / "copy.db"
    run(home, "backup", copy)
    for id in "bcd":
        run(home, "add", "-", stdin=f'{{"id": "{id}", "title": "Мост {id}", "text": "Мост {id}"}}\n')
    assert run(home, "watch", "run").exit_code == 0
    (home / "archive.db").unlink()
    assert run(home, "restore", copy).exit_code == 0
    day = datetime.now(UTC).date().isoformat()
    for id in "xyz":
        line = {"id": id, "title": f"Мост {id}", "text": f"Мост {id}", "published": day}
        run(home, "add", "-", stdin=json.dumps(line) + "\n")
    assert told(run(home, "watch", "run", "--json"))["made"] == 1


def test_log_that_a_lost_archive_has_left_is_not_read_into_a_restored_one(tmp_path: Path) -> None:
    home, copy = watched(tmp_path / "var"), tmp_path / "copy.db"
    with Archive(home / "archive.db"):
        run(home, "backup", copy)
        run(home, "remove", "a")
        (log := home / "archive.db-wal").rename(tmp_path / "log")
    for file in home.glob("archive.db*"):
        file.unlink()
    (tmp_path / "log").rename(log)
    assert told(run(home, "restore", copy, "--json"))["articles"] == 1


def test_restore_that_failed_half_way_can_be_repeated(tmp_path: Path) -> None:
    home, other = watched(tmp_path / "var"), tmp_path / "other"
    run(home, "backup", tmp_path / "copy.db")
    (tmp_path / "secrets").touch()  # a file where a folder is to be
    result = run(
        other, "restore", tmp_path / "copy.db", SVODKA_API_KEYS_FILE=str(tmp_path / "secrets" / "keys.json")
    )
    assert (result.exit_code, "secrets" in result.stderr) == (3, True)
    assert run(other, "restore", tmp_path / "copy.db").exit_code == 0
    assert looked_after(other) == looked_after(home)
    assert hits(other, "мост") == hits(home, "мост")


def test_restored_service_whose_index_cannot_be_made_yet_says_how_to_go_on(tmp_path: Path) -> None:
    run(watched(tmp_path / "var"), "backup", tmp_path / "copy.db")
    other = tmp_path / "other"
    other.mkdir()
    (other / "index").touch()
    result = run(other, "restore", tmp_path / "copy.db")
    assert (result.exit_code, "svodka rebuild" in result.stderr) == (3, True)
    (other / "index").unlink()
    assert run(other, "rebuild").exit_code == 0
    assert hits(other, "мост") == hits(tmp_path / "var", "мост")


@pytest.mark.parametrize("name", ["watches.db", "keys.json"])
def test_damaged_watches_and_keys_are_named(tmp_path: Path, name: str) -> None:
    home = watched(tmp_path / "var")
    whole = (home / name).read_bytes()
    at = max(whole.find(b"https://"), whole.find(b'"name"'))
    for content in (whole[: len(whole) // 2], bytes(len(whole)), whole[:at] + b"\xff" * 6 + whole[at + 6 :]):
        (home / name).write_bytes(content)
        checked = run(home, "check", "--json")
        assert checked.exit_code == 1
        (finding,) = told(checked)["findings"]
        assert name in finding


def theirs(path: Path) -> None:
    """A database of another program, which counts its versions, too."""
    with closing(sqlite3.connect(path)) as opened, opened:
        opened.executescript("CREATE TABLE notes (text); PRAGMA user_version = 1")


def test_what_another_program_keeps_is_not_restored(tmp_path: Path) -> None:
    theirs(tmp_path / "theirs.db")
    (tmp_path / "var").mkdir()
    result = run(tmp_path / "var", "restore", tmp_path / "theirs.db")
    assert (result.exit_code, "theirs.db: это не копия Сводки" in result.stderr) == (3, True)
    assert list((tmp_path / "var").iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not a database" * 1000])
def test_what_is_no_backup_is_not_restored(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "copy.db").write_bytes(content)
    result = run(tmp_path / "var", "restore", tmp_path / "copy.db")
    assert result.exit_code == 3
    assert "copy.db" in result.stderr
    assert not (tmp_path / "var").exists()


def test_nothing_is_restored_over_an_archive(tmp_path: Path) -> None:
    run(tmp_path / "var", "add", "-", stdin='{"title": "Мост", "text": "Мост"}\n')
    run(tmp_path / "var", "backup", tmp_path / "copy.db")
    result = run(tmp_path / "var", "restore", tmp_path / "copy.db")
    assert result.exit_code == 2
    assert "SVODKA_HOME" in result.stderr
