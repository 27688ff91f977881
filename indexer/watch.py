"""The commands that look after watches: questions whose new findings are sent to an address."""

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import click

from indexer import serving, telling
from indexer.house import SOME_REJECTED, TEXT, Asking, Group, House, as_json_option, asks, pass_house
from indexer.watches import Watch, Watches
from indexer.watching import Watching, fresh_watch, newest, rehearsed
from search import limits
from search.article import Article
from search.asking import WATCHED
from search.engine import Reader
from search.errors import WatchUnknown
from search.watch import Finding

Pairs = tuple[tuple[str, str], ...]
_SHOWN = 20  # lines of a rehearsal


@click.group(cls=Group)
def watch() -> None:
    """Следить за новым: извещать по адресу (webhook), когда приходит найденное по вопросу."""


@watch.command(cls=Asking)
@asks(WATCHED)
@as_json_option
@pass_house
def rehearse(house: House, question: Pairs, as_json: bool) -> None:
    """Показать, о чём слежение известило бы за последние 30 дней; ничего не сохраняется."""
    with house.engine().reader() as reader:
        findings = _rehearsed(house, reader, question)
        if as_json:
            telling.print_json(_rehearsal_json(findings))
        else:
            _tell_rehearsal(house, reader, question, findings, _SHOWN)


@watch.command(cls=Asking)
@asks(WATCHED)
@click.option(
    "--url", required=True, type=TEXT, metavar="АДРЕС", help="Куда слать извещения: http:// или https://."
)
@click.option("--name", default="", type=TEXT, metavar="ИМЯ", help="Имя слежения; иначе — сам вопрос.")
@click.option("--yes", is_flag=True, help="Не переспрашивать.")
@as_json_option
@pass_house
@click.pass_context
def add(
    context: click.Context, house: House, question: Pairs, url: str, name: str, yes: bool, as_json: bool
) -> None:
    """Завести слежение: сначала проба за последние 30 дней, потом секрет; он показывается один раз."""
    house.fetcher().check(url)
    with house.engine().reader() as reader:
        mark = reader.status().mark  # before the rehearsal, so that nothing falls between
        findings = _rehearsed(house, reader, question)
        if not as_json:
            _tell_rehearsal(house, reader, question, findings, 5)
    asking = not (as_json or yes) and sys.stdin.isatty()
    if asking and not click.confirm("Сохранить?", default=True):
        context.exit(0)
    kept = _asked(question)
    name = name or _words(kept)
    made = fresh_watch(name, kept, url, mark, datetime.now(UTC))
    with Watches(house.settings.watches) as watches:
        watches.add(made)
    if as_json:
        told = {"id": made.id, "name": name, "url": url, "secret": made.secret}
        telling.print_json({**told, "rehearsal": _rehearsal_json(findings)})
    else:
        telling.say(f"Слежение {made.id} заведено. Секрет для проверки подписи: {made.secret}")


@watch.command("list")
@as_json_option
@pass_house
def list_(house: House, as_json: bool) -> None:
    """Показать слежения: состояние, сколько отправлено, сколько ждёт, куда; секреты не показываются."""
    with Watches(house.beside(house.settings.watches)) as watches:
        rows = [_watch_json(each) for each in watches]
    if as_json:
        telling.print_json({"watches": rows})
        return
    for row in rows:
        telling.say(f"{row['id']}  {row['name']} → {row['url']}")
        if (asked := _words(row["question"])) != row["name"]:
            telling.say(f"  {asked}")
        state = "приостановлено" if row["paused"] else "идёт"
        fault = f"; не отправляется: {row['fault']} (подряд: {row['failures']})" if row["fault"] else ""
        telling.say(f"  {state}; отправлено {row['sent']}, ждёт {row['waiting']}{fault}")


@watch.command()
@click.argument("ids", nargs=-1, required=True, type=TEXT, metavar="НОМЕР …")
@as_json_option
@pass_house
@click.pass_context
def remove(context: click.Context, house: House, ids: tuple[str, ...], as_json: bool) -> None:
    """Забыть слежения и то, что они ещё не отправили."""
    with Watches(house.beside(house.settings.watches)) as watches:
        _each(context, ids, watches.remove, "removed" if as_json else None)


