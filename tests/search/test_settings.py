"""Settings come from a mapping of variables; a bad value names its variable."""

from dataclasses import fields
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from search.engines import open_engine
from search.settings import BadSetting, Settings

ROWS = [row.metadata for row in fields(Settings)]


def test_without_variables_the_defaults_hold() -> None:
    settings = Settings.read({})
    assert settings == Settings()
    assert (settings.home, settings.engine) == (Path("var"), "whoosh:")
    assert settings.timezone == ZoneInfo("Asia/Almaty")


def test_everything_lives_under_one_home(tmp_path: Path) -> None:
    settings = Settings.read({"SVODKA_HOME": str(tmp_path), "PATH": "/bin"})
    assert settings.archive == tmp_path / "archive.db"
    assert settings.index == tmp_path / "index"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["variable"]))
def test_an_empty_variable_is_none(row: dict[str, str]) -> None:
    assert Settings.read({row["variable"]: ""}) == Settings()
    assert Settings.read({row["variable"]: row["default"]}) == Settings()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["variable"]))
def test_a_row_has_a_sentence(row: dict[str, str]) -> None:
    assert row["variable"].startswith("SVODKA_")
    assert row["sentence"].endswith(".")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SVODKA_TIMEZONE", "Mars/Olympus"),
        ("SVODKA_TIMEZONE", "../../etc/passwd"),
        ("SVODKA_TIMEZONE", "Asia"),
        ("SVODKA_HALF_LIFE", "0"),
        ("SVODKA_HALF_LIFE", "-1"),
        ("SVODKA_HALF_LIFE", "nan"),
        ("SVODKA_HALF_LIFE", "inf"),
        ("SVODKA_HALF_LIFE", "месяц"),
        ("SVODKA_PROXIES", "два"),
        ("SVODKA_PUBLIC_URL", "news.example"),
        ("SVODKA_PUBLIC_URL", "ftp://news.example"),
        ("SVODKA_PUBLIC_URL", "https://"),
        ("SVODKA_RATE_LIMIT", "много"),
        ("SVODKA_ACCESS_LOG", "/нет/такой/папки"),
        ("SVODKA_ACCESS_LOG", "/"),
    ],
)
def test_bad_value_names_its_variable(variable: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"{variable}='{value}'"):
        Settings.read({variable: value})


def test_address_of_the_service_needs_no_slash_at_its_end() -> None:
    settings = Settings.read({"SVODKA_PUBLIC_URL": "https://news.example/поиск/"})
    assert settings.public_url == "https://news.example/поиск"


@pytest.mark.parametrize("url", ["", "solr:", "solr:9200", "Whoosh:"])
def test_unknown_engine_is_named(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadSetting, match="SVODKA_ENGINE"):
        open_engine(url, tmp_path)


def test_engine_may_have_a_place_of_its_own(tmp_path: Path) -> None:
    engine = open_engine(f"memory:{tmp_path}/own", tmp_path / "index")
    with engine.writer() as writer:
        writer.commit(1)
    assert (tmp_path / "own").is_dir()
    assert not (tmp_path / "index").exists()
