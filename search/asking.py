"""A client's arguments become a Question, or a BadQuestion that names every fault.

The page, the API and the command line all ask through here, with the same parameter names.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

from search import limits
from search.cursor import Cursor, fingerprint
from search.errors import BadQuestion, ParameterError
from search.names import KINDS, key_of
from search.parser import day_end, day_start
from search.query import LABELS, Filters, In, Interval, Labels, Sort

Choice = TypeVar("Choice", bound=StrEnum)
# What a client may ask to be told of each hit; all of it where nothing is said.
HIT_FIELDS = (
    "id",
    "url",
    "title",
    "source",
    "author",
    "section",
    "tags",
    "origin",
    "published_at",
    "modified_at",
    "score",
    "title_marks",
    "snippets",
    "story",
)
# What decides which articles are hits, but for repairs, and what a watch may therefore consist of.
# Of names it may not: they are found only after it has looked at an article.
WATCHED = ("q", "in", "match", "from", "to", *(name for name in LABELS if name not in KINDS))
# What decides which articles are hits; the order in which they are does so, too, whether asked for or not.
_DECISIVE = ("q", "in", "match", "repair", "from", "to", "collapse", *LABELS)


class Match(StrEnum):
    """Whether a word stands for all its forms or for itself."""

    LEMMA = "lemma"
    EXACT = "exact"


class Repair(StrEnum):
    """What becomes of a question that finds nothing but would if a mistake in it were mended."""

    AUTO = "auto"
    OFFER = "offer"
    OFF = "off"


class Collapse(StrEnum):
    """Whether of each story only the first hit is listed."""

    NONE = "none"
    STORY = "story"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a client asked, checked, with `q` not yet parsed."""

    q: str = ""
    where: In = In.ALL
    match: Match = Match.LEMMA
    repair: Repair = Repair.AUTO
    strict: bool = False
    loosened: bool = True  # where too little has all the words, a part of them will do
    page: int = 1
    per_page: int = limits.PER_PAGE
    sort: Sort | None = None
    filters: Filters = field(default_factory=Filters)
    collapse: Collapse = Collapse.NONE
    facets: tuple[str, ...] = ()
    histogram: Interval | None = None
    snippets: int = limits.SNIPPETS
    snippet_length: int = limits.SNIPPET_LENGTH
    fields: tuple[str, ...] = HIT_FIELDS
    cursor: Cursor | None = None
    # As given, without the page and the cursor, for links to other pages.
    arguments: tuple[tuple[str, str], ...] = ()

    @property
    def fingerprint(self) -> str:
        """The same for all pages of a question, however they are shown."""
        decisive = [pair for pair in self.arguments if pair[0] in _DECISIVE]
        return fingerprint([*decisive, ("sort", self.order.value)])

    @property
    def order(self) -> Sort:
        """The order asked for; without words there is nothing to be relevant to."""
        return self.sort or (Sort.RELEVANCE if self.q.strip() else Sort.NEWEST)


class _Fault(ValueError):
    def __init__(self, message: str, allowed: Iterable[str] = (), nearest: str | None = None) -> None:
        super().__init__(message)
        self.allowed = tuple(allowed)
        self.nearest = nearest


