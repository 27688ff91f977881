"""The pages, as they come from the server."""

import gzip
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from search import limits
from search.answer import Answer
from search.article import Article
from search.asking import Question
from search.document import Document
from search.engines import open_engine
from search.errors import QueryTooCostly
from search.page import Mark
from search.query import Interval, Via
from search.settings import Settings
from tests.conftest import NOW as SOME_DAY
from tests.conftest import indexed
from tests.web.conftest import HOSTILE, some_articles
from web.app import create_app
from web.desk import Desk
from web.pages import _paragraphs
from web.timeline import timeline
from web.wording import articles, citation, numbered, when

NOW = datetime(2025, 11, 1, 17, tzinfo=ZoneInfo("Asia/Almaty"))


def page(client: FlaskClient, path: str, **arguments: str) -> str:
    response = client.get(path, query_string=arguments)
    assert response.status_code == 200
    return response.text.replace("\u00a0", " ")


@pytest.mark.parametrize("never", ["9999-12-31T23:59:59+00:00", "9999-12-31T00:00:00+05:00"])
def test_article_of_no_day_that_an_older_release_took_in_is_shown_without_one(
    tmp_path: Path, never: str
) -> None:
    odd = Article(id="y", title="Мост в будущем", text="Мост.", published=datetime.fromisoformat(never))
    with indexed(tmp_path, [*some_articles(), odd]) as reader:
        settings = Settings(timezone=ZoneInfo("Asia/Almaty"))
        client = create_app(lambda: reader, settings, lambda: NOW).test_client()
        for path in ("/", "/articles/y", "/articles/most-1", "/search.atom?q=мост", "/api/v1/articles/y"):
            assert client.get(path).status_code == 200
        for arguments in ({"sort": "newest"}, {"q": "мост"}):
            assert "Мост в будущем" in page(client, "/", per_page="100", **arguments)
        for filters in ({"from": "9999-12-31"}, {"to": "9999-12-31"}, {"from": never, "to": never}):
            assert page(client, "/", q="мост", **filters)
        seen, more = [], {"q": "мост", "sort": "newest", "per_page": "1"}
        while more.get("cursor") != "None":
            answer = client.get("/api/v1/search", query_string=more).json
            assert answer
            seen += [hit["id"] for hit in answer["hits"]]
            more["cursor"] = str(answer["next_cursor"])
        assert (len(seen), seen[-1]) == (46, "y")
        for step in Interval:
            answer = client.get("/api/v1/search", query_string={"q": "мост", "histogram": step.value}).json
            assert answer
            assert (answer["total"], sum(bar["count"] for bar in answer["histogram"])) == (46, 45)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 статей"),
        (1, "1 статья"),
        (2, "2 статьи"),
        (5, "5 статей"),
        (11, "11 статей"),
        (14, "14 статей"),
        (21, "21 статья"),
        (101, "101 статья"),
        (111, "111 статей"),
        (1024, "1 024 статьи"),
    ],
)
def test_plurals(client: FlaskClient, number: int, words: str) -> None:
    with client.application.test_request_context("/"):
        client.application.preprocess_request()
        assert articles(number).replace("\u00a0", " ") == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2025, 11, 1, 9, 5, tzinfo=UTC), "сегодня, 14:05"),
        (datetime(2025, 10, 31, 3, 30, tzinfo=UTC), "вчера, 8:30"),
        (datetime(2025, 6, 5, 9, 5, tzinfo=UTC), "5 июня, 14:05"),
        (datetime(2024, 12, 31, 20, 0, tzinfo=UTC), "1 января, 1:00"),
        (datetime(2023, 5, 5, 9, 5, tzinfo=UTC), "5 мая 2023, 15:05"),
        (datetime(2018, 11, 22, tzinfo=NOW.tzinfo), "22 ноября 2018"),
        (datetime(2025, 11, 1, tzinfo=NOW.tzinfo), "сегодня"),
    ],
)
def test_dates(client: FlaskClient, moment: datetime, words: str) -> None:
    with client.application.test_request_context("/"):
        assert when(moment, NOW) == words


def test_numbers_of_pages() -> None:
    assert numbered(1, 1) == [1]
    assert numbered(1, 50) == [1, 2, 3, None, 50]
    assert numbered(25, 50) == [1, 2, None, 23, 24, 25, 26, 27, None, 50]


def test_home_shows_the_newest(client: FlaskClient) -> None:
    text = page(client, "/")
    assert "46 статей в архиве" in text
    assert text.index("день 0") < text.index("день 1")


