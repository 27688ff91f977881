"""How pages put things: plurals, dates, why a word is marked. In Russian here, translated by the catalogs."""

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from flask_babel import format_date, gettext, ngettext

from search.article import Article
from search.errors import ParameterError
from search.page import Hit
from search.parser import Warning
from search.query import Interval, Query, Via, Word, leaves
from search.related import Relation
from web.languages import DEFAULT, language

NBSP = "\u00a0"


def N_(text: str) -> str:  # by gettext's custom
    """Mark a text for translation where it is not yet to be told."""
    return text


WHY: Final = {
    Via.FORM: N_("слово в той же форме"),
    Via.LEMMA: N_("другая форма слова"),
    Via.YO: N_("то же слово с ё или е"),
    Via.KAZAKH: N_("казахское написание"),
    Via.LATIN: N_("то же имя другим алфавитом"),
    Via.ABBREVIATION: N_("сокращение"),
    Via.PREFIX: N_("слово с таким началом"),
    Via.LAYOUT: N_("набрано в другой раскладке"),
    Via.TYPO: N_("исправленная опечатка"),
}
DIFFERS: Final = {
    "number": N_("число"),
    "name": N_("написание имени"),
    "first_name": N_("имя при этой фамилии"),
}
FIELDS: Final = {
    "source": N_("Источник"),
    "section": N_("Раздел"),
    "author": N_("Автор"),
    "tag": N_("Метка"),
    "origin": N_("По сообщению"),
    "person": N_("Человек"),
    "org": N_("Организация"),
    "place": N_("Место"),
    "from": N_("С"),
    "to": N_("По"),
    "in": N_("Где"),
    "match": N_("Только точные формы"),
    "collapse": N_("Сюжеты развёрнуты"),
}
PLACES: Final = {"title": N_("в заголовках"), "text": N_("в текстах")}


WARNINGS: Final = {
    "too_long": N_("Вопрос слишком длинный: взято его начало."),
    "empty": N_("В вопросе нет ни одного слова."),
    "bracket": N_("Скобки не сходятся: лишняя пропущена."),
    "or": N_("ИЛИ стоит не между словами и пропущено."),
    "not": N_("НЕ прочитано как слово; исключить слово: -слово."),
    "and": N_("AND прочитано как слово: все слова нужны и без него."),
    "minus": N_("Минус здесь не понят: его ставят прямо перед словом, фразой или фильтром."),
    "depth": N_("Скобки слишком глубоко одна в другой: внутренние пропущены."),
    "quote": N_("Кавычка не закрыта и пропущена."),
    "prefix": N_("Перед звёздочкой нужно не меньше трёх букв."),
    "date": N_("Это не дата: нужна вида 2025-06-01."),
    "clauses": N_("Слов слишком много: остальные пропущены."),
    "index_changed": N_("Архив пополнился: соседние статьи могли поменяться местами."),
}
ERRORS: Final = {
    "article_not_found": N_("Такой статьи нет: возможно, её удалили."),
    "story_not_found": N_("Такого сюжета нет: возможно, его статьи удалили."),
    "name_not_found": N_("Такого имени в архиве нет: возможно, его ещё не нашли."),
    "query_too_costly": N_("Поиск занял слишком много времени: задайте вопрос точнее."),
    "draft_too_long": N_("Черновик слишком длинный."),
}

FAULTS: Final = (
    N_("нужна дата вида 2025-06-01 или 2025-06-01T12:00+05:00"),
    N_("нужно целое число от %(least)s до %(most)s"),
    N_("страниц всего %(pages)s: уточните вопрос"),
    N_("параметр дан больше одного раза"),
    N_("пустое значение"),
    N_("значений у фильтров не больше %(most)s"),
    N_("в тексте есть знак, которого в тексте не бывает"),
    N_("текст должен быть в UTF-8"),
)
_HOLE = re.compile(r"%\\\((\w+)\\\)s")
_FAULTS: Final = {fault: re.compile(_HOLE.sub(r"(?P<\1>\\d+)", re.escape(fault))) for fault in FAULTS}


def warned(warning: Warning) -> str:
    """A warning about the question; in Russian as it is, with all it names."""
    known = language() != DEFAULT and warning.code in WARNINGS
    return str(gettext(WARNINGS[warning.code])) if known else warning.message


def faulty(fault: ParameterError) -> str:
    """What is wrong with an argument of the address; in Russian as it is."""
    no, allowed, perhaps = gettext("так нельзя."), gettext("Можно:"), gettext("Может быть,")
    words = fault.message
    if language() != DEFAULT:
        listed = f"{no} {allowed} {', '.join(fault.allowed)}"
        words = listed if fault.allowed else _translated(words)
    return f"{words}. {perhaps} {fault.nearest}?" if fault.nearest else words


def _translated(fault: str) -> str:
    for known, form in _FAULTS.items():
        if found := form.fullmatch(fault):
            return str(gettext(known, **found.groupdict()))
    return fault


def failed(code: str, words: str) -> str:
    """What went wrong, in the page's language; in Russian as it is."""
    if language() == DEFAULT:
        return words
    return str(gettext(ERRORS.get(code, words)))


def why(via: Via) -> str:
    """Why a word is marked."""
    return str(gettext(WHY[via]))


