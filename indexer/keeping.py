"""The commands that look after a service: its keys, its backup, and the way back from one."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from indexer import archive, loading, telling
from indexer.beside import forget
from indexer.house import SOME_REJECTED, TEXT, Command, Group, House, as_json_option, pass_house
from indexer.space import space
from indexer.watches import Watches
from search.durable import write_durably
from search.errors import ArchiveUnavailable, SvodkaError
from web.keys import Keys, KeysUnreadable, Scope, id_of

_WATCHES, _KEYS = "watches.db", "keys.json"  # in a copy, wherever they are kept


@click.group(cls=Group)
def keys() -> None:
    """Выдавать ключи API и отзывать их."""


@keys.command()
@click.argument("name", type=TEXT)
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="read — больше вопросов, write — приём статей, admin — всё; можно несколько. Иначе — write.",
)
@as_json_option
@pass_house
def add(house: House, name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Выдать ключ. Он показывается один раз: хранится только его отпечаток."""
    if not name.strip() or not name.isprintable():
        raise click.UsageError("у ключа нужно имя, в одной строке")
    given = [Scope(scope) for scope in scopes or (Scope.WRITE.value,)]
    with space(house.settings.keys):
        secret = Keys(house.settings.keys).add(name, given, datetime.now(UTC))
    if as_json:
        told = {"id": id_of(secret), "key": secret, "name": name}
        telling.print_json({**told, "scopes": [scope.value for scope in given]})
    else:
        telling.say(secret)


@keys.command("list")
@as_json_option
@pass_house
def list_(house: House, as_json: bool) -> None:
    """Показать выданные ключи: номер, имя, права, день выдачи."""
    rows = [
        {"id": key.id, "name": key.name, "scopes": [s.value for s in key.scopes], "created": key.created}
        for key in Keys(house.beside(house.settings.keys))
    ]
    if as_json:
        telling.print_json({"keys": rows})
        return
    for row in rows:
        telling.say(f"{row['id']}  {','.join(row['scopes'])}  {row['created'][:10]}  {row['name']}")


@keys.command()
@click.argument("ids", nargs=-1, required=True, type=TEXT, metavar="НОМЕР …")
@as_json_option
@pass_house
@click.pass_context
def revoke(context: click.Context, house: House, ids: tuple[str, ...], as_json: bool) -> None:
    """Отозвать ключи по их номерам; служба узнаёт об этом сразу."""
    kept, asked = Keys(house.beside(house.settings.keys)), dict.fromkeys(ids)
    with space(house.settings.keys):
        unknown = [id for id in asked if not kept.revoke(id)]
    if as_json:
        telling.print_json({"revoked": len(asked) - len(unknown), "unknown": unknown})
    else:
        for id in unknown:
            telling.say(f"Нет такого ключа: {id}", err=True)
    if unknown:
        context.exit(SOME_REJECTED)


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="ФАЙЛ")
@as_json_option
@pass_house
def backup(house: House, file: Path, as_json: bool) -> None:
    """Записать в файл копию архива, слежений и ключей; служба при этом работает."""
    _refuse_to_overwrite(house, file)
    beside = {}  # before the archive: what a watch has looked at, the copy must have
    if house.settings.watches.exists():
        with Watches(house.settings.watches) as watches:
            beside[_WATCHES] = watches.copied()
    if house.settings.keys.exists():
        beside[_KEYS] = house.settings.keys.read_bytes()
    archive.copy(house.settings.archive, file, beside)
    if as_json:
        telling.print_json({"copy": str(file)})
    else:
        telling.say(f"Копия: {file}")


def _refuse_to_overwrite(house: House, file: Path) -> None:
    """Raise UsageError where a copy would take the place of the service's own files, or of no copy."""
    if file.resolve().is_relative_to(house.settings.home.resolve()):
        raise click.UsageError(f"{file} лежит в папке службы {house.settings.home}; назовите файл вне её")
    if file.exists() and not archive.is_copy(file):
        raise click.UsageError(f"{file} уже есть, и это не копия Сводки; назовите другой файл")


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True), metavar="ФАЙЛ")
@as_json_option
@pass_house
def restore(house: House, file: Path, as_json: bool) -> None:
    """Сделать из копии новую службу: папка SVODKA_HOME должна быть без архива."""
    if house.settings.archive.exists():
        raise click.UsageError(f"{house.settings.archive} уже есть; назовите в SVODKA_HOME другую папку")
    reached = archive.reached(file)
    if reached is None:
        raise ArchiveUnavailable(f"{file}: это не копия Сводки")
    house.settings.home.mkdir(parents=True, exist_ok=True)
    # The archive comes last: where it is, everything is, and where it is not yet, restoring can be repeated.
    archive.copy(file, house.settings.archive, before=partial(_put_beside, house, reached))
    with house.archive() as restored:
        try:
            with telling.bar("Индекс", restored.waiting(0), " ст", as_json) as bar:
                done = loading.rebuild(restored, house.engine(), bar.update)
        except (SvodkaError, OSError):
            telling.say("Всё, кроме индекса, восстановлено; его построит svodka rebuild.", err=True)
            raise
        counts = restored.counts()
    if as_json:
        telling.print_json({"articles": counts.articles, "loaded": done})
    else:
        telling.say(f"Восстановлено статей: {counts.articles}")


def _put_beside(house: House, reached: int, beside: Mapping[str, bytes]) -> None:
    """Put the watches and the keys of a copy where they belong, unless there are some.

    What a former archive has left is made to suit one that has `reached` so far.
    """
    forget(house.settings.archive)
    for name, path in ((_WATCHES, house.settings.watches), (_KEYS, house.settings.keys)):
        if name in beside and path.exists():
            telling.say(f"{path} уже есть и остался, как был", err=True)
        elif name in beside:
            path.parent.mkdir(parents=True, exist_ok=True)
            with space(path):
                write_durably(path, beside[name], mode=0o600)
    if house.settings.watches.exists():
        with Watches(house.settings.watches) as watches:
            watches.rewind(reached)


def damage(house: House) -> Iterator[str]:
    """What is wrong with the watches and the keys."""
    watches = house.settings.watches
    if found := Watches.check(watches):
        yield f"{watches}: {found}. Верните файл из копии или удалите и заведите слежения снова."
    try:
        list(Keys(house.settings.keys))
    except KeysUnreadable as error:
        yield f"{error}. Верните файл из копии или удалите и выдайте ключи снова."


ALL = (keys, backup, restore)
