"""The pages for readers; they work without scripts."""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask_babel import gettext

from search import limits
from search.answer import Answer, marked
from search.answering import html, reachable
from search.article import Article
from search.asking import PARAMETERS, Collapse, Question, read_question, read_some
from search.draft import read_draft
from search.errors import BadQuestion, QueryTooCostly
from search.names import key_of
from search.page import Mark
from search.query import LABELS, Interval, Sort
from search.related import Relative
from search.snippet import runs
from web import languages, wording
from web.advice import FILTERS, Pairs, advice
from web.conditional import conditional, partial
from web.desk import desk
from web.parameters import arguments
from web.timeline import course, interval, timeline

blueprint = Blueprint("pages", __name__)
NEWEST_AT_HOME = 8
RELATED_SHOWN = 6
RELATED_OF_DRAFT = 12
COPIES_SHOWN = 12
NAMES_SHOWN = 12  # of a kind, under an article
SOUGHT = ("q", "in", "match")  # what an article is marked by
HIDDEN = (*LABELS, "match", "collapse")  # filters in force that the form has no field for
EXAMPLES = ("ремонт дороги", "паводок -прогноз", "заголовок:мост", '"школьный автобус"')
PERIODS = (
    (1, wording.N_("сутки")),
    (7, wording.N_("неделя")),
    (30, wording.N_("месяц")),
    (365, wording.N_("год")),
)
ORDERS = (
    (Sort.RELEVANCE, wording.N_("по смыслу")),
    (Sort.NEWEST, wording.N_("сначала новые")),
    (Sort.OLDEST, wording.N_("сначала старые")),
)
_WORDS = (
    *("articles", "outcome", "number", "when", "day", "span", "course", "apart", "differs", "percent"),
    *("messages", "citation", "reasons", "missing", "warned", "faulty"),
)
_OF_PAGES = PARAMETERS.keys() - {"cursor", "fields", "facets", "histogram"}


@blueprint.get("/")
def search() -> Response:
    """The search box, with the results of what was asked; the newest articles where nothing was."""
    pairs = _asked()
    question = read_question(pairs, desk().settings.timezone)
    return conditional(lambda: _results(question, pairs) if pairs else _home())


def _home() -> str:
    newest = read_question([("per_page", str(NEWEST_AT_HOME)), ("snippets", "1")], desk().settings.timezone)
    return render_template("home.html", answer=desk().answer(newest), examples=EXAMPLES)


def _results(question: Question, pairs: Pairs) -> str:
    if not request.args.get("collapse"):  # readers see a story once, unless they ask for all of it
        question = replace(question, collapse=Collapse.STORY)
    step = interval(question.filters, desk().now())
    try:
        answer = desk().answer(replace(question, facets=LABELS, histogram=step))
    except QueryTooCostly:  # a list without its counts is better than none
        answer = desk().answer(question)
        partial()
    bars, shown_by = timeline(answer.page.histogram, step)
    return render_template(
        "results.html",
        answer=answer,
        pairs=pairs,
        answered=[(name, answer.text if name == "q" else value) for name, value in pairs],
        numbers=wording.numbered(question.page, reachable(answer)),
        chips=_chips(pairs),
        hidden=[pair for pair in pairs if pair[0] in HIDDEN],
        orders=_orders(pairs, answer),
        periods=_periods(pairs),
        bars=bars,
        shown_by=shown_by,
        advice=None if answer.page.total else advice(pairs, _count),
    )


def _count(pairs: Pairs) -> tuple[int, bool]:
    """How many articles some arguments find, and whether by a part of their words."""
    question = read_question(pairs, desk().settings.timezone)
    found = desk().answer(replace(question, per_page=1, snippets=0))
    return found.page.total, found.relaxed


def _orders(pairs: Pairs, answer: Answer) -> list[tuple[str, Pairs, bool]]:
    """The orders there are, each with its arguments, and whether it is the present one."""
    return [
        (gettext(label), _changed(pairs, sort=order.value), answer.query.sort is order)
        for order, label in ORDERS
    ]