def differs(kind: str) -> str:
    """What a draft has that the archive has otherwise."""
    return str(gettext(DIFFERS[kind]))


def percent(share: float) -> str:
    """A share in whole per cent: 43 %; what is there is never 0 %."""
    return f"{max(1, round(share * 100))}{NBSP}%"


def number(count: int) -> str:
    """A number with its thousands apart."""
    return f"{count:,}".replace(",", NBSP)


def articles(count: int) -> str:
    """So many articles: 1 статья, 2 статьи, 5 статей, 11 статей, 21 статья."""
    told = ngettext("%(n)s статья", "%(n)s статей", count, n=number(count))
    return str(told).replace(" ", NBSP)


def messages(count: int) -> str:
    """So many articles of a story: 1 сообщение, 2 сообщения, 5 сообщений."""
    told = ngettext("%(n)s сообщение", "%(n)s сообщений", count, n=number(count))
    return str(told).replace(" ", NBSP)


def citation(article: Article, now: datetime) -> str:
    """An article as a footnote has it: author, title, outlet, day, address (after GOST R 7.0.5-2008)."""
    published = article.published
    day = f"{published.astimezone(now.tzinfo):%d.%m.%Y}" if published else None
    head = f"{article.author}. {article.title}" if article.author else article.title
    outlet = f"{head} // {article.source}" if article.source else head
    rest = [day, f"URL: {article.url}" if article.url else None]
    return ". ".join([outlet.rstrip("."), *filter(None, rest)])


def outcome(count: int) -> str:
    """How many articles were found."""
    return str(ngettext("Найдена %(n)s статья", "Найдено %(n)s статей", count, n=number(count)))


def when(moment: datetime, now: datetime) -> str:
    """A moment as a reader says it: сегодня, 14:05; вчера, 9:30; 5 июня, 14:05; 5 июня 2024, 14:05.

    Of a midnight only the day is told: it stands for a date without a time.
    """
    local = moment.astimezone(now.tzinfo)
    if local.date() == now.date():
        day = gettext("сегодня")
    elif local.date() == now.date() - timedelta(days=1):
        day = gettext("вчера")
    else:
        day = format_date(local.date(), "d MMMM" if local.year == now.year else "d MMMM y")
    return str(day) if local.time() == time.min else f"{day}, {local.hour}:{local.minute:02}"


def day(value: str) -> str:
    """A date of the address: 5 июня 2024; what is more than a date stays as it is."""
    try:
        return str(format_date(date.fromisoformat(value), "d MMMM y"))
    except ValueError:
        return value


def span(first: date, last: date, interval: Interval | None) -> str:
    """What a bar of the timeline stands for."""
    if interval is Interval.DAY:
        return str(format_date(first, "d MMMM y"))
    if interval is Interval.MONTH:
        return str(format_date(first, "LLLL y"))
    if interval is Interval.WEEK:
        return f"{format_date(first, 'd MMMM')} — {format_date(last, 'd MMMM y')}"
    return str(first.year)


def course(first: date, last: date, interval: Interval | None) -> str:
    """From when to when a timeline goes; one of weeks by days: a week is a course itself."""
    step = Interval.DAY if interval is Interval.WEEK else interval
    return f"{span(first, first, step)} — {span(last, last, step)}"


def apart(relation: Relation, days: float | None) -> str:
    """When a related article came out, seen from the one that is read."""
    if days is None:
        return str(gettext("без даты"))
    if relation is Relation.SAME:
        return str(gettext("об этом же"))
    if abs(days) < 1:
        return str(gettext("в те же сутки"))
    distance = round(abs(days))
    if days > 0:
        return str(ngettext("%(n)s день спустя", "%(n)s дней спустя", distance, n=number(distance)))
    return str(ngettext("%(n)s день до этого", "%(n)s дней до этого", distance, n=number(distance)))


def reasons(hit: Hit) -> list[tuple[str, str]]:
    """The marked words of a hit by why they are marked: (слово, слова; why), but for the weak ones."""
    found: dict[Via, list[str]] = {}
    passages = [(hit.article.title, hit.title_marks), *((s.text, s.marks) for s in hit.snippets)]
    for text, marks in passages:
        for mark in (one for one in marks if not one.weak):
            word, words = text[mark.start : mark.end].lower(), found.setdefault(mark.via, [])
            if word not in words:
                words.append(word)
    return [(", ".join(words), why(via)) for via, words in found.items()]


def missing(hit: Hit, query: Query) -> list[str]:
    """The words of the question that a hit does not have."""
    there = {term for places in hit.places.values() for place in places for term in place.terms}
    return [
        leaf.text
        for leaf in leaves(query.root)
        if isinstance(leaf, Word) and not leaf.weak and not {a.term for a in leaf.alternatives} & there
    ]


def numbered(page: int, pages: int) -> list[int | None]:
    """The page numbers worth showing; None stands for those left out."""
    shown = sorted({1, 2, pages, *range(page - 2, page + 3)} & set(range(1, pages + 1)))
    found: list[int | None] = []
    for each in shown:
        if found and found[-1] is not None and each - found[-1] > 1:
            found.append(None)
        found.append(each)
    return found
