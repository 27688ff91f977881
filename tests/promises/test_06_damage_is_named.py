"""6. Damage is found and named by `svodka check`, never answered from in silence, and mended by `rebuild`."""

import json
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from indexer.archive import Archive
from indexer.cli import main
from indexer.copied import ArchiveCopies
from indexer.named import Found, Mention, Named
from search.engines import open_engine
from search.settings import Settings
from tests.conftest import NOW
from tests.promises.conftest import filled, rounds, told
from web.app import create_app

QUESTIONS = ("мост", '"номер 3"', "мос*", "река -номер", "источник:Вестник", "", "заголовок:день")
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def svodka(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"SVODKA_HOME": str(home)})


def answers(home: Path) -> list[Any]:
    """What a service over this home answers; None for a 503."""
    reader = open_engine("whoosh:", home / "index").reader()
    with reader:
        client = create_app(lambda: reader, Settings(home=home), lambda: NOW).test_client()
        found = []
        for q in QUESTIONS:
            response = client.get("/api/v1/search", query_string={"q": q, "per_page": "100", "repair": "off"})
            assert response.status_code in (200, 503)
            told = response.json
            assert told is not None
            hits = [(hit["id"], hit["title"], hit["snippets"]) for hit in told.get("hits", ())]
            found.append((told["total"], hits) if response.status_code == 200 else None)
    return found


def grown(home: Path, *, rebuilt: bool) -> Path:
    """A home whose index has more than one commit; rebuilt, it has two builds as well."""
    filled(home, 30)
    if rebuilt:
        assert svodka(home, "rebuild").exit_code == 0
    assert svodka(home, "remove", "most-7").exit_code == 0
    return home


def injured(index: Path, chance: random.Random) -> str:
    """Do something to a file of the latest commit; what was done to which."""
    current = index / "current"
    build = index / (current.read_text() if current.exists() else "build-1")
    manifests = sorted(build.glob("manifest-*.json"), key=lambda path: int(path.stem.partition("-")[2]))
    names = [*json.loads(manifests[-1].read_text())["files"], manifests[-1].name]
    paths = [*(build / name for name in names), *([current] if current.exists() else ())]
    path = chance.choice(paths)
    content = path.read_bytes()
    kind = chance.choice(("bit", "zeros", "cut", "gone", "swapped", "longer"))
    at = chance.randrange(len(content))
    match kind:
        case "bit":
            path.write_bytes(
                content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
            )
        case "zeros":
            path.write_bytes(content[:at] + bytes(min(512, len(content) - at)) + content[at + 512 :])
        case "cut":
            path.write_bytes(content[:at])
        case "gone":
            path.unlink()
            return f"{path.name} gone"
        case "swapped":
            path.write_bytes(chance.choice(paths).read_bytes())
        case "longer":
            path.write_bytes(content + b"\0")
    return "" if path.read_bytes() == content else f"{path.name} {kind} at {at}"


