"""Why a word is marked, derived again from the two words alone, for thousands of marks."""

from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

from indexer.formats import read
from search.article import Article
from search.query import Via
from search.russian.analysis import terms
from search.russian.folding import fold, has_kazakh_letters
from search.russian.tokens import tokenise
from tests.conftest import ROOT, ask, indexed

ENOUGH = 5000


def lemmas(written: str) -> set[str]:
    """What a word may be found by, but for its exact form and its sounds."""
    return {term.lstrip("#") for term, _ in terms(written) if term[0] not in "=~"}


def is_latin(written: str) -> bool:
    return any("a" <= letter <= "z" for letter in written.lower())


def explains(via: Via, typed: str, written: str) -> bool:
    """Whether this route leads from what was typed to what is written."""
    same = typed.lower() == written.lower()
    if via is Via.FORM:
        return same or fold(typed) == fold(written)
    if via is Via.YO:
        return not same and typed.lower().replace("ё", "е") == written.lower().replace("ё", "е")
    if via is Via.KAZAKH:
        return has_kazakh_letters(typed) or has_kazakh_letters(written)
    if via is Via.LATIN:
        return is_latin(typed) != is_latin(written)
    if via is Via.ABBREVIATION:
        return sum(letter.isupper() for letter in written) > 1
    if via is Via.PREFIX:
        return fold(written).startswith(fold(typed).rstrip("*"))
    return bool(lemmas(typed) & lemmas(written))


def test_route_of_every_mark_can_be_derived_again(tmp_path: Path) -> None:
    some = [item for item in read(ROOT / "samples", ZoneInfo("Asia/Almaty")) if isinstance(item, Article)]
    words = sorted(
        {token.text for article in some for token in tokenise(article.title) if token.kind == "word"}
    )
    seen: Counter[Via] = Counter()
    wrong: list[tuple[str, str, str]] = []
    with indexed(tmp_path, some) as reader:
        for q in (*words, *(f"{word[:4]}*" for word in words if len(word) > 4), "кармаш", "samsung", "Токаш"):
            for hit in ask(reader, q, repair="off", per_page="100", snippets="5").page.hits:
                title = [(hit.article.title, mark) for mark in hit.title_marks]
                text = [(snippet.text, mark) for snippet in hit.snippets for mark in snippet.marks]
                for whole, mark in title + text:
                    written = whole[mark.start : mark.end]
                    seen[mark.via] += 1
                    parts = [q, *q.split("-")]
                    pieces = [written, *written.split("-")]
                    if not any(explains(mark.via, a, b) for a in parts for b in pieces if a and b):
                        wrong.append((q, written, mark.via.value))
    assert seen.total() >= ENOUGH
    assert len(seen) >= 6
    assert wrong == []