@watch.command()
@click.argument("ids", nargs=-1, required=True, type=TEXT, metavar="НОМЕР …")
@as_json_option
@pass_house
@click.pass_context
def resume(context: click.Context, house: House, ids: tuple[str, ...], as_json: bool) -> None:
    """Продолжить приостановленные слежения: всё, что накопилось за 30 дней, будет отправлено."""
    with Watches(house.beside(house.settings.watches)) as watches:
        _each(context, ids, watches.resume, "resumed" if as_json else None)


@watch.command()
@click.option("--follow", is_flag=True, help="Не выходить, а извещать по мере поступления.")
@as_json_option
@pass_house
def run(house: House, follow: bool, as_json: bool) -> None:
    """Сверить новое со слежениями и разослать извещения; svodka serve делает это сам."""
    with ExitStack() as stack:
        archive = stack.enter_context(house.kept())
        watches = stack.enter_context(Watches(house.settings.watches))
        stack.enter_context(watches.alone())
        watching = Watching(
            watches,
            archive,
            stack.enter_context(house.engine().reader()),
            house.settings.public_url,
            house.settings.timezone,
            house.fetcher(),
            say=lambda line: telling.say(line, err=True),
        )
        if follow:
            watching.follow(stack.enter_context(serving.stopped_by_signals()))
            return
        made, sent = watching.look(), 0
        while taken := watching.send():
            sent += taken
        waiting = sum(each.waiting for each in watches)
    if as_json:
        telling.print_json({"made": made, "sent": sent, "waiting": waiting})
    else:
        telling.say(f"Новых извещений: {made}; отправлено: {sent}; ждёт: {waiting}")


def _rehearsed(house: House, reader: Reader, question: Pairs) -> list[Finding]:
    return rehearsed(reader, _asked(question), house.settings.timezone, datetime.now(UTC))


def _asked(question: Pairs) -> Pairs:
    return tuple((name, value) for name, value in question if value.strip())


def _words(question: Iterable[Sequence[str]]) -> str:
    """A question in one line."""
    return " ".join(value if name == "q" else f"{name}={value}" for name, value in question) or "все статьи"


def _rehearsal_json(findings: list[Finding]) -> dict[str, Any]:
    return {
        "days": limits.WATCH_DAYS,
        "notices": len(findings),
        "articles": sum(len(each.hits) for each in findings),
        "would_send": [
            {
                "id": each.first.article.id,
                "title": each.first.article.title,
                "published_at": each.first.article.published and each.first.article.published.isoformat(),
                "found": len(each.hits),
            }
            for each in findings
        ],
    }


def _tell_rehearsal(
    house: House, reader: Reader, question: Pairs, findings: list[Finding], most: int
) -> None:
    articles = sum(len(each.hits) for each in findings)
    days = limits.WATCH_DAYS
    telling.say(f"За последние {days} дн. было бы извещений: {len(findings)} (статей: {articles})")
    for each in findings[-most:]:
        more = f" (+{len(each.hits) - 1})" if len(each.hits) > 1 else ""
        telling.say(f"  {_day(house, each.first.article)}  {each.first.article.title}{more}")
    if not findings:
        total, last = newest(reader, _asked(question), house.settings.timezone, datetime.now(UTC))
        told = f"{total}, последняя: {_day(house, last)}  {last.title}" if last else "ни одной статьи"
        telling.say(f"  Во всём архиве по этому вопросу: {told}")
    if len(findings) > most:
        telling.say(f"  Показаны последние {most}.")


def _day(house: House, article: Article) -> str:
    date = article.published
    return f"{date.astimezone(house.settings.timezone):%d.%m.%Y}" if date else "без даты"


def _watch_json(each: Watch) -> dict[str, Any]:
    return {
        "id": each.id,
        "name": each.name,
        "question": [list(pair) for pair in each.question],
        "url": each.url,
        "created": each.created,
        "paused": each.paused,
        "sent": each.sent,
        "waiting": each.waiting,
        "failures": each.failures,
        "fault": each.fault,
    }


def _each(
    context: click.Context, ids: tuple[str, ...], act: Callable[[str], None], counted: str | None
) -> None:
    """Do it to each; `counted` is the name under which a program is told how many there were."""
    asked, unknown = dict.fromkeys(ids), []
    for id in asked:
        try:
            act(id)
        except WatchUnknown as error:
            if counted is None:
                telling.say(str(error), err=True)
            unknown.append(id)
    if counted is not None:
        telling.print_json({counted: len(asked) - len(unknown), "unknown": unknown})
    if unknown:
        context.exit(SOME_REJECTED)
