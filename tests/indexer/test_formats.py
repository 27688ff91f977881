"""Files and streams of every format become articles; what cannot is rejected with its place and reason."""

import gzip
import io
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.formats import Item, Rejection, read, read_stream, retry, size
from search.article import Article

ALMATY = ZoneInfo("Asia/Almaty")
RECORD = {"title": "Мост открыт", "text": "Движение началось утром.", "published": "2025-06-15T14:30+05:00"}


def items(data: bytes | str, name: str = "-") -> list[Item]:
    raw = data.encode() if isinstance(data, str) else data
    return list(read_stream(io.BytesIO(raw), name, ALMATY))


def article(data: bytes | str) -> Article:
    (item,) = items(data)
    assert isinstance(item, Article), item
    return item


def rejection(data: bytes | str) -> Rejection:
    (item,) = items(data)
    assert isinstance(item, Rejection), item
    return item


def line(**changes: Any) -> str:
    return json.dumps(RECORD | changes, ensure_ascii=False)


def faults(found: list[Item]) -> list[tuple[str, str]]:
    return [(item.place, item.reason) for item in found if isinstance(item, Rejection)]


# JSON Lines


def test_json_lines_split_on_line_feeds_only() -> None:
    text = "Первая строка.\u2028Вторая\u0085строка."
    assert [
        item.text for item in items(f"{line(text=text)}\r\n\n{line()}\n") if isinstance(item, Article)
    ] == [
        text,
        RECORD["text"],
    ]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"not json", "не JSON"),
        (b"[1, 2]", "нужен объект JSON"),
        (b'{"title": "\xff\xfe"}', "не UTF-8"),
        (b'{"title": "\xd0\x9c\xd0\xbe\xd1\x81\xd1\x82", "text": ""}', "text: нет текста"),
        (b'{"title": NaN, "text": "x"}', "NaN"),
        (b'{"title": "a", "text": "b", "views": 1e999}', "слишком велико"),
        (b'{"title": "a", "text": "b", "n": ' + b"9" * 5000 + b"}", "слишком длинно"),
        (b"[" * 100_000, "вложенность"),
        (b'{"title": "a", "text": "b", "x": ' + b"[" * 300 + b"]" * 300 + b"}", "вложенность"),
        (b'{"title": "\\ud800", "text": "b"}', "суррогат"),
        (b'{"title": "' + b"a" * (17 << 20) + b'"}', "длиннее 16 МиБ"),
    ],
)
def test_bad_line_is_rejected_alone(bad: bytes, reason: str) -> None:
    found = items(b"\n".join((line().encode(), b"", bad, line().encode())))
    assert [type(item) for item in found] == [Article, Rejection, Article]
    ((place, told),) = faults(found)
    assert place == "строка 3"
    assert reason in told
    assert isinstance(found[1], Rejection)
    assert found[1].raw == bad[: 1 << 20]


