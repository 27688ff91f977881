"""The front door: what an answer holds, and how it becomes the API's JSON."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import limits
from search.answer import answer, marked, merged
from search.answering import article_json, html, to_json
from search.article import Article
from search.asking import Question
from search.errors import BadQuestion
from search.names import Names
from search.page import Mark, Story
from search.query import Filters, Labels, Sort, Via
from tests.conftest import NOW, articles, ask, indexed

LAUNCH = Article(
    id="launch",
    title="Новый мост открыли",
    text="Мост соединил два берега. По мосту пустили автобусы.",
    url="https://vestnik.example/1?a=b&c=d",
    published=datetime(2025, 5, 1, tzinfo=UTC),
    modified=datetime(2025, 5, 2, tzinfo=UTC),
    source="Вестник",
    section="Общество",
    author="Айгерим Сактаган",
    tags=("мосты",),
    lang="ru",
)


# All the words, or a part of them


def test_where_nothing_has_all_words_a_part_will_do_and_is_told(tmp_path: Path) -> None:
    with indexed(tmp_path, articles(["Мост через реку открыли", "Тоннель под горой"])) as reader:
        loosened = ask(reader, "мост река плотина")
        assert (loosened.relaxed, loosened.page.total) == (True, 1)
        assert not ask(reader, "мост река").relaxed
        assert ask(reader, "плотина шлюз").page.total == 0


def test_what_is_excluded_stays_so_when_loosened(tmp_path: Path) -> None:
    with indexed(tmp_path, articles(["Мост через реку", "Мост у вокзала"])) as reader:
        loosened = ask(reader, "мост паром -река", repair="off")
        assert [hit.article.text for hit in loosened.page.hits] == ["Мост у вокзала"]


def test_filters_hold_when_loosened(tmp_path: Path) -> None:
    some = [Article(id=source, title="—", text="Мост", source=source) for source in ("Вестник", "Курьер")]
    with indexed(tmp_path, some) as reader:
        assert ask(reader, "мост паром источник:Курьер", repair="off").page.total == 1


def test_filter_never_adds_hits(tmp_path: Path) -> None:
    whole = "Паводок размыл дорогу возле старой плотины"
    some = [
        *(Article(id=f"w{n}", title="—", text=whole, source=f"Вестник {n // 9}") for n in range(12)),
        *(Article(id=f"p{n}", title="—", text="Паводок размыл дорогу", source="Курьер") for n in range(20)),
    ]
    with indexed(tmp_path, some) as reader:
        for asked, source, total in [
            (whole, "Вестник 0", 9),  # fewer than ten, but there are more elsewhere
            (whole, "Вестник 1", 3),
            (whole, "Курьер", 0),
            ("плотины", "Курьер", 0),
        ]:
            for found in (ask(reader, asked, source=source), ask(reader, f"{asked} источник:«{source}»")):
                assert (found.page.total, found.relaxed) == (total, False), (asked, source)
        for source in ("Вестник 0", "Вестник 1", "Курьер"):
            loosened = ask(reader, f"{whole} прорвало", source=source)
            assert loosened.relaxed
        mended = [ask(reader, "gkjnbys", **of) for of in ({}, {"source": "Вестник 0"}, {"source": "Курьер"})]
    assert [(each.text, each.page.total) for each in mended] == [("плотины", n) for n in (12, 9, 0)]


def test_more_of_the_words_come_first_when_loosened(tmp_path: Path) -> None:
    texts = ["Мост и река", "Мост, река и вокзал", "Мост"]
    with indexed(tmp_path, articles(texts)) as reader:
        found = ask(reader, "мост река вокзал плотина", repair="off")
    assert [hit.article.text for hit in found.page.hits][:2] == ["Мост, река и вокзал", "Мост и река"]


def test_long_question_is_loosened_where_few_have_all_its_words(tmp_path: Path) -> None:
    whole = "Паводок размыл дорогу возле старой плотины"
    texts = [whole, *(f"Паводок размыл дорогу у села номер {n}" for n in range(20))]
    with indexed(tmp_path, articles(texts)) as reader:
        assert not ask(reader, "паводок размыл дорогу плотина").relaxed
        long = ask(reader, "паводок размыл дорогу старой плотины возле")
        assert long.relaxed
        assert long.page.hits[0].article.text == whole
        assert long.page.total == 21


def test_prepositions_make_no_question_long(tmp_path: Path) -> None:
    both = ["Погода на завтра в городе Сарытас", "Завтра в Сарытасе ясная погода"]
    with indexed(tmp_path, articles([*both, *(f"Погода номер {n}" for n in range(20))])) as reader:
        found = ask(reader, "погода на завтра в сарытасе")
    assert (found.relaxed, found.page.total) == (False, 2)


# Filters


def test_typed_and_given_filters_both_hold(tmp_path: Path) -> None:
    some = [
        Article(id=s, title="Мост", text="Мост", source=s, published=NOW - timedelta(days=number))
        for number, s in enumerate(("Вестник", "Курьер"))
    ]
    with indexed(tmp_path, some) as reader:
        assert ask(reader, "мост источник:Вестник", source="Вестник").page.total == 1
        assert ask(reader, "мост источник:Вестник", source="Курьер").page.total == 0
        assert ask(reader, "мост -источник:Вестник", source="-Курьер").page.total == 0
        assert ask(reader, "мост по:2025-10-31").page.total == 1
        assert ask(reader, "мост по:2025-10-31", from_="2025-11-01").page.total == 0


labels = st.builds(
    Labels, st.frozensets(st.sampled_from("абв"), max_size=3), st.frozensets(st.sampled_from("абв"))
)
moments = st.none() | st.sampled_from([NOW, NOW + timedelta(days=1), NOW - timedelta(days=1)])


@given(st.builds(Filters, moments, moments, labels), st.builds(Filters, moments, moments, labels))
def test_merged_filters_let_through_what_both_do(typed: Filters, given: Filters) -> None:
    def passes(filters: Filters, source: str, moment: datetime) -> bool:
        include, exclude = filters.source.include, filters.source.exclude
        return (
            (not include or source in include)
            and source not in exclude
            and (filters.since is None or moment >= filters.since)
            and (filters.until is None or moment < filters.until)
        )

    both = merged(typed, given)
    assert merged(given, typed) == both
    for source in "абвг":
        for hours in (-36, -24, -12, 0, 12, 24, 36):
            moment = NOW + timedelta(hours=hours)
            expected = passes(typed, source, moment) and passes(given, source, moment)
            assert passes(both, source, moment) == expected


# What an answer holds


def test_hits_come_with_marks_and_snippets(tmp_path: Path) -> None:
    with indexed(tmp_path, [LAUNCH]) as reader:
        (hit,) = ask(reader, "мосты").page.hits
        (bare,) = ask(reader, "мосты", snippets="0").page.hits
    assert [hit.article.title[mark.start : mark.end] for mark in hit.title_marks] == ["мост"]
    assert [snippet.text for snippet in hit.snippets] == LAUNCH.text.replace(". ", ".|").split("|")
    assert bare.snippets == ()


def test_word_asked_in_the_title_is_not_marked_in_the_text(tmp_path: Path) -> None:
    with indexed(tmp_path, [LAUNCH]) as reader:
        (hit,) = ask(reader, "мост", in_="title").page.hits
    assert hit.title_marks
    assert [snippet.marks for snippet in hit.snippets] == [()]


def test_a_headline_is_not_told_twice(tmp_path: Path) -> None:
    post = Article(id="post", title="Мост открыт", text="Мост открыт!\nАвтобусы пойдут завтра.")
    with indexed(tmp_path, [post]) as reader:
        (hit,) = ask(reader, "мост").page.hits
        (inside,) = ask(
            reader, "мост", in_="text"
        ).page.hits  # the headline then shows nothing of the question
    assert [snippet.text for snippet in hit.snippets] == ["Автобусы пойдут завтра."]
    assert [snippet.text for snippet in inside.snippets] == ["Мост открыт!"]


def test_exact_match_asks_for_forms(tmp_path: Path) -> None:
    with indexed(tmp_path, [LAUNCH]) as reader:
        assert ask(reader, "мосту", match="exact").page.total == 1
        assert ask(reader, "мосты", match="exact", repair="off").page.total == 0


def test_time_is_passed_in_and_must_be_aware(tmp_path: Path) -> None:
    with indexed(tmp_path, [LAUNCH]) as reader, pytest.raises(ValueError, match="aware"):
        answer(reader, Question(q="мост"), datetime(2025, 11, 1))


def test_answer_tells_its_commit(tmp_path: Path) -> None:
    with indexed(tmp_path, [LAUNCH]) as reader:
        found = ask(reader, "паром")
        assert found.page.state == reader.status()
        assert (found.page.total, found.page.hits) == (0, ())
        assert found.took_ms >= 0


def test_whole_article_is_marked() -> None:
    title, text = marked(LAUNCH, Question(q="мосты автобус"), NOW)
    assert [LAUNCH.title[mark.start : mark.end] for mark in title] == ["мост"]
    assert [LAUNCH.text[mark.start : mark.end] for mark in text] == ["Мост", "мосту", "автобусы"]


def test_fault_of_a_strict_question_tells_the_question(tmp_path: Path) -> None:
    with indexed(tmp_path, [LAUNCH]) as reader, pytest.raises(BadQuestion) as caught:
        ask(reader, "(мост", strict="1")
    assert [(error.parameter, error.value) for error in caught.value.errors] == [("q", "(мост")]


# JSON


def test_json_keeps_the_contract(tmp_path: Path) -> None:
    with indexed(tmp_path, [LAUNCH, *articles(["Мост", "Мост", "Мост"])]) as reader:
        content = to_json(ask(reader, "мост | паром -тоннель", per_page="2", page="2"), "/api/v1/search")
        first = to_json(ask(reader, 'мост источник:Вестник "два берега"'))
    assert set(content) >= {
        *("query", "corrections", "warnings", "total", "total_relation", "page", "per_page", "pages"),
        *("next_url", "prev_url", "took_ms", "index", "hits"),
    }
    assert set(content["query"]) >= {"q", "interpreted", "terms", "filters", "sort", "relaxed"}
    assert content["query"]["q"] == "мост | паром -тоннель"
    assert (content["total"], content["pages"], content["page"], content["per_page"]) == (4, 2, 2, 2)
    assert (content["total_relation"], len(content["hits"])) == ("eq", 2)
    assert content["index"]["documents"] == 4
    assert content["index"]["generation"] == 1
    assert first["query"]["filters"]["source"] == ["вестник"]
    assert [term["typed"] for term in first["query"]["terms"]] == ["мост", "два берега"]
    assert [term["mode"] for term in first["query"]["terms"]] == ["lemma", "phrase"]
    assert "мост" in first["query"]["terms"][0]["lemmas"]
    (hit,) = first["hits"]
    assert hit.pop("score") > 0
    assert [snippet["text"] for snippet in hit["snippets"]] == [
        "Мост соединил два берега.",
        "По мосту пустили автобусы.",
    ]
    assert hit.pop("snippets")[0] == {
        "field": "text",
        "text": "Мост соединил два берега.",
        "html": "<mark>Мост</mark> соединил <mark>два</mark> <mark>берега</mark>.",
        "marks": [
            {"start": 0, "end": 4, "via": "form"},
            {"start": 14, "end": 17, "via": "form"},
            {"start": 18, "end": 24, "via": "form"},
        ],
    }
    assert {key: hit[key] for key in ("id", "url", "title", "source", "author", "section", "tags")} == {
        "id": "launch",
        "url": "https://vestnik.example/1?a=b&c=d",
        "title": "Новый мост открыли",
        "source": {"id": "вестник", "name": "Вестник"},
        "author": "Айгерим Сактаган",
        "section": "Общество",
        "tags": ["мосты"],
    }
    assert hit["published_at"] == "2025-05-01T00:00:00+00:00"
    assert hit["modified_at"] == "2025-05-02T00:00:00+00:00"
    assert hit["title_marks"] == [[6, 10]]


def test_filters_are_told_as_they_are_asked(tmp_path: Path) -> None:
    with indexed(tmp_path, [LAUNCH]) as reader:
        content = to_json(ask(reader, "по:2025-06-30 -метка:суд", tag="Мосты", from_="2025-01-01"))
    assert content["query"]["filters"] == {
        "from": "2025-01-01T00:00:00+00:00",
        "until": "2025-07-01T00:00:00+00:00",
        "source": [],
        "section": [],
        "author": [],
        "tag": ["мосты", "-суд"],
        **{name: [] for name in ("origin", "person", "org", "place")},
    }


def test_warnings_and_corrections_are_told(tmp_path: Path) -> None:
    with indexed(tmp_path, articles(["Президент приехал"])) as reader:
        content = to_json(ask(reader, "призидент)"))
    assert [warning["code"] for warning in content["warnings"]] == ["bracket"]
    (correction,) = content["corrections"]
    assert {key: correction[key] for key in ("kind", "from", "to", "applied", "count")} == {
        "kind": "typo",
        "from": "призидент",
        "to": "президент",
        "applied": True,
        "count": 1,
    }


def test_whole_article_as_json() -> None:
    content = article_json(LAUNCH, Story(255, 3), Names(("Алибек Алденей",)))
    assert content["names"] == {"person": ["Алибек Алденей"], "org": (), "place": ()}
    assert content["story"] == {"id": "ff", "size": 3}
    assert (content["text"], content["lang"]) == (LAUNCH.text, "ru")
    assert article_json(Article(id="x", title="—", text="—"), None, Names())["source"] is None


# Links to other pages


def test_links_go_through_all_pages_with_the_same_question(tmp_path: Path) -> None:
    with indexed(tmp_path, articles(["Мост"] * 5)) as reader:
        seen, page = [], "1"
        while True:
            content = to_json(ask(reader, "мост", per_page="2", source="-Курьер", page=page), "/search")
            seen += [hit["id"] for hit in content["hits"]]
            if content["next_url"] is None:
                break
            address = urlsplit(content["next_url"])
            arguments = dict(parse_qsl(address.query))
            page = arguments.pop("page")
            assert address.path == "/search"
            assert arguments == {"q": "мост", "per_page": "2", "source": "-Курьер"}
    assert sorted(seen) == ["t0", "t1", "t2", "t3", "t4"]
    assert content["prev_url"] is not None


def test_links_lead_on_by_cursor_where_the_window_ends(tmp_path: Path) -> None:
    last = limits.RESULT_WINDOW // limits.PER_PAGE_MAX
    with indexed(tmp_path, articles(["Мост"] * (limits.RESULT_WINDOW + 1)), "memory:") as reader:
        end = to_json(ask(reader, "", page=str(last), per_page=str(limits.PER_PAGE_MAX)))
        beyond = to_json(ask(reader, "", cursor=end["next_cursor"], per_page=str(limits.PER_PAGE_MAX)))
    assert len(end["hits"]) == limits.PER_PAGE_MAX
    assert end["total"] == limits.RESULT_WINDOW + 1
    assert end["next_url"].endswith(f"cursor={end['next_cursor']}")
    assert (len(beyond["hits"]), beyond["next_url"]) == (1, None)


def test_page_beyond_the_end_is_empty(tmp_path: Path) -> None:
    with indexed(tmp_path, articles(["Мост"])) as reader:
        content = to_json(ask(reader, "мост", page="3"))
    assert (content["total"], content["hits"], content["next_url"]) == (1, [], None)


def test_orders(tmp_path: Path) -> None:
    some = [
        Article(id=str(day), title="—", text="мост " * day, published=NOW - timedelta(days=day))
        for day in (3, 1, 2)
    ]
    with indexed(tmp_path, some) as reader:
        newest = ask(reader, "мост", sort="newest")
        assert newest.query.sort is Sort.NEWEST
        assert [hit.article.id for hit in newest.page.hits] == ["1", "2", "3"]
        assert [hit.article.id for hit in ask(reader, "мост", sort="oldest").page.hits] == ["3", "2", "1"]
        assert [hit.article.id for hit in ask(reader, "").page.hits] == ["1", "2", "3"]


# HTML

HOSTILE = "<script>alert('&amp;')</script> \"мост\" <img src=x onerror=alert(1)> & </mark>"


class Reading(HTMLParser):
    """The text of a piece of HTML, what is marked in it, and the tags."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.text = ""
        self.marked: list[str] = []
        self.tags: set[str] = set()
        self._inside = False
        self.feed(content)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._inside = True
        self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._inside:
            self.marked[-1] += data