def _periods(pairs: Pairs) -> list[tuple[str, Pairs, bool]]:
    """Periods that end now, and all time."""
    today, given = desk().now().date(), {name: value for name, value in pairs if name in ("from", "to")}
    found = []
    for days, label in PERIODS:
        since = (today - timedelta(days=days)).isoformat()
        found.append((gettext(label), _changed(pairs, to=None, **{"from": since}), given == {"from": since}))
    return [*found, (gettext("всё время"), _changed(pairs, to=None, **{"from": None}), not given)]


@blueprint.get("/articles/<id:id>")
def article(id: str) -> Response:
    """An article with the words of a question marked in it."""
    found = desk().article(id)
    try:
        asked = _asked()
        sought = read_some(SOUGHT, [pair for pair in asked if pair[0] in SOUGHT], desk().settings.timezone)
    except BadQuestion:  # the article is there whatever stands in a torn link to it
        asked, sought = [], Question()
    return conditional(lambda: _article(found, sought, asked))


def _article(found: Article, sought: Question, asked: Pairs) -> str:
    title, text = marked(found, sought, desk().now())
    paragraphs = list(_paragraphs(found.text, text))
    return render_template(
        "article.html",
        article=found,
        title=title,
        paragraphs=paragraphs,
        matches=sum(len(list(runs(*one))) for one in ((found.title, title), (found.text, text))),
        back=asked,
        relatives=_relatives(found),
        story=desk().story(found.id),
        copies=desk().copies(found.id),
        copies_shown=COPIES_SHOWN,
        names=desk().names(found.id).record(),
        names_shown=NAMES_SHOWN,
    )


@blueprint.get("/stories/<id>")
def story(id: str) -> Response:
    """The articles on one event in time."""
    found = desk().development(id)
    bars, shown_by = timeline(found.page.histogram, Interval.DAY)
    return conditional(lambda: render_template("story.html", found=found, bars=bars, shown_by=shown_by))


@blueprint.get("/names/<kind>/<id:name>")
def name(kind: str, name: str) -> Response:
    """The articles that a name stands in, in time, and who stands there with it."""
    found = desk().dossier(kind, name)
    bars, shown_by = course(found.page.histogram)
    return conditional(lambda: render_template("name.html", found=found, bars=bars, shown_by=shown_by))


def _relatives(found: Article) -> tuple[Relative, ...]:
    """The relatives of an article; none where they cost too much: it can be read without them."""
    try:
        return desk().related(found, RELATED_SHOWN).relatives
    except QueryTooCostly:
        partial()
        return ()


@blueprint.get("/desk")
def draft() -> Response:
    """The form that a draft is pasted into."""
    page = {"given": {}, "most": limits.DRAFT_CHARACTERS}
    return conditional(lambda: render_template("desk.html", **page), of_index=False)


@blueprint.post("/desk")
def reviewed() -> Response:
    """What the archive knows about a draft, which is neither kept nor logged."""
    given = {name: request.form.get(name, "").strip() for name in ("title", "text")}
    review = article = None
    if given["text"]:
        article = read_draft(given, desk().settings.timezone)
        review = desk().review(article, RELATED_OF_DRAFT)
    page = render_template(
        "desk.html", given=given, draft=article, review=review, most=limits.DRAFT_CHARACTERS
    )
    return Response(page, headers={"Cache-Control": "no-store"}, content_type="text/html; charset=utf-8")


@blueprint.get("/help")
def help() -> Response:
    """The language of questions, with examples."""
    return conditional(lambda: render_template(f"help/{languages.language()}.html"), of_index=False)


def _asked() -> Pairs:
    """The arguments that mean something here: others (utm_source, say) and empty ones do not matter."""
    return [(name, value) for name, value in arguments(_OF_PAGES) if value.strip()]


