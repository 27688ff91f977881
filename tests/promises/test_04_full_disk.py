"""4. A full disk is told of and harms nothing: readers go on, and once there is space so does the work."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from indexer import loading
from indexer.archive import Archive
from indexer.cli import main
from search.engines import open_engine
from search.errors import DiskFull, SvodkaError
from tests.conftest import ask
from tests.promises.conftest import LONG, Service, some_articles, told

ROUNDS = 100 if LONG else 2


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of few bytes."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1500k", "none", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a file system of its own may not be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def svodka(home: Path, *arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin, env={"SVODKA_HOME": str(home)})


def lines(first: int, count: int) -> str:
    records: list[dict[str, Any]] = [
        {"id": f"a{number}", "title": f"Мост {number}", "text": f"Мост номер {number} через реку. " * 12}
        for number in range(first, first + count)
    ]
    return "".join(json.dumps(record) + "\n" for record in records)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("number", range(ROUNDS))
def test_full_disk_is_told_of_and_harms_nothing(small: Path, number: int) -> None:
    home, ballast = small / "home", small / "ballast"
    ballast.write_bytes(bytes(700_000 + number * 2_000))
    assert svodka(home, "add", "-", stdin=lines(0, 5)).exit_code == 0
    with open_engine("whoosh:", home / "index").reader() as reader:
        for first in range(5, 100_000, 40):
            result = svodka(home, "add", "-", stdin=lines(first, 40))
            assert ask(reader, "мост").page.total >= 5
            if result.exit_code:
                break
        assert result.exit_code == 3, result.output
        assert f"Ошибка: {home}" in result.stderr
        assert "на диске нет места" in result.stderr
        ballast.unlink()
        again = svodka(home, "add", "-", stdin=lines(0, first + 40))
        assert again.exit_code == 0, again.output
        assert ask(reader, "мост").page.total == first + 40
    assert svodka(home, "check").exit_code == 0
    told(rounds=ROUNDS, articles=first)


def fill(small: Path) -> Path:
    """Leave no space at all."""
    ballast = small / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    return ballast


def test_handing_in_is_refused_and_accepted_once_there_is_space(small: Path) -> None:
    made = Service(small / "home", some_articles(3))
    with made.reader:
        headers = {"Authorization": f"Bearer {made.key}"}
        article = {"title": "Мост", "text": "Мост через реку. " * 20}
        assert made.client.put("/api/v1/articles/a", json=article, headers=headers).status_code == 202
        ballast = fill(small)
        refused = [
            made.client.put(f"/api/v1/articles/b{number}", json=article, headers=headers)
            for number in range(9)
        ][-1]
        assert refused.status_code == 507
        assert refused.json is not None
        assert refused.json["code"] == "disk_full"
        assert int(refused.headers["Retry-After"]) > 0
        assert str(small) not in refused.text
        assert made.client.get("/api/v1/search?q=мост").status_code == 200
        ballast.unlink()
        assert made.client.put("/api/v1/articles/b", json=article, headers=headers).status_code == 202
        assert made.reader.check() == []


def test_derived_data_on_a_full_disk_are_not_taken_for_damaged(small: Path) -> None:
    home = small / "home"
    assert svodka(home, "add", "-", stdin=lines(0, 5)).exit_code == 0
    with Archive(home / "archive.db"):  # as by a service
        ballast = fill(small)
        assert svodka(home, "status").exit_code == 0
        checked, rebuilt = svodka(home, "check"), svodka(home, "rebuild")
        assert (checked.exit_code, rebuilt.exit_code) == (1, 3)
        assert "на диске нет места" in checked.stdout
        assert "rebuild" not in checked.stdout
        assert (home / "derived.db").exists()
        assert (home / "copies.db").exists()
        ballast.unlink()
    assert svodka(home, "check").exit_code == 0


def test_keys_are_given_and_revoked_whole_or_not_at_all(small: Path) -> None:
    home = small / "home"
    id = json.loads(svodka(home, "keys", "add", "лента", "--json").stdout)["id"]
    before, ballast = (home / "keys.json").read_bytes(), fill(small)
    for words in (("add", "другая"), ("revoke", id)):
        result = svodka(home, "keys", *words)
        assert result.exit_code == 3
        assert f"Ошибка: {home / 'keys.json'}: на диске нет места" in result.stderr
        assert (home / "keys.json").read_bytes() == before
        assert sorted(path.name for path in home.iterdir()) == ["keys.json", "keys.json.lock"]
    ballast.unlink()
    assert svodka(home, "keys", "revoke", id).exit_code == 0


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_loader_waits_for_space_and_goes_on(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, stop = small / "home", threading.Event()
    monkeypatch.setattr(DiskFull, "retry_after", 0.05)
    assert svodka(home, "add", "-", stdin=lines(0, 5)).exit_code == 0
    assert svodka(home, "add", "--no-load", "-", stdin=lines(5, 5)).exit_code == 0
    told: list[str] = []

    def wait(error: SvodkaError) -> None:
        told.append(str(error))
        ballast.unlink()

    with Archive(home / "archive.db") as archive:
        ballast = fill(small)
        for done in loading.follow(archive, open_engine("whoosh:", home / "index"), stop, wait):
            assert done == 5
            stop.set()
    assert len(told) == 1
    assert "нет места" in told[0]
    with open_engine("whoosh:", home / "index").reader() as reader:
        assert reader.status().documents == 10
        assert reader.check() == []