def once(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Arguments, of a filter's values that mean the same only the first."""
    kept: dict[Hashable, tuple[str, str]] = {}
    for at, (name, value) in enumerate(pairs):
        is_label = name in LABELS
        meant = (name, value.startswith("-"), key_of(name, value.removeprefix("-"))) if is_label else at
        kept.setdefault(meant, (name, value))
    return list(kept.values())


def read_question(
    arguments: Iterable[tuple[str, str]], timezone: tzinfo, sort: Sort | None = None
) -> Question:
    """The question some (name, value) pairs ask; raises BadQuestion. Dates are days of `timezone`.

    `sort` is the order where they name none.
    """
    pairs = tuple((name, value) for name, value in arguments)
    lasting = tuple(pair for pair in pairs if pair[0] not in ("page", "cursor"))
    question = _read(Question(arguments=lasting, sort=sort), pairs, timezone, PARAMETERS)
    if question.cursor and any(name == "page" for name, _ in pairs):
        message = "не сочетается с cursor: нужно одно из двух"
        raise BadQuestion([ParameterError("page", message, str(question.page))])
    if question.cursor and question.cursor.question != question.fingerprint:
        message = "это курсор другого вопроса: начните без него"
        raise BadQuestion([ParameterError("cursor", message, str(question.cursor)[:200])])
    if question.page * question.per_page > limits.RESULT_WINDOW:
        message = f"страниц всего {limits.RESULT_WINDOW // question.per_page}: уточните вопрос"
        raise BadQuestion([ParameterError("page", message, str(question.page))])
    return question


def read_some(
    names: Iterable[str],
    arguments: Iterable[tuple[str, str]],
    timezone: tzinfo,
    per_page: int = limits.PER_PAGE,
) -> Question:
    """What is asked where only these of the parameters are taken; raises BadQuestion."""
    known = {name: PARAMETERS[name] for name in names}
    return _read(Question(per_page=per_page), arguments, timezone, known)


def read_watched(arguments: Iterable[tuple[str, str]], timezone: tzinfo) -> Question:
    """The question of a watch: answered to the letter, the oldest first; raises BadQuestion."""
    pairs = tuple(arguments)
    question = Question(
        strict=True,
        loosened=False,
        repair=Repair.OFF,
        sort=Sort.OLDEST,
        per_page=limits.PER_PAGE_MAX,
        snippets=1,
        arguments=pairs,
    )
    return _read(question, pairs, timezone, {name: PARAMETERS[name] for name in WATCHED})


def _read(
    question: Question, pairs: Iterable[tuple[str, str]], timezone: tzinfo, known: Mapping[str, "Reading"]
) -> Question:
    given: dict[str, list[str]] = {}
    faults: list[ParameterError] = []
    for name, value in pairs:
        if name in known:
            given.setdefault(name, []).append(value)
        else:
            faults.append(_unknown(name, value, known))
    for name, values in given.items():
        try:
            question = known[name](question, values, timezone)
        except _Fault as fault:
            faults.append(ParameterError(name, str(fault), values[-1][:200], fault.allowed, fault.nearest))
    if faults:
        raise BadQuestion(faults)
    return question


def _unknown(name: str, value: str, known: Iterable[str]) -> ParameterError:
    known = tuple(known)
    return ParameterError(name[:80], "нет такого параметра", value[:200], known, _nearest(name, known))


def _nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that was perhaps meant, in whatever case the word is written."""
    close = get_close_matches(word.lower(), names, n=1)
    return close[0] if close else None


Reading = Callable[[Question, list[str], tzinfo], Question]


def _single(values: list[str]) -> str:
    if len(values) > 1:
        raise _Fault("параметр дан больше одного раза")
    return values[0]


def _choice(choices: type[Choice], values: list[str]) -> Choice:
    value = _single(values)
    names = [choice.value for choice in choices]
    if value not in names:
        raise _Fault(f"можно: {', '.join(names)}", names, _nearest(value, names))
    return choices(value)


def _several(names: tuple[str, ...], values: list[str]) -> tuple[str, ...]:
    asked = [name for name in _single(values).split(",") if name]
    for name in asked:
        if name not in names:
            raise _Fault(f"{name[:80]}: можно {', '.join(names)}", names, _nearest(name, names))
    return tuple(dict.fromkeys(asked))


def _number(values: list[str], least: int, most: int) -> int:
    value = _single(values)
    if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):
        raise _Fault(f"нужно целое число от {least} до {most}")
    return int(value)


def _text(question: Question, values: list[str], _: tzinfo) -> Question:
    value = _single(values)
    if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise _Fault("в тексте есть знак, которого в тексте не бывает")
    return replace(question, q=value)


def _cursor(question: Question, values: list[str], _: tzinfo) -> Question:
    try:
        return replace(question, cursor=Cursor.read(_single(values)))
    except _Fault:
        raise
    except ValueError as error:
        raise _Fault("это не курсор: берите его из next_cursor целиком") from error


def _hit_fields(values: list[str]) -> tuple[str, ...]:
    return _several(HIT_FIELDS, values) or HIT_FIELDS


def _setting(name: str, read: Callable[[list[str]], Any]) -> Reading:
    return lambda question, values, _: replace(question, **{name: read(values)})


def _date(name: str, read: Callable[[str, tzinfo], datetime]) -> Reading:
    def reading(question: Question, values: list[str], timezone: tzinfo) -> Question:
        try:
            moment = read(_single(values), timezone)
        except _Fault:
            raise
        except ValueError as error:
            raise _Fault("нужна дата вида 2025-06-01 или 2025-06-01T12:00+05:00") from error
        return replace(question, filters=replace(question.filters, **dict[str, Any]({name: moment})))

    return reading


def _labels(name: str) -> Reading:
    def reading(question: Question, values: list[str], _: tzinfo) -> Question:
        keys = [key_of(name, value.removeprefix("-")) for value in values]
        if not all(keys):
            raise _Fault("пустое значение")
        pairs = list(zip(keys, values, strict=True))
        labels = Labels(
            frozenset(key for key, value in pairs if not value.startswith("-")),
            frozenset(key for key, value in pairs if value.startswith("-")),
        )
        filters = replace(question.filters, **dict[str, Any]({name: labels}))
        if _size(filters) > limits.FILTER_VALUES:
            raise _Fault(f"значений у фильтров не больше {limits.FILTER_VALUES}")
        return replace(question, filters=filters)

    return reading


def _size(filters: Filters) -> int:
    """How many values the filters have."""
    every: list[Labels] = [getattr(filters, name) for name in LABELS]
    return sum(len(labels.include) + len(labels.exclude) for labels in every)


PARAMETERS: dict[str, Reading] = {
    "q": _text,
    "in": _setting("where", lambda values: _choice(In, values)),
    "match": _setting("match", lambda values: _choice(Match, values)),
    "repair": _setting("repair", lambda values: _choice(Repair, values)),
    "strict": _setting("strict", lambda values: bool(_number(values, 0, 1))),
    "page": _setting("page", lambda values: _number(values, 1, limits.RESULT_WINDOW)),
    "cursor": _cursor,
    "per_page": _setting("per_page", lambda values: _number(values, 1, limits.PER_PAGE_MAX)),
    "sort": _setting("sort", lambda values: _choice(Sort, values)),
    "from": _date("since", day_start),
    "to": _date("until", day_end),
    **{name: _labels(name) for name in LABELS},
    "collapse": _setting("collapse", lambda values: _choice(Collapse, values)),
    "facets": _setting("facets", lambda values: _several(LABELS, values)),
    "histogram": _setting("histogram", lambda values: _choice(Interval, values)),
    "snippets": _setting("snippets", lambda values: _number(values, 0, limits.SNIPPETS_MAX)),
    "snippet_length": _setting(
        "snippet_length",
        lambda values: _number(values, limits.SNIPPET_LENGTH_MIN, limits.SNIPPET_LENGTH_MAX),
    ),
    "fields": _setting("fields", _hit_fields),
}