def _chips(pairs: Pairs) -> list[tuple[str, Pairs]]:
    """The filters in force, each with the arguments that are left when it is taken off."""
    idle = (("in", "all"), ("match", "lemma"))
    return [
        (_chip(*pair), _without(pairs, pair)) for pair in pairs if pair[0] in FILTERS and pair not in idle
    ]


def _chip(name: str, value: str) -> str:
    label = gettext(wording.FIELDS[name])
    if name == "match":
        return str(label)
    if name == "in":
        return str(gettext(wording.PLACES[value]) if value in wording.PLACES else value)
    return f"{label}: {wording.day(value) if name in ('from', 'to') else value}"


def _without(pairs: Pairs, *left_out: tuple[str, str]) -> Pairs:
    return [pair for pair in pairs if pair not in left_out and pair[0] != "page"]


def _paragraphs(text: str, marks: Iterable[Mark]) -> Iterable[tuple[str, list[Mark]]]:
    """The paragraphs of a text with the marks in each."""
    start, rest = 0, deque(marks)  # in order, so that each is looked at in its own line only
    for line in text.split("\n"):
        end = start + len(line)
        inside: list[Mark] = []
        while rest and rest[0].start < end:
            mark = rest.popleft()
            if mark.end <= end:
                inside.append(mark._replace(start=mark.start - start, end=mark.end - start))
        if line.strip():
            yield line, inside
        start = end + 1


@blueprint.app_context_processor
def words() -> dict[str, object]:
    """What every template may use."""
    return {
        **{name: getattr(wording, name) for name in _WORDS},
        "now": desk().now(),
        "marked": lambda text, marks: html(text, marks, wording.why),
        "asking": _address,
        "changed": _changed,
        "toggled": _toggled,
        "value": _value,
        "static": _static,
        "settings": desk().settings,
        "language": languages.language(),
        "languages": _languages(),
        "field_names": wording.FIELDS,
    }


def _languages() -> list[tuple[str, str, str]]:
    """The languages there are: (code, name, address of this page in it)."""
    asked = [pair for pair in request.args.items(multi=True) if pair[0] != "lang"]
    addresses = {}
    for code in languages.LANGUAGES:
        pairs = asked if code == languages.DEFAULT else [*asked, ("lang", code)]
        addresses[code] = request.path + (f"?{urlencode(pairs)}" if pairs else "")
    return [(code, name, addresses[code]) for code, name in languages.LANGUAGES.items()]


def _address(pairs: Iterable[tuple[str, str]], endpoint: str = "pages.search", **values: Any) -> str:
    given = list(pairs)
    if endpoint.startswith("pages.") and languages.language() != languages.DEFAULT:
        given.append(("lang", languages.language()))
    return url_for(endpoint, **values) + (f"?{urlencode(given)}" if given else "")


def _changed(pairs: Pairs, **changes: object) -> Pairs:
    """The arguments with some changed (or taken off, by None); without the page unless it is the change."""
    kept = [pair for pair in pairs if pair[0] not in changes and pair[0] != "page"]
    return kept + [(name, str(value)) for name, value in changes.items() if value is not None]


def _toggled(pairs: Pairs, field: str, key: str, label: str) -> Pairs:
    """The arguments with a label's filter put on, or taken off where it is on."""
    kept = [pair for pair in pairs if pair[0] != field or key_of(field, pair[1]) != key]
    asked = [pair for pair in kept if pair[0] != "page"]
    return asked if len(kept) < len(pairs) else [*asked, (field, label)]


def _value(name: str) -> str:
    """What a field of the form holds."""
    return request.args.get(name, "")


def _static(name: str) -> str:
    """A file's address; it changes with the file, so that the file may be kept for ever."""
    changed = (Path(current_app.static_folder or "") / name).stat().st_mtime_ns
    return url_for("static", filename=name, v=f"{changed:x}")
