"""What short lines around an article say of it: when it came out, who wrote it, for which outlet."""

import re

_MONTHS = re.findall(r"\S+", "январ феврал март апрел ма[йя] июн июл август сентябр октябр ноябр декабр")
_SHORT = re.findall(r"\S+", "янв фев мар апр мая июн июл авг сен окт ноя дек")
_TIME = r"(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)(?::[0-5]\d)?"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_WORDED = re.compile(rf"\b{_DAY}\s+(?P<month>[а-я]{{3,8}})\.?,?(?:\s+{_YEAR})?(?:\s*(?:года|г)\b\.?)?", re.I)
_NUMBERED = re.compile(
    rf"\b{_DAY}[./](?P<month>0?[1-9]|1[0-2])[./]{_YEAR}\b|\b(?P<iso>(?:19|20)\d\d-\d\d-\d\d)\b"
)
_CLOCK = re.compile(rf"(?<![\d.]){_TIME}(?![\d.])")
_ABOUT_DATE = re.compile(
    r"\b(?:дата( публикации)?|опубликован[оа]?|обновлен[оа]?|изменен[оа]?|создан[оа]?|добавлен[оа]?"
    r"|размещен[оа]?|публикация|сегодня|вчера|время|мск|по москве|астан[аы]|в|от|на|года?|г|понедельник"
    r"|вторник|среда|четверг|пятница|суббота|воскресенье|пн|вт|ср|чт|пт|сб|вс)\b",
    re.I,
)
_BESIDE_LETTERS, _BESIDE_WORDS = 30, 3  # a section or a name may stand beside the date

_NAME = r"[А-ЯЁӘІҢҒҮҰҚӨҺ][а-яёәіңғүұқөһ]+(?:-[А-ЯЁ][а-яё]+)?|[А-ЯЁӘІҢҒҮҰҚӨҺ]{3,}|[А-ЯЁ]\."
_PERSON = re.compile(rf"(?:{_NAME})(?:(?:\s+|(?<=\.))(?:{_NAME})){{1,2}}")
_AUTHOR = re.compile(
    r"(?:авторы?(?: (?:текста|статьи|материала|публикации))?|текст|корреспондент|журналист|подготовил[аи]?"
    r"|беседовал[аи]?|записал[аи]?)\s*(?P<mark>[:—–-])?\s*(?P<name>[^:]{3,80})",
    re.I,
)
_HOST = (
    r"(?!t\.me\b)(?:[A-Za-zА-Яа-яЁё0-9-]+\.)+"
    r"(?i:kz|ru|kg|uz|by|com|net|org|info|media|news|md|ua|рф|su|asia|online|me)\b"
)
_OUTLET = rf"{_HOST}|«[^»]{{2,40}}»|[A-Z][A-Za-z0-9]+(?: [A-Z][A-Za-z0-9]+){{0,2}}"
_AGENCY = (
    r"ТАСС|Интерфакс(?:-\w+)?|РИА Новости|Казинформ|КазТАГ|РБК|Спутник|Регнум|Росбалт|Медуза|Коммерсантъ?"
    r"|Ведомости"
)
_SAYS = (
    r"(?:переда[её]т|сообща[её]т|пишет|информирует|рассказывает|отмечает|уточняет)\s+"
    r"(?:(?:собственный |специальный )?(?:корреспондент|собкор|корр\.)\s+)?"
    r"(?:(?:информационное |новостное )?(?:агентство|агентства|информагентство|информагентства|ИА|МИА"
    r"|портал|портала|издание|издания|газета|газеты|телеканал|телеканала|сайт|сайта|журнал|журнала)\s+)?"
)
_DATELINES = (
    re.compile(rf"\b(?i:{_SAYS})(?:(?!пресс|компани)[а-яё]+ ){{0,3}}(?P<name>{_HOST})"),
    re.compile(rf"^/(?P<name>{_HOST})/"),
    re.compile(rf"[—–-]\s*(?P<name>{_HOST})(?=[\s.,—–-]|$)"),
    re.compile(rf"^.{{0,60}}?(?P<name>{_HOST})\s*[—–-]\s"),
    re.compile(rf"\b(?i:{_SAYS})(?P<name>{_OUTLET}|{_AGENCY})"),
    re.compile(rf"^[А-ЯЁ][^.!?]{{0,60}}[—–./-]\s*(?:ИА\s+)?(?P<name>{_AGENCY}|«[^»]{{2,40}}»)\s*[.—–-]"),
)


def moment(text: str) -> str | None:
    """The date, or date and time, that Russian text names, in ISO 8601; None if it names no day of a year."""
    found = _NUMBERED.search(text) or _WORDED.search(text)
    day = _day(found) if found else None
    if not found or not day:
        return None
    clock = _CLOCK.search(text[: found.start()] + " " + text[found.end() :])
    if not clock:
        return day
    zone = "+03:00" if re.search(r"\bмск\b", text, re.I) else ""
    return f"{day}T{int(clock['hour']):02}:{clock['minute']}{zone}"


def _day(found: re.Match[str]) -> str | None:
    parts = found.groupdict()
    if parts.get("iso"):
        return parts["iso"]
    if not parts["year"]:
        return None
    month = int(parts["month"]) if parts["month"].isdigit() else _month(parts["month"])
    return f"{parts['year']}-{month:02}-{int(parts['day']):02}" if month else None


def _month(word: str) -> int | None:
    word = word.casefold()
    for number, (stem, short) in enumerate(zip(_MONTHS, _SHORT, strict=True), 1):
        if re.match(stem, word) or (word.startswith(short) and len(word) <= len(short) + 1):
            return number
    return None


def is_date(line: str) -> bool:
    """Whether a line is there to tell a date or a time, with little else beside it."""
    worded = _WORDED.search(line)
    dated = bool(_NUMBERED.search(line) or (worded and _month(worded["month"])))
    if not dated and not _CLOCK.search(line) and not _ABOUT_DATE.search(line):
        return False
    rest = _CLOCK.sub(" ", _NUMBERED.sub(" ", line))
    rest = _ABOUT_DATE.sub(" ", _WORDED.sub(" ", rest))
    letters = sum(map(str.isalpha, rest))
    if not dated or line.endswith((".", "…")):
        return letters == 0
    return letters <= _BESIDE_LETTERS and len(re.findall(r"[^\W\d_]+", rest)) <= _BESIDE_WORDS


def author(line: str) -> str | None:
    """Who a line names as the author («Автор: …», «Подготовила …»); None if it names nobody."""
    found = _AUTHOR.fullmatch(line)
    if not found or not (found["mark"] or _PERSON.fullmatch(found["name"].rstrip("."))):
        return None
    return found["name"].strip().rstrip(".,") or None


def person(line: str) -> str | None:
    """The name a signature line consists of («Айгуль Сейтова, Вестник»); None if it is no name."""
    name = re.split(r"\s*[,|/(]\s*", line.rstrip("."), maxsplit=1)[0].strip()
    return name if len(line) <= 80 and _PERSON.fullmatch(name) else None


def source(paragraph: str) -> str | None:
    """The outlet that the opening of an article names («передаёт Qaz365.kz»); None if it names none."""
    found = next(filter(None, (pattern.search(paragraph) for pattern in _DATELINES)), None)
    return found["name"].strip("«»") if found else None
