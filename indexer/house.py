"""What all commands share: the house they work in, and how they tell that something is not possible."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from difflib import get_close_matches
from functools import wraps
from pathlib import Path
from typing import Any

import click

from indexer import telling
from indexer.archive import Archive
from indexer.fetch import BadAddress, Fetcher
from search.engine import Engine
from search.engines import open_engine
from search.errors import ArchiveUnavailable, BadQuestion, IndexUnavailable, SvodkaError
from search.settings import BadSetting, Settings

SOME_REJECTED, NOT_POSSIBLE = 1, 3


class Command(click.Command):
    """A command whose errors are told in words, without a trace."""

    def invoke(self, context: click.Context) -> Any:
        """Run it; what is not possible ends it with a message and NOT_POSSIBLE."""
        try:
            return super().invoke(context)
        except (BadQuestion, BadSetting, BadAddress) as error:
            raise click.UsageError(str(error), context) from error
        except SvodkaError as error:
            telling.say(f"Ошибка: {error}", err=True)
            context.exit(NOT_POSSIBLE)
        except BrokenPipeError:  # who reads has read enough: click knows what to do
            raise
        except OSError as error:
            told = ("Ошибка", error.filename, error.strerror or str(error))
            telling.say(": ".join(filter(None, told)), err=True)
            context.exit(NOT_POSSIBLE)


class Asking(Command):
    """A command that is given a question: a single minus is before a word of it, and before no option."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.context_settings = {"ignore_unknown_options": True, "help_option_names": ["--help"]}

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Take words and options apart; raises NoSuchOption."""
        end = args.index("--") if "--" in args else len(args)  # what follows is of the question
        before = ["--help" if word == "-h" else word for word in args[:end]]
        left = super().parse_args(context, before + args[end:])
        words = context.params["words"]
        for word in words[: len(words) - len(args[end + 1 :])]:
            if word.startswith("--"):
                name, known = word.partition("=")[0], [name for each in self.params for name in each.opts]
                raise click.NoSuchOption(name, possibilities=get_close_matches(name, known), ctx=context)
        return left


class Group(click.Group):
    """A group of such commands."""

    command_class = Command


class Text(click.ParamType[str]):
    """Words that are text: bytes of another encoding than the terminal's are refused."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> str:
        """The value, if each of its characters is one."""
        text = str(value)
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            self.fail("это не текст в UTF-8", param, context)
        return text


TEXT = Text()


class House:
    """What the commands work with, opened when it is needed. Raises BadSetting."""

    def __init__(self) -> None:
        self.settings = Settings.read(os.environ)
        self.engine()  # a name that is none is told of before anything is done

    def archive(self) -> Archive:
        """The archive, made if nothing is there yet, to be closed by who asked for it."""
        if self.lost:
            raise self._missing()
        return Archive(self.settings.archive)

    def kept(self) -> Archive:
        """The archive that is there already; raises ArchiveUnavailable where there is none."""
        if not self.settings.archive.exists():
            raise self._missing()
        return Archive(self.settings.archive, make=False)

    def beside(self, path: Path) -> Path:
        """What may lie beside the archive; raises ArchiveUnavailable where neither is there, nor ever was."""
        if not (path.exists() or self.settings.archive.exists()):
            raise self._missing()
        return path

    @property
    def lost(self) -> bool:
        """Whether there is an index, and its archive is gone."""
        if self.settings.archive.exists():
            return False
        with suppress(IndexUnavailable):
            return self.engine().state().mark > 0
        return False

    def _missing(self) -> ArchiveUnavailable:
        path, home = self.settings.archive, self.settings.home
        return ArchiveUnavailable(
            f"Архив {path} пропал, а индекс по нему есть: верните архив из копии командой svodka restore."
            if self.lost
            else f"Архива в {home} ещё нет: добавьте статьи командой svodka add."
        )

    def engine(self) -> Engine:
        """The engine that the settings name."""
        return open_engine(self.settings.engine, self.settings.index)

    def fetcher(self) -> Fetcher:
        """The way out to the network."""
        return Fetcher()


def asks(names: Sequence[str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Gives a command the API's parameters: its words and options come to it as the pairs of `question`."""
    options = [name for name in names if name != "q"]

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def collected(*arguments: Any, words: tuple[str, ...], **given: Any) -> Any:
            pairs = [(name, value) for name in options for value in given.pop(name)]
            return command(*arguments, question=(("q", " ".join(words)), *pairs), **given)

        told = collected
        for name in reversed(options):
            flag = f"--{name.replace('_', '-')}"
            told = click.option(flag, name, multiple=True, type=TEXT, metavar="ЗНАЧЕНИЕ")(told)
        return click.argument("words", nargs=-1, type=TEXT, metavar="ВОПРОС …")(told)

    return decorate


pass_house = click.make_pass_decorator(House)
as_json_option = click.option("--json", "as_json", is_flag=True, help="Вывести один объект JSON.")
