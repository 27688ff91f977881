"""The command line, as an operator uses it."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from indexer import intake
from indexer.archive import Archive
from indexer.cli import main
from indexer.formats import Rejection
from search.russian import analysis
from search.settings import Settings
from tests.conftest import ROOT

GOOD = {"id": "a", "title": "Мост открыт", "text": "Мост через реку открыли.", "published": "2025-06-15"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SVODKA_HOME", str(tmp_path / "var"))
    return tmp_path


def run(*arguments: object, stdin: str | None = None, color: bool = False) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], input=stdin, color=color)


def told(result: Result) -> Any:
    return json.loads(result.stdout)


def lines(*records: dict[str, Any] | str) -> str:
    return "".join((r if isinstance(r, str) else json.dumps(r, ensure_ascii=False)) + "\n" for r in records)


def test_each_item_has_one_fate(home: Path) -> None:
    path = home / "news.jsonl"
    path.write_text(
        lines(GOOD, GOOD, GOOD | {"text": "Мост закрыли."}, {"title": "x", "text": ""}, "{"), "utf-8"
    )
    result = run("add", path, "--json")
    assert result.exit_code == 1
    assert told(result) == {"read": 5, "accepted": 1, "updated": 1, "duplicate": 1, "rejected": 2}
    again = told(run("add", path, "--json"))
    assert again == {"read": 5, "accepted": 0, "updated": 2, "duplicate": 1, "rejected": 2}
    kept = told(run("rejects", "--json"))["rejects"]
    assert [(reject["place"], reject["reason"].partition(":")[0]) for reject in kept] == [
        ("строка 4", "text"),
        ("строка 5", "не JSON"),
    ]


def test_folder_with_the_service_in_it_may_be_added(home: Path) -> None:
    (home / "news.jsonl").write_text(lines(GOOD), "utf-8")
    run("keys", "add", "лента")
    for _ in range(2):
        assert told(run("add", home, "--json"))["read"] == 1
    result = run("add", home / "var")
    assert (result.exit_code, "SVODKA_HOME" in result.stderr) == (2, True)


def test_search_prints_what_the_api_answers(home: Path) -> None:
    assert run("add", "-", stdin=lines(GOOD)).exit_code == 0
    answer = told(run("search", "мосты", "--json", "--sort", "newest"))
    assert (answer["total"], answer["query"]["sort"], answer["hits"][0]["id"]) == (1, "newest", "a")
    plain = run("search", "мосты")
    assert "Найдено: 1" in plain.stdout
    assert "Мост открыт" in plain.stdout
    assert "15.06.2025 ·" in plain.stdout  # a day is no midnight


def test_related_tells_copies_and_the_time_between(home: Path) -> None:
    text = "В Озёрске у вокзала сгорел склад компании Qarmash, пожарные тушили его до утра, сказали в ДЧС. "
    fire = GOOD | {"text": text * 3, "published": "2025-06-15T12:00:00+05:00"}
    later: dict[str, Any] = {"title": "Склад Qarmash", "text": "В Озёрске чинят склад Qarmash. Мост цел."}
    others: list[dict[str, Any]] = [
        fire | {"id": "b", "published": "2025-06-15T10:00:00+05:00"},
        fire | later | {"id": "c", "published": "2025-06-18T12:00:00+05:00"},
        fire | later | {"id": "d", "published": None},
    ]
    run("add", "-", stdin=lines(fire, *others))
    told = run("related", "a").stdout
    assert "(копия, об этом же):" in told
    assert "(+3 дн.):" in told
    assert "(без даты):" in told


def test_what_comes_from_outside_steers_no_terminal(home: Path) -> None:
    steering = "\x1b[2J\x1b]0;захвачено\x07\x9b31m\u202eМост открыт"
    record = GOOD | {"title": steering, "source": steering, "text": f"{steering} Мост через реку. " * 20}
    folder = home / "news\x1b[2J\x07\u202e"
    folder.mkdir()
    (folder / "1.jsonl").write_text(lines(record, record | {"id": "b"}, "{"), "utf-8")
    told = [
        run(*words.split(), *more, color=True).output
        for words, more in {"add": [folder], "search мост": [], "related a": [], "rejects": []}.items()
    ]
    assert not re.search(r"\x1b(?!\[[01]m)|[\x07\x9b\u202e]", "".join(told))
    assert "\x1b[1mМост\x1b[0m" in told[1]
    assert [r"\u001b[2J" in each for each in told] == [True] * 4
    answer = run("search", "мост", "--json", color=True).stdout
    assert "\x9b" not in answer
    assert json.loads(answer)["hits"][0]["title"] == steering


def test_who_reads_only_the_beginning_hears_of_no_fault(home: Path) -> None:
    (home / "news.jsonl").write_text(lines(GOOD, "{"), "utf-8")
    run("add", home / "news.jsonl")
    command = [sys.executable, "-m", "indexer.cli", "rejects", "--json"]
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as closed:
        ended = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    assert ended.stderr == ""


def test_minus_is_of_the_question_and_two_of_an_option(home: Path) -> None:
    run("add", "-", stdin=lines(GOOD, GOOD | {"id": "b", "text": "Мост у Huawei."}))
    for words, found in {"мост -река": "b", "-huawei мост --source -Вестник": "a"}.items():
        answer = told(run("search", *words.split(), "--json"))
        assert [hit["id"] for hit in answer["hits"]] == [found]
    assert "--sort" in run("search", "-h").stdout


def test_where_filters_leave_nothing_it_is_told_what_they_hide(home: Path) -> None:
    run("add", "-", stdin=lines(GOOD))
    assert "Без фильтров нашлось бы: 1" in run("search", "мост", "--source", "Никто").stdout
    assert "Без фильтров нашлось бы: 1" in run("search", "источник:Никто мост").stdout
    for nothing in ("мост", "паром", "паром --source Никто", "паром источник:Никто"):
        assert "Без фильтров" not in run("search", *nothing.split()).stdout


def test_nothing_is_no_result_of_a_part_of_the_words_or_of_a_correction(home: Path) -> None:
    run("add", "-", stdin=lines(GOOD))
    part = run("search", "мост баобаб кактус", "--source", "Никто").stdout.splitlines()
    assert [line for line in part if line] == ["Найдено: 0", "Без фильтров нашлось бы: 1 (с частью слов)"]
    told_of = run("search", "vjcn", "--source", "Никто").stdout
    assert "Прочитано как «мост»" in told_of
    assert "Показаны" not in told_of


def test_what_follows_two_minuses_is_the_question(home: Path) -> None:
    run("add", "-", stdin=lines(GOOD, GOOD | {"id": "b", "text": "Мост у Huawei."}))
    for words, q in {
        "-- --мост": "--мост",
        "--sort newest -- -h --sort": "-h --sort",
        "мост -- --паром --": "мост --паром --",
    }.items():
        assert told(run("search", "--json", *words.split()))["query"]["q"] == q
    assert run("search", "--мост", "--", "мост").exit_code == 2


@pytest.mark.parametrize("command", ["status", "check", "rejects", "remove a"])
def test_looking_where_there_is_nothing_makes_nothing(home: Path, command: str) -> None:
    result = run(*command.split())
    assert (result.exit_code, result.stdout) == (3, "")
    assert "svodka add" in result.stderr
    assert not (home / "var").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["search", "мост", "--jsno"], 2, "--json"),
        (["add", "/нет/такого"], 2, "нет такого файла"),
        (["add", "http://127.0.0.1/", "--no-load"], 1, "не из открытой сети"),
        (["search", "мост", "--page", "0"], 2, "page"),
        (["search", "мост"], 3, "svodka add"),
        (["nonsense"], 2, "nonsense"),
        *((["keys", "add", name], 2, "имя") for name in ("", " ", "лента\nновостей")),
        (["rejects", "--retry", "--forget"], 2, "--forget"),
        *(([*words, "\udcff"], 2, "не текст") for words in (["remove"], ["related"], ["keys", "add"])),
    ],
)
def test_what_cannot_be_done_is_said(home: Path, arguments: list[str], code: int, message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == code
    assert message in result.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SVODKA_TIMEZONE", "Mars"), ("SVODKA_ENGINE", "solr:"), ("SVODKA_ENGINE", "opensearch:http")],
)
@pytest.mark.parametrize("command", ["status", "add -", "serve"])
def test_bad_setting_is_named_before_anything_is_done(
    home: Path, monkeypatch: pytest.MonkeyPatch, command: str, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    result = run(*command.split(), stdin=lines(GOOD))
    assert result.exit_code == 2
    assert variable in result.stderr
    assert not (home / "var").exists()


def test_number_of_workers_is_a_number(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "много")
    result = run("serve")
    assert (result.exit_code, "--workers" in result.stderr) == (2, True)


def test_server_that_cannot_listen_is_not_possible(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "indexer.cli", "serve", "--port", str(taken.getsockname()[1])]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=120)
    assert ended.returncode == 3


def test_rejects_can_be_tried_again(home: Path) -> None:
    missing = home / "later.jsonl"
    missing.symlink_to(home / "not-there-yet")
    assert told(run("add", home, "--only", "*.jsonl", "--json"))["rejected"] == 1
    (home / "not-there-yet").write_text(lines(GOOD), "utf-8")
    assert told(run("rejects", "--retry", "--json"))["accepted"] == 1
    assert told(run("rejects", "--json")) == {"rejects": []}
    assert told(run("search", "мост", "--json"))["total"] == 1


def test_reject_that_is_refused_otherwise_is_counted_once(home: Path) -> None:
    missing = home / "later.jsonl"
    missing.symlink_to(home / "not-there-yet")
    run("add", missing)
    (home / "not-there-yet").write_text(lines(GOOD, "{"), "utf-8")
    sums = told(run("rejects", "--retry", "--json"))
    assert (sums["read"], sums["accepted"], sums["rejected"]) == (2, 1, 1)
    assert told(run("rejects", "--forget", "--json")) == {"forgotten": 1}
    assert told(run("rejects", "--json")) == {"rejects": []}


def test_retry_of_a_grown_file_that_is_killed_loses_and_doubles_nothing(home: Path) -> None:
    grown = home / "grown.jsonl"
    grown.touch()
    assert told(run("add", grown, "--json"))["rejected"] == 1
    count = 1200  # more than are taken together
    some = [GOOD | {"id": str(number)} for number in range(count)]
    grown.write_text(lines(*some[:600], "{", *some[600:]), "utf-8")

    def killed(_: Rejection) -> None:
        raise KeyboardInterrupt

    with Archive(home / "var" / "archive.db") as archive:
        with pytest.raises(KeyboardInterrupt):
            intake.retry(archive, Settings().timezone, killed)
        taken = archive.counts().articles
        assert 600 <= taken < count
        assert [reject.rejection.place for reject in archive.rejects()] == ["", "строка 601"]
    sums = told(run("rejects", "--retry", "--json"))
    assert (sums["accepted"], sums["duplicate"]) == (count - taken, taken)
    assert [each["place"] for each in told(run("rejects", "--json"))["rejects"]] == ["строка 601"]


def test_removed_article_is_found_no_more(home: Path) -> None:
    run("add", "-", stdin=lines(GOOD, GOOD | {"id": "b"}))
    result = run("remove", "a", "нет", "--json")
    assert result.exit_code == 1
    assert told(result) == {"removed": 1, "unknown": ["нет"]}
    assert told(run("search", "мост", "--json"))["total"] == 1
    assert told(run("check", "--json")) == {"ok": True, "findings": []}


def test_status_tells_how_far_the_index_is(home: Path) -> None:
    run("add", "-", "--no-load", stdin=lines(GOOD))
    assert told(run("status", "--json"))["index"] is None
    assert told(run("load", "--json")) == {"loaded": 1}
    facts = told(run("status", "--json"))
    assert (facts["articles"], facts["position"], facts["index"]["position"]) == (1, 1, 1)
    assert "Индекс догнал архив." in run("status").stdout


def test_rebuild_makes_the_same_index_from_the_archive(home: Path) -> None:
    run("add", ROOT / "samples", "--json")
    before = told(run("search", "мост", "--json", "--per-page", "50"))
    assert run("rebuild").exit_code == 0
    after = told(run("search", "мост", "--json", "--per-page", "50"))
    assert [hit["id"] for hit in before["hits"]] == [hit["id"] for hit in after["hits"]]
    assert after["index"]["generation"] > before["index"]["generation"]


def test_index_of_an_older_analysis_is_built_anew(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("add", "-", stdin=lines(GOOD, GOOD | {"id": "b"}))
    assert told(run("load", "--json")) == {"loaded": 0}
    monkeypatch.setattr(analysis, "VERSION", analysis.VERSION + 1)
    assert told(run("search", "мост", "--json"))["total"] == 2
    assert "загрузчик строит новый" in run("status").stdout
    assert told(run("load", "--json")) == {"loaded": 2}
    assert told(run("status", "--json"))["index"]["outdated"] is False
    assert told(run("load", "--json")) == {"loaded": 0}
    assert told(run("search", "мост", "--json"))["total"] == 2


def test_index_of_another_archive_is_noticed(home: Path) -> None:
    run("add", "-", stdin=lines(GOOD, GOOD | {"id": "b"}))
    (home / "var" / "archive.db").unlink()
    Archive(home / "var" / "archive.db").close()
    result = run("load")
    assert result.exit_code == 3
    assert "svodka rebuild" in result.stderr
    assert any("построен по другому архиву" in each for each in told(run("check", "--json"))["findings"])
    facts = run("status").stdout
    assert "построен по другому архиву" in facts
    assert "догнал" not in facts


def test_archive_that_was_lost_is_missed_and_not_made_anew(home: Path) -> None:
    run("add", "-", stdin=lines(GOOD))
    run("backup", home / "copy.db")
    (home / "var" / "archive.db").unlink()
    watch = ("watch", "run")
    for words in (("status",), ("check",), ("add", "-"), ("load",), ("rebuild",), ("rejects",), watch):
        result = run(*words, stdin=lines(GOOD | {"id": "b"}))
        assert (result.exit_code, "archive.db пропал" in result.stderr) == (3, True), words
    assert not (home / "var" / "archive.db").exists()
    assert told(run("search", "мост", "--json"))["total"] == 1
    assert run("restore", home / "copy.db").exit_code == 0
    assert told(run("check", "--json"))["ok"] is True


def test_damaged_archive_is_told_of(home: Path) -> None:
    run("add", "-", stdin=lines(GOOD))
    (home / "var" / "archive.db").write_bytes(b"not a database" * 1000)
    result = run("status")
    assert result.exit_code == 3
    assert "archive.db" in result.stderr


def test_check_names_all_it_finds_where_there_is_no_index(home: Path) -> None:
    run("add", "-", stdin=lines(GOOD))
    with closing(sqlite3.connect(home / "var" / "archive.db")) as archive, archive:
        archive.execute("UPDATE articles SET record = replace(record, 'Мост', 'Пост')")
    shutil.rmtree(home / "var" / "index")
    result = run("check", "--json")
    damaged, missing = told(result)["findings"]
    assert (result.exit_code, "статья a" in damaged, "Индекса" in missing) == (1, True, True)


def test_killed_load_is_gone_on_with(home: Path) -> None:
    count = 1500
    some = (
        GOOD | {"id": str(n), "text": f"Мост номер {n} " + "через реку открыли. " * 50} for n in range(count)
    )
    path = home / "many.jsonl"
    path.write_text(lines(*some), "utf-8")
    command = [sys.executable, "-m", "indexer.cli", "add", str(path), "--json"]
    for seconds in (0.4, 0.8, 1.2, 1.6):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT, start_new_session=True)
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    sums = told(run("add", path, "--json"))
    assert sums["read"] == sums["accepted"] + sums["duplicate"] == count
    assert told(run("search", "мост", "--json"))["total"] == count
    assert told(run("check", "--json"))["ok"] is True


def test_archive_keeps_the_order_of_changes(tmp_path: Path) -> None:
    from search.article import Article

    with Archive(tmp_path / "archive.db") as archive:
        for id in ("a", "b", "a"):
            article = Article(id=id, title="Мост", text="Мост")
            with archive.changing():
                archive.store(article, article.fingerprint())
        archive.remove("b")
        assert [(c.position, c.id, c.record is None) for c in archive.changes(0)] == [
            (3, "a", False),
            (4, "b", True),
        ]
        assert [c.id for c in archive.changes(3)] == ["b"]
        assert archive.waiting(3) == 1
        archive.article("a")


def test_real_articles_all_go_in(home: Path, data: Path) -> None:
    sums = told(run("add", data, "--only", "news-kazakhstan*", "--json"))
    assert sums == {"read": 291, "accepted": 291, "updated": 0, "duplicate": 0, "rejected": 0}
    labels = told(run("add", data / "queries-topic.jsonl.gz", "--json"))
    assert labels["rejected"] == labels["read"] == 1