def test_results_are_counted_marked_and_paged(client: FlaskClient) -> None:
    text = page(client, "/", q="мосту", utm_source="mail", section="")
    assert "Найдено 45 статей" in text
    assert '<mark title="другая форма слова">Мост</mark>' in text
    assert 'rel="next" href="/?q=%D0%BC%D0%BE%D1%81%D1%82%D1%83&amp;page=2"' in text
    assert "сегодня, " in text
    assert 'value="мосту"' in text


def test_correction_is_shown_and_can_be_undone(client: FlaskClient) -> None:
    text = page(client, "/", q="vjcn")
    assert "Показаны результаты для «<b>мост</b>»" in text
    assert "repair=off" in text
    assert "Ничего не нашлось" in page(client, "/", q="vjcn", repair="off")


def test_where_nothing_is_found_nothing_is_said_to_be_shown(client: FlaskClient) -> None:
    assert "часть слов" in page(client, "/", q="мост баобаб кактус")
    for q in ("мост баобаб кактус", "vjcn"):
        text = page(client, "/", q=q, source="Нет такого")
        assert "Ничего не нашлось" in text
        assert not any(told in text for told in ("оказаны", "часть слов"))
    assert "Прочитано как «<b>мост</b>»" in text
    assert "Прочитано как" not in page(client, "/", q="vjcn")


def test_filters_can_be_taken_off(client: FlaskClient) -> None:
    text = page(client, "/", q="мост", source="Вестник", from_="")
    assert "Источник: Вестник" in text
    assert "Сбросить всё" in text
    assert re.search(r'href="/\?q=[^"&]+" title="Снять фильтр"', text)


def test_filters_that_mean_the_same_are_one(client: FlaskClient) -> None:
    text = client.get("/?q=мост" + "&source=Вестник&source=ВЕСТНИК" * 50).text
    assert text.count('title="Снять фильтр"') == 1