@pytest.mark.parametrize("name", ["news.jsonl", "news.txt", "news.jsonl.gz", "news"])
def test_format_is_told_by_content(tmp_path: Path, name: str) -> None:
    data = f"{line()}\n".encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert [item.title for item in read(tmp_path / name, ALMATY) if isinstance(item, Article)] == [
        "Мост открыт"
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks(encoding: str) -> None:
    assert article(line().encode(encoding)).title == "Мост открыт"


def test_gzip_of_several_members_and_padding() -> None:
    data = gzip.compress(f"{line()}\n".encode()) + gzip.compress(line().encode()) + b"\0" * 64
    assert faults(items(data)) == []
    assert len(items(data)) == 2


def test_truncated_gzip_keeps_what_came_before() -> None:
    data = gzip.compress("".join(f"{line(text=os.urandom(200).hex())}\n" for _ in range(200)).encode())
    found = items(data[: len(data) // 2])
    assert sum(isinstance(item, Article) for item in found) > 50
    ((_, reason),) = faults(found)
    assert "gzip обрывается" in reason


def test_corrupt_gzip_is_rejected() -> None:
    data = bytearray(gzip.compress(line().encode()))
    data[12] ^= 0xFF
    assert any("gzip" in reason for _, reason in faults(items(bytes(data))))


def test_json_document_of_one_or_many() -> None:
    assert article(json.dumps(RECORD, indent=2)).title == "Мост открыт"
    found = items(json.dumps([RECORD, {"title": "Без текста", "text": ""}, 7], indent=1))
    assert isinstance(found[0], Article)
    assert faults(found) == [
        ("запись 2", "text: нет текста"),
        ("запись 3", "нужен объект JSON, а здесь число"),
    ]


def test_records_of_another_kind_are_one_rejection() -> None:
    labels = "\n".join(json.dumps({"query": "мост", "relevant": ["a"]}) for _ in range(500))
    assert rejection(labels).reason == "нет полей title и text; есть: query, relevant"
    assert rejection(labels).place == ""
    assert len(items(f"{labels}\n{line()}")) == 1
    assert len(items(f"{line()}\n{labels}")) == 501


# Tables


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_table_with_russian_header(mark: str, encoding: str) -> None:
    header = mark.join(("Заголовок", "Текст", "Дата", "Источник", "Рубрика", "Ссылка", "Метки", "просмотры"))
    quoted = '"Движение ""началось""\nутром, в 7 часов; все рады."'
    url = "https://vestnik.example/1"
    body = mark.join(("Мост открыт", quoted, "15 июня 2025 14:30", "Вестник", "Общество", url, "мост", "12"))
    found = article(f"{header}\r\n{body}\r\n".encode(encoding))
    assert found.title == "Мост открыт"
    assert found.text == 'Движение "началось"\nутром, в 7 часов; все рады.'
    assert found.published is not None
    assert found.published.isoformat() == "2025-06-15T14:30:00+05:00"
    assert (found.source, found.section, found.tags) == ("Вестник", "Общество", ("мост",))
    assert (found.url, found.extra["просмотры"]) == ("https://vestnik.example/1", "12")


def test_bad_rows_of_a_table_are_rejected_alone() -> None:
    found = items('title,text\nМост,Открыт\nМост\nМост,"О\nткрыт",лишнее\nДорога,\nШкола,Открыта\n')
    assert [item.title for item in found if isinstance(item, Article)] == ["Мост", "Школа"]
    assert faults(found) == [
        ("строка 3", "столбцов 1, а в заголовке таблицы 2"),
        ("строка 4", "столбцов 3, а в заголовке таблицы 2"),
        ("строка 6", "text: нет текста"),
    ]


def test_unclosed_quote_is_a_rejection() -> None:
    ((place, reason),) = faults(items('title,text\nМост,Открыт\nДорога,"Закрыта\nШкола,Открыта\n'))
    assert place == "строка 3"
    assert "не читается" in reason


def test_table_without_title_and_text_is_one_rejection() -> None:
    assert rejection("mistake\tcorrect\nмосст\tмост\nдарога\tдорога\n").reason == (
        "нет полей title и text; есть: mistake, correct"
    )


# Feeds

RSS = """<?xml version="1.0" encoding="{encoding}"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:yandex="http://news.yandex.ru">
<channel><title>Вестник</title><link>https://vestnik.example/</link>
<item><title>Мост открыт</title><link>https://vestnik.example/1</link><category>Общество</category>
<category>Мост</category><author>Айгуль Сейтова</author><pubDate>Sun, 15 Jun 2025 14:30:00 +0500</pubDate>
<description>Кратко.</description>
<content:encoded><![CDATA[<p>Движение <b>началось</b> утром.</p><p>Все рады.</p><script>x()</script>]]>
</content:encoded></item>
<item><title>Дорога закрыта</title><pubDate>Sun, 15 Jun 2025 10:00:00 MSK</pubDate>
<yandex:full-text>Дорогу закрыли на ремонт.</yandex:full-text><description>Кратко.</description></item>
<item><title>Без текста</title><link>https://vestnik.example/3</link></item>
</channel></rss>"""


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251"])
def test_rss(encoding: str) -> None:
    bridge, road, nothing = items(RSS.format(encoding=encoding).encode(encoding))
    assert isinstance(bridge, Article)
    assert bridge.text == "Движение началось утром.\nВсе рады."
    assert (bridge.source, bridge.section, bridge.tags) == ("Вестник", "Общество", ("Общество", "Мост"))
    assert (bridge.url, bridge.author) == ("https://vestnik.example/1", "Айгуль Сейтова")
    assert bridge.published is not None
    assert bridge.published.isoformat() == "2025-06-15T14:30:00+05:00"
    assert isinstance(road, Article)
    assert road.text == "Дорогу закрыли на ремонт."
    assert road.published is not None
    assert road.published.isoformat() == "2025-06-15T10:00:00+03:00"
    assert isinstance(nothing, Rejection)
    assert (nothing.place, nothing.reason) == ("запись 3", "text: нет текста")


def test_atom() -> None:
    found = article(
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Степь</title><entry><title type="html">'
        'Мост &amp;amp; дорога</title><link href="https://step.example/1"/><published>2025-06-15T14:30:00Z</published>'
        "<updated>2025-06-16T09:00:00Z</updated><author><name>Марат</name></author>"
        '<content type="html">&lt;p&gt;Открыли.&lt;/p&gt;&lt;p&gt;Закрыли.&lt;/p&gt;</content></entry></feed>'
    )
    assert (found.title, found.text, found.author) == ("Мост & дорога", "Открыли.\nЗакрыли.", "Марат")
    assert found.published is not None
    assert found.modified is not None
    assert (found.published.isoformat(), found.modified.day) == ("2025-06-15T14:30:00+00:00", 16)


def test_document_that_declares_entities_is_refused() -> None:
    bomb = '<!DOCTYPE rss [<!ENTITY a "ха"><!ENTITY b "&a;&a;">]><rss><channel>&b;</channel></rss>'
    assert "ENTITY" in rejection(bomb).reason
    assert "ENTITY" in rejection(bomb.encode("utf-16")).reason


# Files that are no articles


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "картинка PNG"),
        (b"%PDF-1.7\n" + bytes(range(256)), "документ PDF"),
        (bytes(range(256)) * 20, "двоичный файл"),
        (b"User-agent: *\nDisallow: /search\n", "нет русского текста"),
        (
            b"# Data set\n\nThis folder has news articles, and labels to measure with.\n",
            "нет русского текста",
        ),
        (
            b'<?xml version="1.0"?><urlset><url><loc>https://a.example/</loc></url></urlset>',
            "XML, но не лента",
        ),
        (b"<html></html>", "меньше 200 букв"),
        ("<html><body><h1>404</h1><p>Страница не найдена</p></body></html>".encode(), "меньше 200 букв"),
        (b"<rss><channel><title>x</title></channel></rss>", "нет записей"),
        (b"[]", "пустой список"),
    ],
)
def test_whole_file_is_rejected_in_words(data: bytes, reason: str) -> None:
    assert reason in rejection(data).reason
    assert rejection(data).raw == data


