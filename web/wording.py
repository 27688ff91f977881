"""How pages put things in Russian: plurals, dates, why a word is marked."""

from datetime import datetime, timedelta
from typing import Final

from search.query import Via
from search.related import Relation

_MONTHS = (
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()  # noqa: SIM905
)
WHY: Final = {
    Via.FORM: "слово в той же форме",
    Via.LEMMA: "другая форма слова",
    Via.YO: "то же слово с ё или е",
    Via.KAZAKH: "казахское написание",
    Via.LATIN: "то же имя другим алфавитом",
    Via.ABBREVIATION: "сокращение",
    Via.PREFIX: "слово с таким началом",
    Via.LAYOUT: "набрано в другой раскладке",
    Via.TYPO: "исправленная опечатка",
}

DIFFERS: Final = {
    "number": "число",
    "name": "написание имени",
    "first_name": "имя при этой фамилии",
}


def percent(share: float) -> str:
    """A share in whole per cent: 43 %; what is there is never 0 %."""
    return f"{max(1, round(share * 100))}\u00a0%"


def plural(number: int, one: str, few: str, many: str) -> str:
    """The number with its noun: 1 статья, 2 статьи, 5 статей, 11 статей, 21 статья."""
    if number % 10 == 1 and number % 100 != 11:
        noun = one
    elif number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14):
        noun = few
    else:
        noun = many
    return f"{number:,} {noun}".replace(",", "\u00a0").replace(" ", "\u00a0")


def articles(number: int) -> str:
    """So many articles."""
    return plural(number, "статья", "статьи", "статей")


def when(moment: datetime, now: datetime) -> str:
    """A moment as a reader says it: сегодня, 14:05; вчера, 9:30; 5 июня, 14:05; 5 июня 2024, 14:05."""
    local = moment.astimezone(now.tzinfo)
    time = f"{local.hour}:{local.minute:02}"
    if local.date() == now.date():
        return f"сегодня, {time}"
    if local.date() == now.date() - timedelta(days=1):
        return f"вчера, {time}"
    year = "" if local.year == now.year else f" {local.year}"
    return f"{local.day} {_MONTHS[local.month - 1]}{year}, {time}"


def apart(relation: Relation, days: float | None) -> str:
    """When a related article came out, seen from the one that is read."""
    if days is None:
        return "без даты"
    if relation is Relation.SAME:
        return "об этом же"
    distance = plural(max(1, round(abs(days))), "день", "дня", "дней")
    return f"{distance} спустя" if days > 0 else f"{distance} до этого"


def numbered(page: int, pages: int) -> list[int | None]:
    """The page numbers worth showing; None stands for those left out."""
    shown = sorted({1, 2, pages, *range(page - 2, page + 3)} & set(range(1, pages + 1)))
    found: list[int | None] = []
    for number in shown:
        if found and found[-1] is not None and number - found[-1] > 1:
            found.append(None)
        found.append(number)
    return found