def test_of_many_filters_that_find_nothing_only_some_are_left_out_one_by_one(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[object] = []

    def count(pairs: object) -> tuple[int, bool]:
        counted.append(pairs)
        return 0, False

    monkeypatch.setattr("web.pages._count", count)
    many = "".join(f"&source=s{number}" for number in range(limits.FILTER_VALUES))
    assert "Ничего не нашлось" in client.get("/?q=мост" + many).text
    assert len(counted) < 10
    refused = client.get("/?q=мост&source=ещё" + many)
    assert refused.status_code == 400
    assert "source" in refused.text
    assert "значений у фильтров не больше 50" in refused.text


def test_bad_argument_is_told_in_words(client: FlaskClient) -> None:
    response = client.get("/?q=мост&sort=newst")
    assert response.status_code == 400
    assert "можно: relevance, newest, oldest. Может быть, newest?" in response.text
    assert 'href="/?q=%D0%BC%D0%BE%D1%81%D1%82">Искать «мост» без этих условий' in response.text


def test_markup_in_articles_and_questions_is_only_text(client: FlaskClient) -> None:
    for path in (
        f"/?q={quote(HOSTILE)}",
        "/?q=паводок",
        "/articles/" + quote("путь/с косой?#%") + f"?q={quote(HOSTILE)}",
    ):
        text = client.get(path).text
        assert "<img" not in text
        assert "&lt;img" in text


def test_article_is_marked_and_leads_back(client: FlaskClient) -> None:
    text = page(client, "/articles/most-3", q="опора", sort="newest")
    assert ">опору</mark> номер 3" in text
    assert 'href="/?q=' in text
    assert 'href="https://vestnik.example/3" rel="noopener noreferrer"' in text


def test_words_side_by_side_are_one_place(client: FlaskClient) -> None:
    assert "Отмечено мест: 4" in page(client, "/articles/most-3", q="мост на опору номер")


def test_why_an_article_is_found_tells_no_prepositions(client: FlaskClient) -> None:
    reasons = re.findall(r"<li><b lang=\"ru\">([^<]+)</b> — ", page(client, "/", q="на мосту заменили"))
    assert "мосту, заменили" in reasons


def test_article_is_marked_by_the_question_that_was_answered(client: FlaskClient) -> None:
    """Whose corrections stand in the addresses of its hits."""
    hit = re.search(r'<h2><a href="(/articles/[^"]+)"', page(client, "/", q="jgjhf yf vjcne", sort="newest"))
    assert hit
    text = client.get(hit.group(1).replace("&amp;", "&")).text
    assert {"опору", "мосту"} <= {mark.lower() for mark in re.findall(r"<mark[^>]*>([^<]+)</mark>", text)}
    assert "sort=newest" in text  # the way back is to the same list


def test_article_is_marked_where_and_as_exactly_as_was_asked(client: FlaskClient) -> None:
    assert ">мосту</mark>" in page(client, "/articles/most-3", q="мост")
    assert ">мосту</mark>" not in page(client, "/articles/most-3", q="мост", match="exact")
    assert ">Мост</mark>" in page(client, "/articles/most-3", q="мост", **{"in": "title"})
    assert ">мосту</mark>" not in page(client, "/articles/most-3", q="мост", **{"in": "title"})


@pytest.mark.parametrize(
    "torn", ["?q=мост&in=нигде", "?q=мост&match=as-you-like", "?q=мост&q=река", "?q=%ff"]
)
def test_article_is_there_however_torn_its_link(client: FlaskClient, torn: str) -> None:
    response = client.get("/articles/most-1" + torn)
    assert response.status_code == 200
    assert "<mark" not in response.text


def test_article_can_be_read_where_its_relatives_cost_too_much(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_costly(*_: object) -> None:
        raise QueryTooCostly("слишком долго")

    monkeypatch.setattr(Desk, "related", too_costly)
    text = page(client, "/articles/most-3")
    assert "Аким доволен." in text
    assert "Похожие статьи" not in text
    assert "ETag" not in client.get("/articles/most-3").headers  # another time it may be whole


def test_every_paragraph_has_its_own_marks() -> None:
    text = "Мост.\n\nНа мосту\nРека, мост и мост"
    marks = [Mark(found.start(), found.end(), Via.LEMMA) for found in re.finditer("(?i)мост", text)]
    shown = [(line, [line[m.start : m.end] for m in inside]) for line, inside in _paragraphs(text, marks)]
    assert shown == [("Мост.", ["Мост"]), ("На мосту", ["мост"]), ("Река, мост и мост", ["мост", "мост"])]


def test_home_has_examples_that_lead_somewhere(client: FlaskClient) -> None:
    links = re.findall(r'<a href="(/\?q=[^"]+)"', page(client, "/").partition("Последние новости")[0])
    assert links
    for link in links:
        assert client.get(link).status_code == 200


def test_hit_leads_to_the_original_and_keeps_the_question(client: FlaskClient) -> None:
    text = page(client, "/", q="мост")
    assert re.search(
        r'<a href="https://vestnik\.example/\d+" rel="noopener noreferrer">на сайте издания', text
    )
    assert re.search(r'href="/articles/most-\d+\?q=', text)


def test_asking_anew_keeps_the_filters_without_a_field(client: FlaskClient) -> None:
    assert '<input type="hidden" name="tag" value="паводок">' in page(client, "/", tag="паводок")


@pytest.mark.parametrize("path", ["/nope", "/articles/нет", "/static/nope.css"])
def test_missing_page_is_told_in_words(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "<h1>Здесь ничего нет</h1>" in response.text


def test_help_examples_lead_somewhere(client: FlaskClient) -> None:
    for link in re.findall(r'<a href="(/\?q=[^"]+)"', page(client, "/help")):
        assert client.get(link).status_code == 200


def test_draft_is_held_against_the_archive(client: FlaskClient) -> None:
    assert "<textarea" in page(client, "/desk")
    text = "Рабочие осмотрели мост. На мосту заменили опору номер 3. <b>Аким</b> рад."
    response = client.post("/desk", data={"title": "", "text": text})
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert 'href="/articles/most-3"' in response.text
    assert "черновика слово в слово" in response.text
    assert "&lt;b&gt;Аким&lt;/b&gt; рад." in response.text  # as it was pasted, in its field
    blank = client.post("/desk", data={"title": "Мост", "text": "  "}).text
    assert "<textarea" in blank
    assert "Вставьте текст" in blank
    assert "Вставьте текст" not in page(client, "/desk")
    assert client.post("/desk", data={"text": "я" * 50_001}).status_code == 413


def test_nothing_found_tells_what_would_with_true_counts(client: FlaskClient) -> None:
    """Every count is that of the list it leads to."""
    text = page(client, "/", q="мост опора", section="Нет такого", source="Вестник")
    assert "Зато нашлось бы" in text
    offers = re.findall(r'<li><a href="(/\?[^"]+)">([^<]+)</a> — (\d+) стат', text)
    assert "без всех фильтров" in text
    assert ("без фильтра «Раздел: Нет такого»", "45") in [(label, count) for _, label, count in offers]
    for address, _, count in offers:
        assert f'data-total="{count}"' in client.get(address.replace("&amp;", "&")).text
    alone = page(client, "/", q="мост баобаб", source="Нет такого")
    assert re.search(r">мост</a> — 4[56] стат", alone)
    assert "баобаб — нигде не встречается" in alone
    assert "без «баобаб»" not in alone


@pytest.mark.parametrize(
    ("q", "free"),
    [
        ('"мостом через река"', "мостом через река"),
        ("«реку мост»", "реку мост"),
        ("!мостам", "мостам"),
        ("„река мост“ -паводок -!опорой", "река мост -паводок -!опорой"),
    ],
)
def test_nothing_to_the_letter_tells_what_is_found_in_other_forms(
    client: FlaskClient, q: str, free: str
) -> None:
    text = page(client, "/", q=q)
    assert "Ничего не нашлось" in text
    offer = re.search(rf'<a href="([^"]+)">в любых формах и порядке: {free}</a> — (\d+) стат', text)
    assert offer
    assert f'data-total="{offer.group(2)}"' in client.get(offer.group(1).replace("&amp;", "&")).text


def test_offer_of_any_form_is_of_that(client: FlaskClient) -> None:
    text = page(client, "/", q="!мостами рекой", match="exact")
    offer = re.search(r'<a href="([^"]+)">в любых формах и порядке: мостами рекой</a> — 45 стат', text)
    assert offer
    assert "match" not in offer.group(1)
    for q in (
        'баобаб источник:"Вестник" -"мост через"',
        "(!мостами река) !баобаб",
        'заголовок:"через мост" !мостами',
    ):
        assert "в любых формах" not in page(client, "/", q=q)
    part = page(client, "/", q='баобаб кактус "мостами река"')
    assert re.search(r"в любых формах и порядке: [^<]+</a> — 45 статей, с частью слов</li>", part)


@pytest.mark.parametrize(
    ("q", "demands"),
    [
        ('"мостом река" баобаб', True),
        ("(!мостами)", True),
        ("баобаб", False),
        ("баобаб!", False),
        ('баобаб источник:"Вестник" -"мост через" -!река', False),
    ],
)
def test_taking_off_quotes_is_advised_only_where_there_are_any(
    client: FlaskClient, q: str, demands: bool
) -> None:
    assert ("уберите кавычки" in page(client, "/", q=q)) is demands


def test_list_comes_without_its_counts_where_they_cost_too_much(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Desk.answer

    def costly(desk: Desk, question: Question) -> Answer:
        if question.facets:
            raise QueryTooCostly("слишком долго")
        return whole(desk, question)

    monkeypatch.setattr(Desk, "answer", costly)
    text = page(client, "/", q="мост")
    assert "Найдено 45 статей" in text
    assert 'class="facet"' not in text


def test_filters_have_counts_and_are_put_on_and_off(client: FlaskClient) -> None:
    text = page(client, "/", sort="newest")
    put_on = re.search(r'<a href="([^"]+)"><span>Вестник</span> <small>45</small>', text)
    assert put_on
    filtered = client.get(put_on.group(1).replace("&amp;", "&")).text
    assert 'data-total="45"' in filtered
    taken_off = re.search(r'<a href="([^"]+)" aria-current="true"><span>Вестник</span>', filtered)
    assert taken_off
    assert 'data-total="46"' in client.get(taken_off.group(1).replace("&amp;", "&")).text


def test_timeline_has_every_month_and_leads_into_each(client: FlaskClient) -> None:
    text = page(client, "/", q="мост")
    bars = re.findall(r"<title>([^<]+): (\d+) ст", text)
    assert [label for label, _ in bars] == ["сентябрь 2025", "октябрь 2025", "ноябрь 2025"]
    assert sum(int(count) for _, count in bars) == 45
    october = re.search(r'<tr><td><a href="([^"]+)">октябрь 2025</a></td><td>(\d+)</td>', text)
    assert october
    inside = client.get(october.group(1).replace("&amp;", "&")).text
    assert f'data-total="{october.group(2)}"' in inside


def test_bars_keep_empty_days_and_grow_wide_where_there_are_many() -> None:
    days = [(date(2025, 2, 27), 3), (date(2025, 3, 2), 1)]
    bars, step = timeline(days, Interval.DAY)
    assert [(bar.first.day, bar.count) for bar in bars] == [(27, 3), (28, 0), (1, 0), (2, 1)]
    assert step is Interval.DAY
    bars, step = timeline(
        [(date(1970, 1, 1), 1), (date(2025, 5, 1), 7), (date(2025, 6, 1), 2)], Interval.MONTH
    )
    assert (bars[0].count, bars[-1].count, len(bars), step) == (1, 9, 56, None)
    assert timeline([(date(2025, 5, 1), 7)], Interval.MONTH)[0] == []


def test_periods_and_orders_are_links(client: FlaskClient) -> None:
    text = page(client, "/", q="мост", sort="newest")
    assert '<span aria-current="true">сначала новые</span>' in text
    week = re.search(r'<a href="([^"]+)">неделя</a>', text)
    assert week
    inside = client.get(week.group(1).replace("&amp;", "&")).text
    assert '<span aria-current="true">неделя</span>' in inside
    assert 'data-total="8"' in inside


def test_hit_tells_why_it_was_found(client: FlaskClient) -> None:
    text = page(client, "/", q="мосту")
    assert '<li><b lang="ru">мост</b> — другая форма слова</li>' in text
    lacking = page(client, "/", q="мост баобаб", repair="off")
    assert "этих слов в статье нет" in lacking


def test_list_can_be_taken_away(client: FlaskClient) -> None:
    text = page(client, "/", q="мост", page="2")
    for address in ("/search.atom", "/search.csv", "/api/v1/search"):
        link = re.search(rf'href="({re.escape(address)}[^"]+)"', text)
        assert link
        assert client.get(link.group(1).replace("&amp;", "&")).status_code == 200


def test_reference_shows_every_address_and_field(client: FlaskClient) -> None:
    text, document = page(client, "/api/"), client.get("/openapi.json").json
    assert document is not None
    for path in document["paths"]:
        assert path in text
    for schema in document["components"]["schemas"].values():
        for name in schema.get("properties", {}):
            assert f"<code>{name}</code>" in text


def test_pages_are_sent_small_to_who_takes_it_so(client: FlaskClient) -> None:
    plain, small = (client.get("/?q=мост", headers={"Accept-Encoding": how}) for how in ("identity", "gzip"))
    assert gzip.decompress(small.data) == plain.data
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert len(small.data) < len(plain.data) / 3
    style = client.get("/static/style.css", headers={"Accept-Encoding": "gzip"})
    assert b"color-scheme" in gzip.decompress(style.data)
    style.close()


@pytest.mark.parametrize("path", ["/?q=мост", "/search.atom?q=мост", "/search.csv?q=мост"])
def test_kept_answers_are_sent_as_each_client_takes_them(client: FlaskClient, path: str) -> None:
    plain = client.get(path, headers={"Accept-Encoding": "identity"}).data
    for how in ("gzip", "gzip", "identity", "gzip", "identity"):
        answer = client.get(path, headers={"Accept-Encoding": how})
        assert answer.headers.get("Content-Encoding", "identity") == how
        assert int(answer.headers["Content-Length"]) == len(answer.data)
        assert (gzip.decompress(answer.data) if how == "gzip" else answer.data) == plain


def test_article_can_be_cited(client: FlaskClient) -> None:
    text = page(client, "/articles/most-3")
    assert "Мост через реку, день 3 // Вестник. 29.10.2025. URL: https://vestnik.example/3</cite>" in text
    bare = citation(Article(id="a", title="Мост.", text="x", author="О. Рябых"), NOW)
    assert bare == "О. Рябых. Мост"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?q=мост",
        "/?q=мост&lang=en",
        "/articles/most-1?q=мост",
        "/help",
        "/help?lang=kk",
        "/desk",
        "/api/",
    ],
)
def test_page_that_has_not_changed_is_not_sent_again(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    other = client.get("/?q=опора", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


def test_page_changes_with_the_archive_and_the_day(tmp_path: Path) -> None:
    articles, now = some_articles(), [SOME_DAY]
    with indexed(tmp_path, articles[:40]) as reader:
        client = create_app(lambda: reader, Settings(), lambda: now[0]).test_client()

        def etag() -> str:
            return client.get("/?q=мост").headers["ETag"]

        first = etag()
        assert etag() == first
        now[0] += timedelta(days=1)
        other_day = etag()
        with open_engine("whoosh:", tmp_path).writer() as writer:
            writer.put(Document(article) for article in articles[40:])
            writer.commit(2)
        assert len({first, other_day, etag()}) == 3


def test_very_long_article_is_shown_whole_and_marked_at_its_beginning(tmp_path: Path) -> None:
    long = Article(id="long", title="Река", text="мост " * (limits.READ_CLOSELY // 5 + 10_000) + "опора.")
    with indexed(tmp_path, [long]) as reader:
        client = create_app(lambda: reader, Settings(), lambda: NOW).test_client()
        content = page(client, "/articles/long", q="мост")
    assert content.count("<mark") == limits.READ_CLOSELY // 5
    assert content.count("мост") > limits.READ_CLOSELY // 5 + 10_000
    assert "опора." in content