# Folders and files


def test_folder_is_walked_in_order_without_hidden_files_and_loops(tmp_path: Path) -> None:
    for name in ("б.jsonl", "а/2.jsonl", "а/1.jsonl", ".hidden/3.jsonl", ".4.jsonl", "в/заметки.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(line(title=name), "utf-8")
    (tmp_path / "а" / "loop").symlink_to(tmp_path)
    (tmp_path / "пусто.jsonl").write_bytes(b"")
    (tmp_path / "broken.jsonl").symlink_to(tmp_path / "nowhere")
    found = list(read(tmp_path, ALMATY, only="*.jsonl"))
    assert [item.title for item in found if isinstance(item, Article)] == [
        "а/1.jsonl",
        "а/2.jsonl",
        "б.jsonl",
    ]
    assert [reason.split(":")[0] for _, reason in faults(found)] == ["не читается", "файл пуст"]
    assert len(list(read(tmp_path, ALMATY))) == 6


def test_bytes_are_told_as_they_are_taken(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(f"{line()}\n".encode() * 1000))
    (tmp_path / "b.jsonl").write_text('{"query": "мост"}\n' * 20_000, "utf-8")
    told: list[int] = []
    assert len(list(read(tmp_path, ALMATY, on_bytes=told.append))) == 1001
    assert sum(told) == size(tmp_path) > 0
    assert size(tmp_path, "*.gz") == (tmp_path / "a.jsonl.gz").stat().st_size


def test_missing_path_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nothing", ALMATY)


def test_what_cannot_be_read_is_rejected(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        ((_, reason),) = faults(list(read(tmp_path / "socket", ALMATY)))
    assert reason.startswith("не читается")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_forbidden_file_and_folder_are_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(line(), "utf-8")
    (tmp_path / "b").mkdir()
    (tmp_path / "a.jsonl").chmod(0)
    (tmp_path / "b").chmod(0)
    assert len(faults(list(read(tmp_path, ALMATY)))) == 2
    (tmp_path / "b").chmod(0o700)


def test_file_that_grows_too_large_for_a_page(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(b"<html>" + b"x" * (21 << 20))
    ((_, reason),) = faults(list(read(tmp_path / "page.html", ALMATY)))
    assert "больше 20 МиБ" in reason


# Another try


def test_retry_gives_the_same_reason_and_place_until_the_cause_is_gone() -> None:
    (bad,) = (item for item in items(f"{line()}\n{line(published='вчера')}") if isinstance(item, Rejection))
    (again,) = retry(bad, ALMATY)
    assert again == bad


@pytest.mark.parametrize(
    "data", [f"{line()}\n{{broken", "title,text\nМост,Открыт\nМост\n", "# README\n\nText."]
)
def test_retry_never_loses_a_piece(data: str) -> None:
    for item in items(data):
        if isinstance(item, Rejection):
            assert list(retry(item, ALMATY)) == [item]


def test_retry_reads_an_unreadable_file_again(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").symlink_to(tmp_path / "b.jsonl")
    (bad,) = read(tmp_path, ALMATY)
    assert isinstance(bad, Rejection)
    assert list(retry(bad, ALMATY)) == [bad]
    (tmp_path / "b.jsonl").write_text(line(), "utf-8")
    (good,) = retry(bad, ALMATY)
    assert isinstance(good, Article)


def test_retry_does_not_make_an_article_of_a_beginning() -> None:
    (bad,) = faulty = [item for item in items(line(text="ы" * 2_000_001)) if isinstance(item, Rejection)]
    assert len(bad.raw) == 1 << 20
    ((_, reason),) = faults(list(retry(bad, ALMATY)))
    assert "только первый МиБ" in reason
    assert len(faulty) == 1


# Anything at all

BEGINNINGS = st.sampled_from(
    [
        b"",
        b"{",
        b'{"title": "a", "text": ',
        b"[{",
        b"<html><body><p>",
        b"<rss><channel><item>",
        b"\x1f\x8b\x08\x00",
        b"title,text\n",
        "Заголовок;Текст\n".encode("cp1251"),
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"a\tb\n1\t2\n1\t2\n",
    ]
)
TEXTS = st.text().map(str.encode)
PACKED: st.SearchStrategy[Callable[[bytes], bytes]] = st.sampled_from([bytes, gzip.compress])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BEGINNINGS, st.binary() | TEXTS, PACKED)
def test_no_bytes_raise_and_none_vanish(
    beginning: bytes, rest: bytes, packed: Callable[[bytes], bytes]
) -> None:
    data = beginning + rest
    found = items(packed(data))
    assert found or not data.removeprefix(b"\xef\xbb\xbf").strip() or data[:2] in (b"\xff\xfe", b"\xfe\xff")
    for item in found:
        if isinstance(item, Rejection):
            assert list(retry(item, ALMATY))
