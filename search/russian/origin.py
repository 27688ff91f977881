"""Whom an article took its story from, where it says so: «передаёт Qaz365.kz», «со ссылкой на Reuters».

Outlets are told from ministries and people by how they are named: by a site's address, in Latin letters, in
quotes, after a word for an outlet (издание, телеканал), or by a name that only an outlet has.
"""

import re
from collections.abc import Iterable, Iterator

LOOKED_AT = 3_000  # characters: who is named later is not whom the whole is from
_SAYS = r"(?i:передаёт|передает|передают|сообщает|сообщают|пишет|пишут|информирует|отмечает)"
_SAID = r"(?i:сообщил[аио]?|передал[аио]?|написал[аио]?|рассказал[аио]?|проинформировал[аио]?)"
_REFERS = r"(?i:со\s+ссылк(?:ой|ами)\s+на|ссылаясь\s+на|по\s+(?:информации|сообщени(?:ю|ям)))"
_BY = rf"(?:{_REFERS}|(?i:по\s+(?:данным|словам)))"
_OUTLET = (
    r"(?i:(?:(?:новостн\w+|информационн\w+|интернет-?|деловую|деловая|деловой|американск\w+|британск\w+|немецк\w+"
    r"|российск\w+|казахстанск\w+|молдавск\w+|румынск\w+|украинск\w+|местн\w+)\s*)*"
    r"(?:издани[еяюй]м?|агентств[оауе]м?|информагентств[оауе]м?|порталу?а?|сайту?а?|газет[аеуы]|журналу?а?"
    r"|телеканалу?а?|канал|радиостанци[яиюе]|радио|телекомпани[яиюе]|ИА|телеграм-канал(?:у|а)?"
    r"|Telegram-канал(?:у|а)?|корреспондент(?:у|а)?|пресс-служба\s+сайта))"
)
_ZONES = "kz|ru|md|com|org|net|ua|by|uz|kg|info|news|tv|ro|az|am|ge|рф|eu|me|gr"
_HOST = rf"(?:[A-Za-zА-Яа-яЁё0-9-]+\.)+(?:{_ZONES})\b"
_LATIN = r"[A-Z][\w’'&+-]*(?:[ \u00a0](?:[A-Z][\w’'&+-]*|of|the|and))*(?<!\bof)(?<!\bthe)(?<!\band)"
_QUOTED = r"[«„“\"][^«»„“”\"\n]{2,40}[»”“\"]"
_KNOWN = (
    r"РИА\s+[«\"]?Новости[»\"]?|ТАСС|Интерфакс(?:у|а)?(?:-[А-Я]\w+)?|РБК|Коммерсант[ъуа]?|Ведомост(?:и|ям|ей)"
    r"|Медуз[аеуы]|Газета\.\s?[Rr]u|Лента\.\s?ру|КазТАГ|Казинформ|МИА\s+[«\"]?Казинформ[»\"]?|Инфотаг|ИНФОТАГ"
    r"|Известия[м]?|Би-би-си|АиФ|УНИАН|Укринформ|БелТА|[«\"]?Эхо\s+Москвы[»\"]?"
)
_PROPER = r"[А-ЯЁ][А-Яа-яЁё-]+(?:\s+[А-ЯЁ][А-Яа-яЁё-]+)?"
_SURE = rf"(?P<name>{_HOST}|{_KNOWN})"
_AFTER_OUTLET = rf"{_OUTLET}\s+(?P<name>{_HOST}|{_QUOTED}|{_KNOWN}|{_LATIN}|{_PROPER})"
_LIKELY = rf"(?P<name>{_HOST}|{_KNOWN}|{_LATIN}|{_QUOTED})"
_BETWEEN = r"(?:\s+(?:в\s+\w+|сегодня|накануне|также|нам))?(?:\s+|(?=[A-Za-z]))"
# Each begins with what says so…
_AFTER = (
    rf"(?:{_SAYS}|{_SAID}|{_BY}){_BETWEEN}{_AFTER_OUTLET}",
    rf"(?:{_SAYS}|{_REFERS}){_BETWEEN}{_LIKELY}",
    rf"(?:{_SAID}){_BETWEEN}{_SURE}",
    r"переда(?:ё|е)т\s+(?P<name>[А-ЯЁ][А-Яа-яЁё-]+)(?=[.,;]|\s+со\s+ссылк|\s*\n)",
)
# …or ends with it.
_BEFORE = (
    rf"{_AFTER_OUTLET}(?:\s+(?:со\s+ссылкой|ссылаясь)[^.\n]{{2,60}})?\s+(?:{_SAYS}|{_SAID})\b",
    rf"(?:^|[.!?…]\s+|\n){_SURE}\s+(?:{_SAYS}|{_SAID})\b",
)
# «по данным» and «по словам» name offices and people more often than outlets.
_AFTER_AT, _BEFORE_AT = ([re.compile(rf"(?<!\w){form}") for form in forms] for forms in (_AFTER, _BEFORE))
# What says so in small letters, as the regex engine finds it fastest.
_AT = re.compile(
    "переда[её]т|передают|сообща[ею]т|пиш[еу]т|информирует|отмечает|сообщил|передал|написал|рассказал|проинформировал"
    r"|со\s+ссылк|ссылаясь|по\s+(?:информации|сообщени|данным|словам)"
)
_BASE = {
    "Интерфаксу": "Интерфакс", "Интерфакса": "Интерфакс", "Медузе": "Медуза", "Медузу": "Медуза",
    "Медузы": "Медуза", "Ведомостям": "Ведомости", "Ведомостей": "Ведомости", "Известиям": "Известия",
    "Коммерсанту": "Коммерсантъ", "Коммерсанта": "Коммерсантъ", "Коммерсант": "Коммерсантъ",
    "ИНФОТАГ": "Инфотаг",
}  # fmt: skip
# Companies and offices that speak for themselves, in Latin letters.
_NO_OUTLETS = frozenset(
    ("t.me", "nasa", "spacex", "apple", "google", "meta", "microsoft", "openai", "telegram", "twitter")
)


def origin(text: str, source: str | None) -> str | None:
    """The outlet that an article of `source` names as the one it took its story from."""
    head = text[:LOOKED_AT]
    small = head.replace("İ", "I").lower()  # no other letter is two when it is small
    at = [match.start() for match in _AT.finditer(small)]
    if not at:
        return None
    found = [match for pattern in _AFTER_AT for match in _begun(pattern, head, at)]
    found += [match for pattern in _BEFORE_AT for match in pattern.finditer(head)]
    for match in sorted(found, key=lambda match: match.start("name")):
        name = _plain(match.group("name"))
        if len(name) > 1 and name.lower() not in _NO_OUTLETS and not _is_own(name, source):
            return name
    return None


def _begun(pattern: re.Pattern[str], text: str, starts: Iterable[int]) -> Iterator[re.Match[str]]:
    """What `finditer` would find where a pattern can begin nowhere else."""
    end = 0
    for start in starts:
        if start >= end and (match := pattern.match(text, start)):
            end = match.end()
            yield match


def _plain(written: str) -> str:
    name = " ".join(re.sub(r"[«»„“”\"]", " ", written).split()).rstrip(".-")
    return _BASE.get(name, name)


def _is_own(name: str, source: str | None) -> bool:
    """Whether a source names itself."""
    letters = re.sub(r"\W", "", name.casefold().replace("+", "plus"))
    own = re.sub(r"\W", "", (source or "").casefold())
    return bool(own) and (letters in own or own in letters)