def test_damage_to_the_index_is_found_named_and_mended(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    homes = [grown(tmp_path / str(rebuilt), rebuilt=rebuilt) for rebuilt in (False, True)]
    wholes = [answers(home) for home in homes]
    assert None not in wholes[0]
    assert wholes[0] == wholes[1]
    for number in rounds(1_000, 24):
        copy, whole = tmp_path / "copy", wholes[number % 2]
        shutil.copytree(homes[number % 2], copy)
        while not (injury := injured(copy / "index", chance)):
            pass  # some change nothing
        given = answers(copy)
        assert all(answer in (None, right) for answer, right in zip(given, whole, strict=True)), injury
        checked = svodka(copy, "check", "--json")
        assert checked.exit_code == 1, injury
        name = injury.partition(" ")[0]
        assert any(name in finding for finding in json.loads(checked.stdout)["findings"]), injury
        if number % 8 < 2:
            assert svodka(copy, "rebuild").exit_code == 0, injury
            assert answers(copy) == whole
            assert svodka(copy, "check").exit_code == 0
        shutil.rmtree(copy)
    told(injuries=number + 1, found=number + 1, wrong_answers=0)


def articles(home: Path) -> list[Any]:
    with Archive(home / "archive.db") as archive:
        return list(archive.changes(0))


def test_damage_to_the_archive_is_found(tmp_path: Path, seed: int) -> None:
    chance, home = random.Random(seed), filled(tmp_path / "home", 30)
    whole, changed, injuries = articles(home), 0, 0
    content = (home / "archive.db").read_bytes()
    for _ in rounds(1_000, 24):
        injuries += 1
        at = chance.randrange(len(content))
        flipped = content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
        (home / "archive.db").write_bytes(flipped)
        try:
            same = articles(home) == whole
        except Exception:
            same = False
        if not same:
            changed += 1
            assert svodka(home, "check").exit_code != 0, at
    (home / "archive.db").write_bytes(content)
    assert svodka(home, "check").exit_code == 0
    assert changed
    told(injuries=injuries, visible=changed, found=changed)


def derived(home: Path) -> Path:
    """A home with every kind of derived data."""
    filled(home, 30)
    with Named(home / "names.db") as named:
        mentions = (Mention("person", "Олега Рябых", 2, 0), Mention("org", "«Вестник»", 1, 40))
        named.take(0, 30, [Found(f"most-{number}", "", mentions) for number in range(30)])
    return home


def content(path: Path) -> list[str] | None:
    """All that a file of SQLite holds; None where that cannot be read."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            return list(connection.iterdump())
        except (sqlite3.Error, ValueError):
            return None


def spoilt(content: bytes, chance: random.Random) -> bytes:
    """The bytes of a file of derived data after something was done to them."""
    at, size = chance.randrange(len(content)), chance.choice((64, 512, 4096))
    return chance.choice(
        (
            (content[:at] + chance.randbytes(size) + content[at + size :])[: len(content)],
            (content[:at] + bytes(size) + content[at + size :])[: len(content)],
            content[:at],
            chance.randbytes(len(content)),
            bytes(len(content)),
            b"",
        )
    )


def pages(home: Path) -> list[bytes]:
    """What a service over this home shows of stories, names and copies."""
    reader = open_engine("whoosh:", home / "index").reader()
    with reader:
        copies = ArchiveCopies(home / "archive.db")
        client = create_app(lambda: reader, Settings(home=home), lambda: NOW, copies=copies).test_client()
        story = client.get("/api/v1/articles/most-1").json["story"]["id"]  # type: ignore[index]
        answers = [
            client.get(path)
            for path in (
                "/",
                "/?q=мост&collapse=story",
                "/articles/most-1",
                f"/stories/{story}",
                "/api/v1/search?q=мост&facets=source,person",
                "/api/v1/articles/most-1/related",
            )
        ]
        assert [answer.status_code for answer in answers] == [200] * len(answers)
        return [answer.data for answer in answers[1:4]]


def test_damage_to_derived_data_is_named_harms_no_reader_and_is_mended(tmp_path: Path, seed: int) -> None:
    chance, home, visible = random.Random(seed), derived(tmp_path / "home"), 0
    assert svodka(home, "check").exit_code == 0
    files, whole = sorted(set(home.glob("*.db")) - {home / "archive.db"}), pages(home)
    assert [file.name for file in files] == ["copies.db", "derived.db", "names.db"]
    for number in rounds(1_000, 24):
        copy = tmp_path / "copy"
        shutil.copytree(home, copy)
        file = copy / chance.choice(files).name
        before = content(file)
        file.write_bytes(spoilt(file.read_bytes(), chance))
        if content(file) != before:
            visible += 1
            checked = svodka(copy, "check", "--json")
            assert checked.exit_code == 1
            (finding,) = json.loads(checked.stdout)["findings"]
            assert file.name in finding
            assert "svodka rebuild" in finding
        assert pages(copy) == whole
        assert svodka(copy, "status").exit_code == 0
        if number % 4 == 0:
            assert svodka(copy, "rebuild").exit_code == 0
            assert svodka(copy, "check").exit_code == 0
            assert pages(copy) == whole
        shutil.rmtree(copy)
    assert visible
    told(injuries=number + 1, visible=visible, found=visible)


@pytest.mark.parametrize("change", ["CAST(record AS BLOB)", "replace(record, 'мост', 'мост ')"])
def test_record_that_is_not_as_it_was_stored_is_named(tmp_path: Path, change: str) -> None:
    """What reading would put right by itself is damage all the same."""
    home = filled(tmp_path, 3)
    with sqlite3.connect(home / "archive.db") as connection:
        connection.execute(f"UPDATE articles SET record = {change} WHERE id = 'most-1'")
    connection.close()
    found = svodka(home, "check", "--json")
    assert found.exit_code == 1
    assert "most-1" in found.output
