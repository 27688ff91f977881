"""The pages for readers; they work without scripts."""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, render_template, request, url_for

from search import limits
from search.answer import marked
from search.answering import html, reachable
from search.article import Article
from search.asking import PARAMETERS, read_question
from search.draft import read_draft
from search.errors import QueryTooCostly
from search.page import Mark
from search.related import Relative
from web import wording
from web.desk import desk

blueprint = Blueprint("pages", __name__)
NEWEST_AT_HOME = 8
RELATED_SHOWN = 6
RELATED_OF_DRAFT = 12
FACETS = ("source", "section")
HIDDEN = ("author", "tag", "match")  # filters in force that the form has no field for
EXAMPLES = ("ремонт дороги", "паводок -прогноз", "заголовок:мост", '"школьный автобус"')
_CHIPS = {
    "source": "Источник",
    "section": "Раздел",
    "author": "Автор",
    "tag": "Метка",
    "from": "С",
    "to": "По",
    "match": "Точные формы",
}
Pairs = list[tuple[str, str]]


@blueprint.get("/")
def search() -> str:
    """The search box, with the results of what was asked; the newest articles where nothing was."""
    pairs = _asked()
    question = read_question(pairs, desk().settings.timezone)
    if not pairs:
        newest = read_question(
            [("per_page", str(NEWEST_AT_HOME)), ("snippets", "1")], desk().settings.timezone
        )
        return render_template("home.html", answer=desk().answer(newest), examples=EXAMPLES)
    answer = desk().answer(replace(question, facets=FACETS))
    numbers = wording.numbered(question.page, reachable(answer))
    hidden = [pair for pair in pairs if pair[0] in HIDDEN]
    return render_template(
        "results.html", answer=answer, pairs=pairs, numbers=numbers, chips=_chips(pairs), hidden=hidden
    )


@blueprint.get("/articles/<id:id>")
def article(id: str) -> str:
    """An article with the words of a question marked in it."""
    found = desk().article(id)
    title, text = marked(found, request.args.get("q", ""), desk().now())
    paragraphs = list(_paragraphs(found.text, text))
    back, relatives = _asked(), _relatives(found)
    return render_template(
        "article.html", article=found, title=title, paragraphs=paragraphs, back=back, relatives=relatives
    )


def _relatives(found: Article) -> tuple[Relative, ...]:
    """The relatives of an article; none where they cost too much: it can be read without them."""
    try:
        return desk().related(found, RELATED_SHOWN).relatives
    except QueryTooCostly:
        return ()


@blueprint.get("/desk")
def draft() -> str:
    """The form that a draft is pasted into."""
    return render_template("desk.html", given={}, most=limits.DRAFT_CHARACTERS)


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
def help() -> str:
    """The language of questions, with examples."""
    return render_template("help.html")


def _asked() -> Pairs:
    """The arguments that mean something here: others (utm_source, say) and empty ones do not matter."""
    pairs = request.args.items(multi=True)
    return [(name, value) for name, value in pairs if name in PARAMETERS and value.strip()]


def _chips(pairs: Pairs) -> list[tuple[str, Pairs]]:
    """The filters in force, each with the arguments that are left when it is taken off."""
    return [
        (f"{_CHIPS[name]}: {value}" if name != "match" else _CHIPS[name], _without(pairs, (name, value)))
        for name, value in pairs
        if name in _CHIPS
    ]


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
                inside.append(Mark(mark.start - start, mark.end - start, mark.via))
        if line.strip():
            yield line, inside
        start = end + 1


@blueprint.app_context_processor
def words() -> dict[str, object]:
    """What every template may use."""
    return {
        "articles": wording.articles,
        "now": desk().now(),
        "when": wording.when,
        "apart": wording.apart,
        "differs": wording.DIFFERS.__getitem__,
        "percent": wording.percent,
        "marked": lambda text, marks: html(text, marks, wording.WHY.__getitem__),
        "asking": _address,
        "changed": _changed,
        "value": _value,
        "static": _static,
        "settings": desk().settings,
    }


def _address(pairs: Iterable[tuple[str, str]], endpoint: str = "pages.search", **values: Any) -> str:
    query = urlencode(list(pairs))
    return url_for(endpoint, **values) + (f"?{query}" if query else "")


def _changed(pairs: Pairs, **changes: object) -> Pairs:
    """The arguments with some changed (or taken off, by None); without the page unless it is the change."""
    kept = [pair for pair in pairs if pair[0] not in changes and pair[0] != "page"]
    return kept + [(name, str(value)) for name, value in changes.items() if value is not None]


def _value(name: str) -> str:
    """What a field of the form holds."""
    return request.args.get(name, "")


def _static(name: str) -> str:
    """A file's address; it changes with the file, so that the file may be kept for ever."""
    changed = (Path(current_app.static_folder or "") / name).stat().st_mtime_ns
    return url_for("static", filename=name, v=f"{changed:x}")
