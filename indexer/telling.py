"""How the command tells what it did: lines and bars for people, JSON for machines."""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
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
from search.related import Relation, Relative

_SHOWN_REJECTS = 20
# What steers a terminal, or turns round the order of letters; but not the bold of our own marks.
_STEERING = re.compile(r"\x1b(?!\[[01]m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def say(text: str, err: bool = False) -> None:
    """Write lines to the terminal. What came from outside may be in them: nothing there can steer it."""
    click.echo(_harmless(text), err=err)


def _harmless(text: str) -> str:
    """A text in which what could steer a terminal is told as JSON would: ESC as \\u001b."""
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def apart(relative: Relative) -> str:
    """How a relative stands to the article: копия, об этом же; +3 дн."""
    days = "без даты" if relative.days is None else f"{round(relative.days):+d} дн."
    when = "об этом же" if relative.relation is Relation.SAME else days.replace("+0 дн.", "в те же сутки")
    return f"копия, {when}" if relative.copy else when


def answer_lines(found: Answer) -> Iterator[str]:
    """An answer for people, a paragraph each."""
    total = found.page.total
    yield f"Найдено: {total}" + (" (с частью слов)" if found.relaxed and total else "")
    if found.text != found.question.q:
        yield f"{'Показаны результаты для' if total else 'Прочитано как'} «{found.text}»"
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
            tqdm.write(_harmless(f"Отвергнуто: {refusal(rejection)}"), file=sys.stderr)
            self._left -= 1
            if self._left == 0:
                tqdm.write("Об остальных скажет svodka rejects.", file=sys.stderr)


def refusal(rejection: Rejection) -> str:
    """Where a refused piece stood, and why it was refused; in one line, whatever the name of its file."""
    told = ": ".join(filter(None, (rejection.origin, rejection.place, rejection.reason)))
    return told.replace("\n", " ")


def tell_sums(sums: Sums, as_json: bool) -> None:
    """How many items had which fate."""
    if as_json:
        print_json(sums.as_dict())
        return
    say(
        f"Прочитано {sums.read}: принято {sums[Fate.ACCEPTED]}, обновлено {sums[Fate.UPDATED]},"
        f" повторов {sums[Fate.DUPLICATE]}, отвергнуто {sums[Fate.REJECTED]}."
    )


def status_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """What `svodka status --json` prints, for people."""
    yield f"Папка: {facts['home']}"
    yield f"В архиве статей: {facts['articles']}; отвергнутых записей: {facts['rejects']}"
    if index := facts["index"]:
        behind = facts["position"] - index["position"]
        yield f"В индексе статей: {index['documents']}; поколение {index['generation']}"
        if "fault" not in facts:
            yield "Индекс догнал архив." if behind <= 0 else f"Изменений, которых в нём ещё нет: {behind}."
        if index["outdated"]:
            yield "Слова в нём разобраны по прежним правилам: загрузчик строит новый, а этот отвечает."
    if "fault" in facts:
        yield f"Индекс: {facts['fault']}"
    if "names_fault" in facts:
        yield f"Имена: {facts['names_fault']}"
    if names := facts["names"]:
        left = facts["position"] - names["position"]
        yield "Имена найдены." if left <= 0 else f"Имена ещё не искали в {left} изменениях."


def print_json(content: object) -> None:
    """One object for machines."""
    say(json.dumps(content, ensure_ascii=False, indent=2))


@contextmanager
def bar(title: str, total: int, unit: str, as_json: bool) -> Iterator["tqdm[Any]"]:
    """A progress bar; on a terminal only, for elsewhere its lines would be noise."""
    quiet = as_json or not sys.stderr.isatty()
    with tqdm(desc=title, total=total, unit=unit, unit_scale=True, disable=quiet, leave=False) as opened:
        yield opened
