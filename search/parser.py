"""The reader's text becomes a question. Any text does: what cannot be read is taken as words, with a warning.

all these words      each in any form, all required (prepositions and the like are not)
"exact phrase"       also «…», “…”, „…“
!form  word*         this form only; any word that begins so (three letters or more)
-word  -"phrase"     without it; before a filter all but that
one ИЛИ two          OR and | mean the same; binds tighter than the space
( … )                a group
заголовок:слово      title:; and источник:, автор:, раздел:, метка:, с:2025-06-01, по:2025-06-30
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from search import limits
from search.article import label_key
from search.loosening import loosened, quotes_of_a_headline
from search.query import AllOf, AnyOf, Filters, In, Labels, Node, Prefix
from search.russian import question as russian
from search.russian.abbreviations import Shouting
from search.russian.folding import fold


@dataclass(frozen=True, slots=True)
class Warning:
    """Something of the text that was not taken as it may have been meant."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A read question. `loose` is what to ask where `root` finds too little; None where nothing is gained.

    `plain` are the spans of the text that were read as words in any form, and so may be repaired.
    """

    root: AllOf
    loose: AllOf | None
    filters: Filters
    warnings: tuple[Warning, ...]
    plain: tuple[tuple[int, int], ...] = ()


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_RUSSIAN_DAY = re.compile(r"^([0-9]{2})\.([0-9]{2})\.([0-9]{4})$")
# The ends of the calendar, which every time zone can tell.
_EARLIEST, _LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
_QUOTES = {'"': '"', "«": "»", "“": "”", "„": "“”"}
_FIELDS = {
    "заголовок": "title",
    "title": "title",
    "текст": "text",
    "text": "text",
    "источник": "source",
    "source": "source",
    "автор": "author",
    "author": "author",
    "раздел": "section",
    "section": "section",
    "метка": "tag",
    "tag": "tag",
    "с": "since",
    "after": "since",
    "по": "until",
    "before": "until",
}
_LEXEME = re.compile(
    r"""
    (?P<space> \s+ )
  | (?P<open> \( ) | (?P<close> \) )
  | (?P<or> \| | (?<![^\s()])(?-i:OR|ИЛИ)(?![^\s()]) )
  | (?P<minus> (?<![^\s(|]) - (?=[^\s\-]) )
  | (?P<exact> (?<![^\s(|:\-]) ! (?=\w) )
  | (?P<field> (?<![^\s(\-|]) (?:FIELD) : (?=[^\s:/]) )
  | (?P<prefix> (?<![\w]) [\w'’\-]+ \* )
  | (?P<quote> ["«“„] )
    """.replace("FIELD", "|".join(sorted(_FIELDS, key=len, reverse=True))),
    re.VERBOSE | re.IGNORECASE,
)
# What other languages of questions have, and ours reads as words.
_FOREIGN = re.compile(r"(?<!\S)(?:(?P<not>НЕ|NOT)|(?P<and>AND))(?!\S)")


def parse(text: str, timezone: tzinfo = UTC, *, where: In = In.ALL, exact: bool = False) -> Parsed:
    """The question a text asks. Dates in it are days of `timezone`."""
    return _Parser(text, timezone, where, exact).parse()


@dataclass
class _Parser:
    text: str
    timezone: tzinfo
    where: In
    exact: bool
    at: int = 0
    clauses: int = 0
    filters: Filters = field(default_factory=Filters)
    warnings: dict[str, Warning] = field(default_factory=dict)
    plain_spans: list[tuple[int, int]] = field(default_factory=list)
    demanded: set[Node] = field(default_factory=set)  # by a sign, of which nothing may be loosened
    phrases: set[Node] = field(default_factory=set)
    shouted: bool = False  # all in capitals, which mean nothing then
    printed: bool = True  # in the quotes of print, which keyboards do not have

    def parse(self) -> Parsed:
        if len(self.text) > limits.QUERY_CHARACTERS:
            self.warn("too_long", f"Вопрос длиннее {limits.QUERY_CHARACTERS} знаков: взято его начало.")
            cut = self.text[: limits.QUERY_CHARACTERS + 1]
            self.text = cut.rsplit(None, 1)[0] if len(cut.split()) > 1 else cut[:-1]
        self.shouted = Shouting(self.text).at(0)
        root = self.group(0)
        if self.text.strip() and self.filters == Filters() and not (root.parts or root.without):
            self.warn("empty", "В вопросе нет ни одного слова.")
            return Parsed(AllOf((AnyOf(()),)), None, self.filters, tuple(self.warnings.values()))
        warnings = tuple(self.warnings.values())
        free = quotes_of_a_headline(root, self.printed)
        loose = loosened(root, self.demanded if free else self.demanded | self.phrases)
        return Parsed(root, loose, self.filters, warnings, tuple(self.plain_spans))

    def warn(self, code: str, message: str) -> None:
        self.warnings.setdefault(code, Warning(code, message))

    def group(self, depth: int) -> AllOf:
        """Everything up to the closing bracket of this depth, or to the end."""
        parts: list[Node] = []
        without: list[Node] = []
        joining = joinable = False  # after an ИЛИ; after what one may follow
        while self.at < len(self.text):
            match = _LEXEME.match(self.text, self.at)
            kind = match.lastgroup if match else None
            if kind == "close":
                self.at += 1
                if depth:
                    return self.closed(parts, without, joining)
                self.warn("bracket", "Лишняя закрывающая скобка пропущена.")
            elif kind == "space":
                self.at = match.end() if match else self.at
            elif kind == "or":
                self.at = match.end() if match else self.at
                joining = joining or joinable
                if not joining:
                    self.warn_of_or()
            elif kind == "minus":
                self.at += 1
                if joining:
                    self.warn_of_or()
                joining = joinable = False
                without += self.items(depth, negative=True)
            else:
                before = self.filters
                items = self.items(depth)
                filtered = self.filters is not before  # by what holds for the whole question
                if joining and filtered:
                    self.warn_of_or()
                if items or filtered:  # else it was a sign between words
                    self.join(parts, items, joining and not filtered)
                    joining, joinable = False, not filtered
        if depth:
            self.warn("bracket", "Скобка не закрыта.")
        return self.closed(parts, without, joining)

    def closed(self, parts: list[Node], without: list[Node], joining: bool) -> AllOf:
        if joining:
            self.warn_of_or()
        return AllOf(tuple(parts), tuple(without))

    def warn_of_or(self) -> None:
        self.warn("or", "ИЛИ стоит не между словами и пропущено.")

    def warn_of_foreign(self, run: str) -> None:
        if self.text.isupper():  # all is shouted, and no word of it an operator
            return
        for found in _FOREIGN.finditer(run):
            if found["not"]:
                self.warn("not", f"«{found[0]}» прочитано как слово; исключить слово: -слово.")
            else:
                self.warn("and", f"«{found[0]}» прочитано как слово: все слова нужны и без него.")

    def join(self, parts: list[Node], items: list[Node], joining: bool) -> None:
        if joining:
            last = parts.pop()
            earlier = last.parts if isinstance(last, AnyOf) else (last,)
            parts.append(AnyOf((*earlier, items[0])))
            items = items[1:]
        parts += items

    def items(self, depth: int, *, negative: bool = False) -> list[Node]:
        """The next thing that is asked for, with what stands right before it (field, exactness)."""
        match = _LEXEME.match(self.text, self.at)
        kind = match.lastgroup if match else None
        if match is None or kind in ("space", "or", "minus", "close"):
            return self.word() if negative else self.plain()
        self.at = match.end()
        if kind == "open":
            return self.bracket(depth, negative)
        if kind == "quote":
            return self.quoted(match)
        if kind == "exact":
            exact = self.counted(russian.words(self.chunk(), self.where, exact=True))
            self.demanded.update(exact)
            return exact
        if kind == "prefix":
            return self.prefix(match.group()[:-1])
        return self.named(_FIELDS[match.group()[:-1].lower()], depth, negative)

    def bracket(self, depth: int, negative: bool) -> list[Node]:
        if depth >= limits.QUERY_DEPTH:
            self.warn("depth", f"Скобки глубже {limits.QUERY_DEPTH} уровней пропущены.")
            return []
        before = self.filters
        inner = self.group(depth + 1)
        if negative and self.filters is not before:
            self.warn("minus", "Фильтры в скобках после минуса пропущены: минус ставят перед каждым из них.")
            self.filters = before
        if len(inner.parts) == 1 and not inner.without:
            return list(inner.parts)
        return [inner] if inner.parts or inner.without else []

    def quoted(self, match: re.Match[str]) -> list[Node]:
        closing = _QUOTES[match.group()]
        end = min((i for i in (self.text.find(c, self.at) for c in closing) if i >= 0), default=-1)
        if end < 0:
            self.warn("quote", "Кавычка не закрыта и пропущена.")
            self.at = match.start()  # among the words, as a letter of the other layout may be meant
            return self.plain()
        inside = self.text[self.at : end]
        self.at = end + 1
        self.printed &= match.group() != '"'
        phrase = russian.exact_phrase(inside, self.where, shouted=self.shouted)
        found = self.counted([phrase] if phrase else [])
        self.phrases.update(found)
        return found

    def prefix(self, written: str) -> list[Node]:
        letters = fold(written)
        if len(letters) < limits.PREFIX_LETTERS:
            self.warn("prefix", f"Перед звёздочкой нужно не меньше {limits.PREFIX_LETTERS} букв.")
            return self.counted(russian.words(written, self.where, exact=self.exact))
        return self.counted([Prefix(letters, self.where)])

    def word(self) -> list[Node]:
        """What stands right after a minus; the words that follow are asked for."""
        start = self.at
        found = russian.words(self.chunk(), self.where, exact=self.exact, shouted=self.shouted)
        found = self.counted(found)
        if not self.exact:
            self.plain_spans.append((start, self.at))
        return found

    def plain(self) -> list[Node]:
        """A run of words up to the next sign of the question language."""
        end = self.at + 1
        while (match := _LEXEME.search(self.text, end)) and match.lastgroup == "space":
            end = match.end()
        end = match.start() if match else len(self.text)
        if not self.exact:
            self.plain_spans.append((self.at, end))
        run, self.at = self.text[self.at : end], end
        self.warn_of_foreign(run)
        return self.counted(russian.words(run, self.where, exact=self.exact, shouted=self.shouted))

    def chunk(self) -> str:
        """The characters up to the next space or bracket, or a quoted text."""
        if self.text[self.at : self.at + 1] in _QUOTES:
            closing = _QUOTES[self.text[self.at]]
            ends = [i for i in (self.text.find(c, self.at + 1) for c in closing) if i >= 0]
            if ends:
                inside, self.at = self.text[self.at + 1 : min(ends)], min(ends) + 1
                return inside
        match = re.compile(r"[^\s()|]*").match(self.text, self.at)
        found = match.group() if match else ""
        self.at += len(found)
        return found

    def named(self, name: str, depth: int, negative: bool) -> list[Node]:
        if name in ("title", "text"):
            outer, self.where = self.where, In(name)
            found = _LEXEME.match(self.text, self.at)
            if found and found.lastgroup in ("quote", "open", "exact", "prefix"):
                items = self.items(depth, negative=negative)
            else:
                if self.text[self.at] == "-":
                    self.warn("minus", "Минус ставят перед полем: -заголовок:слово.")
                items = self.counted(russian.words(self.chunk(), self.where, exact=self.exact))
            self.demanded.update(items)
            self.where = outer
            return items
        value = self.chunk()
        if name in ("since", "until"):
            return self.dated(name, value, negative)
        return self.labelled(name, value, negative)

    def labelled(self, name: str, value: str, negative: bool) -> list[Node]:
        key = label_key(value)
        if not key:
            return []
        labels: Labels = getattr(self.filters, name)
        changed = (
            replace(labels, exclude=labels.exclude | {key})
            if negative
            else replace(labels, include=labels.include | {key})
        )
        self.filters = replace(self.filters, **dict[str, Any]({name: changed}))
        return []

    def dated(self, name: str, value: str, negative: bool) -> list[Node]:
        iso = _RUSSIAN_DAY.sub(r"\3-\2-\1", value)
        try:
            moment = (day_start if name == "since" else day_end)(iso, self.timezone)
        except ValueError:
            self.warn("date", f"«{value[:40]}» — не дата: нужна вида 2025-06-01.")
            return self.counted(russian.words(value, self.where, exact=self.exact))
        if (name == "since") is not negative:
            since = max(filter(None, (self.filters.since, moment)))
            self.filters = replace(self.filters, since=since)
        else:
            until = min(filter(None, (self.filters.until, moment)))
            self.filters = replace(self.filters, until=until)
        return []

    def counted(self, items: Sequence[Node]) -> list[Node]:
        room = limits.QUERY_CLAUSES - self.clauses
        if len(items) > room:
            self.warn("clauses", f"Слов больше {limits.QUERY_CLAUSES}: остальные пропущены.")
        kept: list[Node] = list(items[:room])
        self.clauses += len(kept)
        return kept


def day_start(text: str, timezone: tzinfo) -> datetime:
    """The first moment of an ISO day or time; raises ValueError."""
    return _moment(text, timezone, day=timedelta(), time=timedelta())


def day_end(text: str, timezone: tzinfo) -> datetime:
    """The first moment after an ISO day or time, so that the day itself is inside; raises ValueError."""
    return _moment(text, timezone, day=timedelta(days=1), time=timedelta(seconds=1))


def _moment(text: str, timezone: tzinfo, *, day: timedelta, time: timedelta) -> datetime:
    """A moment so long after the start of an ISO day, or after an ISO time."""
    short = len(text) <= 10
    if short and not _DAY.fullmatch(text):
        raise ValueError(text)
    found = datetime.fromisoformat(text.replace(" ", "+"))
    found = found if found.tzinfo else found.replace(tzinfo=timezone)
    try:
        found += day if short else time
        found.astimezone(UTC)
    except OverflowError:
        return _EARLIEST if found.year == 1 else _LATEST
    return found
