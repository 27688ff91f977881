"""The command `svodka`: feed, serve, ask and look after a search service.

Exit codes: 0 done; 1 done, but some items were rejected (or `check` found something); 2 wrong usage;
3 not possible (the message says why).
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import click

from indexer import finding, intake, keeping, loading, serving, telling, watch
from indexer.archive import Archive
from indexer.beside import damage
from indexer.formats import Item, Rejection, read, read_stream, size
from indexer.house import NOT_POSSIBLE, SOME_REJECTED, TEXT, Asking, Group, House, asks
from indexer.house import as_json_option as _as_json
from indexer.house import pass_house as _house
from indexer.named import Named
from indexer.naming import NAMES, Naming
from search import limits
from search.answer import answer
from search.answering import relatives_json, to_json
from search.asking import PARAMETERS, read_question
from search.engine import Engine
from search.errors import ArticleUnknown, SvodkaError
from search.inbox import Fate
from search.query import Filters, Query, Sort
from search.related import related as relatives_of


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="svodka", prog_name="svodka")
@click.pass_context
def main(context: click.Context) -> None:
    """Сводка: полнотекстовый поиск по русским новостям.

    Всё хранится в одной папке, SVODKA_HOME (по умолчанию ./var).
    Коды возврата: 0 — сделано, 1 — часть записей отвергнута, 2 — неверный вызов, 3 — невозможно.
    """
    try:
        context.obj = House()
    except SvodkaError as error:
        raise click.UsageError(str(error), context) from error


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="ПУТЬ|URL|- …")
@click.option("--only", metavar="ШАБЛОН", help="Брать из папок только файлы с такими именами: «*.jsonl.gz».")
@click.option("--load/--no-load", default=True, help="Сразу добавить принятое в индекс (так и делается).")
@_as_json
@_house
@click.pass_context
def add(
    context: click.Context, house: House, paths: tuple[str, ...], only: str | None, load: bool, as_json: bool
) -> None:
    """Принять статьи из файлов, папок, сети и потока («-»): JSON Lines, CSV, текст, HTML, RSS, Atom, .gz."""
    for path in paths:
        if path != "-" and not _is_address(path) and not os.path.lexists(path):
            raise click.UsageError(f"{path}: нет такого файла или папки")
        if os.path.realpath(path) == os.path.realpath(house.settings.home):
            raise click.UsageError(f"{path}: это папка самой службы, SVODKA_HOME")
    with house.archive() as archive:
        files = [Path(path) for path in paths if path != "-" and not _is_address(path)]
        most = sum(size(path, only, house.settings.home) for path in files)
        with telling.bar("Чтение", most, "B", as_json) as bar:
            items = chain.from_iterable(_items(house, path, only, bar.update) for path in paths)
            sums = intake.take(archive, items, telling.Refusals(as_json))
        if load:
            _load(archive, house.engine(), as_json)
    telling.tell_sums(sums, as_json)
    if sums[Fate.REJECTED]:
        context.exit(SOME_REJECTED)


def _is_address(path: str) -> bool:
    return path.lower().startswith(("http://", "https://"))


def _items(house: House, path: str, only: str | None, on_bytes: Callable[[int], object]) -> Iterable[Item]:
    if path == "-":
        return read_stream(sys.stdin.buffer, "-", house.settings.timezone)
    if _is_address(path):
        return house.fetcher().items(path, house.settings.timezone)
    home, timezone = house.settings.home, house.settings.timezone
    return read(Path(path), timezone, only=only, without=home, on_bytes=on_bytes)


@main.command()
@click.option("--follow", is_flag=True, help="Не выходить, а добавлять новое по мере поступления.")
@_as_json
@_house
def load(house: House, follow: bool, as_json: bool) -> None:
    """Добавить в индекс всё, что есть в архиве и чего ещё нет в индексе."""
    with house.archive() as archive:
        engine = house.engine()
        naming = Naming(archive, engine) if house.settings.names and finding.installed() else None
        if not follow:
            _told_done(_load(archive, engine, as_json), as_json)
            if naming:
                with telling.bar("Имена", naming.waiting(), " ст", as_json) as bar:
                    naming.run(bar.update)
            return
        with serving.stopped_by_signals() as stop:
            for done in loading.follow(archive, engine, stop, _told_waiting, naming):
                _told_done(done, as_json)


@main.command()
@_as_json
@_house
def rebuild(house: House, as_json: bool) -> None:
    """Построить индекс заново по архиву, рядом с прежним, и переключиться на него."""
    with house.kept() as archive:
        with telling.bar("Индекс", archive.waiting(0), " ст", as_json) as bar:
            done = loading.rebuild(archive, house.engine(), bar.update)
        _load(archive, house.engine(), as_json)  # what came in meanwhile
    _told_done(done, as_json)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Адрес, на котором слушать.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Порт.")
@click.option(
    "--workers", envvar="WEB_CONCURRENCY", type=click.IntRange(1), help="Сколько процессов; иначе — по ядрам."
)
@_house
@click.pass_context
def serve(context: click.Context, house: House, host: str, port: int, workers: int | None) -> None:
    """Запустить сайт и API, а рядом с ними — загрузчик; оба кончаются по Ctrl+C."""
    if not house.lost:  # otherwise questions are answered all the same, and the loader tells of it
        house.archive().close()  # a home that cannot be used is told of here, once
    engine = house.engine()
    try:
        engine.state()
    except SvodkaError as error:  # served all the same: articles may come
        telling.say(str(error), err=True)
    if not serving.serve(host, port, workers, house.settings):
        telling.say("Веб-сервер не работает: почему, сказано выше.", err=True)
        context.exit(NOT_POSSIBLE)


@main.command(cls=Asking)
@asks(tuple(PARAMETERS))
@_as_json
@_house
def search(house: House, question: tuple[tuple[str, str], ...], as_json: bool) -> None:
    """Найти статьи: мост -река. Параметры — те же, что у API: --sort newest, --from 2025-06-01 …"""
    now = datetime.now(house.settings.timezone)
    asked = read_question(question, house.settings.timezone)
    with house.engine().reader() as reader:
        found = answer(reader, asked, now, house.settings.half_life)
        if as_json:
            telling.print_json(to_json(found, f"{house.settings.public_url}/api/v1/search"))
            return
        telling.say("\n\n".join(telling.answer_lines(found)))
        if not found.page.total and found.query.filters != Filters():
            wider = reader.search(Query(found.query.root, sort=Sort.NEWEST, limit=0)).total
            if wider:
                part = " (с частью слов)" if found.relaxed else ""
                telling.say(f"Без фильтров нашлось бы: {wider}{part}")


@main.command()
@click.argument("id", type=TEXT)
@click.option(
    "--most", default=limits.RELATED, show_default=True, type=click.IntRange(1, 100), help="Сколько статей."
)
@_as_json
@_house
def related(house: House, id: str, most: int, as_json: bool) -> None:
    """Показать, что ещё есть по теме статьи: об этом же, раньше, позже."""
    with house.engine().reader() as reader:
        article = reader.article(id)
        if article is None:
            raise ArticleUnknown(f"Статьи с id «{id}» нет")
        found = relatives_of(reader, article, most)
    if as_json:
        telling.print_json(relatives_json(found))
        return
    for one in found.relatives:
        head = one.hit.article
        telling.say(f"{head.id}: {head.title} ({telling.apart(one)}): {', '.join(one.names + one.words)}")


@main.command()
@click.option("--retry", is_flag=True, help="Попробовать принять отвергнутое ещё раз.")
@click.option("--forget", is_flag=True, help="Забыть всё отвергнутое.")
@_as_json
@_house
@click.pass_context
def rejects(context: click.Context, house: House, retry: bool, forget: bool, as_json: bool) -> None:
    """Показать, что было отвергнуто, где оно стояло и почему."""
    if retry and forget:
        raise click.UsageError("--retry и --forget не сочетаются: нужно одно из двух")
    with house.kept() as archive:
        if retry:
            sums = intake.retry(archive, house.settings.timezone, telling.Refusals(as_json))
            _load(archive, house.engine(), as_json)
            telling.tell_sums(sums, as_json)
            context.exit(SOME_REJECTED if sums[Fate.REJECTED] else 0)
        kept = archive.rejects()
        if forget:
            with archive.changing():
                numbers = [reject.number for reject in kept]
                for number in numbers:
                    archive.forget(number)
            if as_json:
                telling.print_json({"forgotten": len(numbers)})
            else:
                telling.say(f"Забыто: {len(numbers)}")
        elif as_json:
            telling.print_json({"rejects": [_reject_json(each.number, each.rejection) for each in kept]})
        else:
            for reject in kept:
                telling.say(telling.refusal(reject.rejection))


def _reject_json(number: int, rejection: Rejection) -> dict[str, Any]:
    return {
        "number": number,
        "origin": rejection.origin,
        "place": rejection.place,
        "reason": rejection.reason,
        "format": rejection.format,
        "raw": rejection.raw[:1000].decode("utf-8", "replace"),
    }


@main.command()
@_as_json
@_house
def status(house: House, as_json: bool) -> None:
    """Показать, сколько статей в архиве и в индексе."""
    with house.kept() as archive:
        facts = _facts(house, archive)
    if as_json:
        telling.print_json(facts)
    else:
        telling.say("\n".join(telling.status_lines(facts)))


def _facts(house: House, archive: Archive) -> dict[str, Any]:
    """How far the archive, the index and the names are, and what is wrong with those that cannot tell."""
    counts = archive.counts()
    facts: dict[str, Any] = {
        "home": str(house.settings.home),
        "articles": counts.articles,
        "rejects": counts.rejects,
        "position": counts.position,
        "index": None,
        "names": None,
    }
    names = house.settings.archive.with_name(NAMES)
    if names.exists():
        try:
            with Named(names) as named:
                facts["names"] = {"position": named.position(), "waiting": named.counts()[1]}
        except SvodkaError as error:
            facts["names_fault"] = str(error)
    try:
        with house.engine().reader() as reader:
            state = reader.status()
        facts["index"] = {
            "generation": state.generation,
            "documents": state.documents,
            "position": state.mark,
            "outdated": state.outdated,
            "as_of": state.as_of.astimezone(UTC).isoformat() if state.as_of else None,
        }
        loading.position(archive, house.engine())
    except SvodkaError as error:
        facts["fault"] = str(error)
    return facts


@main.command()
@_as_json
@_house
@click.pass_context
def check(context: click.Context, house: House, as_json: bool) -> None:
    """Проверить архив и индекс до последнего байта и то, что лежит рядом; назвать всё, что не в порядке."""
    with house.kept() as archive:
        findings = list(_findings(house, archive))
    if as_json:
        telling.print_json({"ok": not findings, "findings": findings})
    else:
        telling.say("\n".join(findings) or "Всё в порядке.")
    if findings:
        context.exit(SOME_REJECTED)


def _findings(house: House, archive: Archive) -> Iterator[str]:
    """What is wrong, part by part; a part that cannot be looked at is a finding too."""
    derived = (f"{path}: {what}. Поможет svodka rebuild." for path, what in damage(archive))
    for part in (archive.check(), derived, keeping.damage(house), _index_findings(house, archive)):
        try:
            yield from part
        except SvodkaError as error:
            yield str(error)


def _index_findings(house: House, archive: Archive) -> Iterator[str]:
    counts = archive.counts()
    with house.engine().reader() as reader:
        damage = reader.check()
        yield from damage
        if not damage:
            loading.position(archive, house.engine())  # raises where it is farther than the archive
        if not damage and counts.position:
            state = reader.status()
            if state.mark == counts.position and state.documents != counts.articles:
                yield f"В архиве статей {counts.articles}, а в индексе {state.documents}"


@main.command()
@click.argument("ids", nargs=-1, required=True, type=TEXT, metavar="ID …")
@_as_json
@_house
@click.pass_context
def remove(context: click.Context, house: House, ids: tuple[str, ...], as_json: bool) -> None:
    """Удалить статьи из архива и индекса."""
    with house.kept() as archive:
        with archive.changing():
            unknown = [id for id in dict.fromkeys(ids) if not archive.remove(id)]
        _load(archive, house.engine(), as_json)
    removed = len(set(ids)) - len(unknown)
    if as_json:
        telling.print_json({"removed": removed, "unknown": unknown})
    else:
        telling.say(f"Удалено: {removed}")
        for id in unknown:
            telling.say(f"Нет такой статьи: {id}", err=True)
    if unknown:
        context.exit(SOME_REJECTED)


for _command in (*keeping.ALL, watch.watch):
    main.add_command(_command)


def _load(archive: Archive, engine: Engine, as_json: bool) -> int:
    with telling.bar("Индекс", 0, " ст", as_json) as bar:
        bar.total = archive.waiting(loading.position(archive, engine))
        return loading.load_patiently(archive, engine, bar.update)


def _told_waiting(error: SvodkaError) -> None:
    telling.say(f"Загрузка ждёт: {error}", err=True)


def _told_done(done: int, as_json: bool) -> None:
    if as_json:
        telling.print_json({"loaded": done})
    else:
        telling.say(f"Внесено в индекс изменений: {done}")


if __name__ == "__main__":
    main()
