"""How the command tells what it did: lines and bars for people, JSON for machines."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, tzinfo
from typing import Any

import click
from tqdm import tqdm

from indexer.formats import Rejection
from indexer.intake import Sums
from search.answer import Answer
from search.inbox import Fate
from search.page import Hit, Mark

_SHOWN_REJECTS = 20


def answer_lines(found: Answer) -> Iterator[str]:
    """An answer for people, a paragraph each."""
    yield f"Найдено: {found.page.total}" + (" (с частью слов)" if found.relaxed else "")
    if found.text != found.question.q:
        yield f"Показаны результаты для «{found.text}»"
    if found.offered:
        yield f"Возможно, вы искали «{found.offered}»: {found.corrections[0].count}"
    for warning in found.warnings:
        yield f"Внимание: {warning.message}"
    timezone = found.query.now.tzinfo if found.query.now else None
    for hit in found.page.hits:
        yield "\n".join(_hit_lines(hit, timezone))


def _hit_lines(hit: Hit, timezone: tzinfo | None) -> Iterator[str]:
    article = hit.article
    yield _marked(article.title, hit.title_marks)
    published = _when(article.published.astimezone(timezone)) if article.published else ""
    more = f"+{hit.story.size - 1} в сюжете" if hit.story and hit.story.size > 1 else ""
    facts = (article.source, article.section, published, article.url or article.id, more)
    yield " · ".join(filter(None, facts))
    for snippet in hit.snippets:
        before, after = "… " * snippet.before, " …" * snippet.after
        yield f"  {before}{_marked(snippet.text, snippet.marks)}{after}"


def _when(moment: datetime) -> str:
    """Day and time; a midnight stands for a date without a time."""
    return f"{moment:%d.%m.%Y}" if moment.time() == time.min else f"{moment:%d.%m.%Y %H:%M}"


def _marked(text: str, marks: Iterable[Mark]) -> str:
    pieces, end = [], 0
    for mark in marks:
        pieces += [text[end : mark.start], click.style(text[mark.start : mark.end], bold=True)]
        end = mark.end
    return "".join([*pieces, text[end:]]).replace("\n", " ")


class Refusals:
    """Shows what was refused as it is refused, the first of them."""

    def __init__(self, as_json: bool) -> None:
        self._left = 0 if as_json else _SHOWN_REJECTS

    def __call__(self, rejection: Rejection) -> None:
        """Show one, as long as there are few."""
        if self._left > 0:
            tqdm.write(f"Отвергнуто: {refusal(rejection)}", file=sys.stderr)
            self._left -= 1
            if self._left == 0:
                tqdm.write("Об остальных скажет svodka rejects.", file=sys.stderr)


def refusal(rejection: Rejection) -> str:
    """Where a refused piece stood, and why it was refused."""
    return ": ".join(filter(None, (rejection.origin, rejection.place, rejection.reason)))


def tell_sums(sums: Sums, as_json: bool) -> None:
    """How many items had which fate."""
    if as_json:
        print_json(sums.as_dict())
        return
    click.echo(
        f"Прочитано {sums.read}: принято {sums[Fate.ACCEPTED]}, обновлено {sums[Fate.UPDATED]},"
        f" повторов {sums[Fate.DUPLICATE]}, отвергнуто {sums[Fate.REJECTED]}."
    )


def print_json(content: object) -> None:
    """One object for machines."""
    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


@contextmanager
def bar(title: str, total: int, unit: str, as_json: bool) -> Iterator["tqdm[Any]"]:
    """A progress bar; on a terminal only, for elsewhere its lines would be noise."""
    quiet = as_json or not sys.stderr.isatty()
    with tqdm(desc=title, total=total, unit=unit, unit_scale=True, disable=quiet, leave=False) as opened:
        yield opened