def test_hostile_article_stays_text(tmp_path: Path) -> None:
    hostile = Article(id="<b>", title=HOSTILE, text=HOSTILE)
    with indexed(tmp_path, [hostile]) as reader:
        (hit,) = to_json(ask(reader, "script мост"))["hits"]
    snippet = hit["snippets"][0]
    seen = Reading(snippet["html"])
    assert seen.text == snippet["text"]
    assert seen.tags == {"mark"}
    assert set(seen.marked) == {"script", "мост"}


texts = st.text(alphabet=st.sampled_from("<>&\"'/ мост😀=;"), max_size=40)


@given(texts, st.sets(st.integers(0, 40), max_size=8))
def test_html_reads_as_the_text_with_its_marks(text: str, cuts: set[int]) -> None:
    edges = sorted(cut for cut in cuts if cut <= len(text))
    spans = list(zip(edges[::2], edges[1::2], strict=False))
    seen = Reading(str(html(text, [Mark(start, end, Via.FORM) for start, end in spans])))
    assert seen.text == text
    assert seen.marked == [text[start:end] for start, end in spans]
    assert seen.tags <= {"mark"}


def test_mark_may_tell_why() -> None:
    made = html("Ёлка", [Mark(0, 4, Via.YO)], lambda via: f'"{via.value}"')
    assert str(made) == '<mark title="&quot;yo&quot;">Ёлка</mark>'
