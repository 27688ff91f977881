"""4. A full disk is told of and harms nothing: readers go on, and once there is space so does the work."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from indexer.cli import main
from search.engines import open_engine
from tests.conftest import ask
from tests.promises.conftest import LONG, told

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
        assert "Ошибка" in result.stderr
        assert str(small) in result.stderr or "space" in result.stderr
        ballast.unlink()
        again = svodka(home, "add", "-", stdin=lines(0, first + 40))
        assert again.exit_code == 0, again.output
        assert ask(reader, "мост").page.total == first + 40
    assert svodka(home, "check").exit_code == 0
    told(rounds=ROUNDS, articles=first)
