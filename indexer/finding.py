"""Finding names: spans of a text that speak of a person, an organisation or a place, by natasha's models.

The models come with the extra `svodka[names]`: slovnet's tagger over navec's embeddings (Kukushkin,
«Наташа», 2020). They are read from natasha's package without importing it; natasha's own base forms are not
used. Only the loader comes here.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from indexer.named import Mention
from search.article import Article
from search.russian.mentions import is_common

KINDS = {"PER": "person", "ORG": "org", "LOC": "place"}
MOST_CHARACTERS = 30_000  # of a text that are looked through: the longest news is shorter
LONGEST = 120  # characters of a name; what is longer is a list that was taken for one
_PIECE = 8_000  # characters that are tagged at a time
_EDGES = " \t\n.,;:!?-–—\"'`()[]{}…•/|*_"
_SENTENCE_ENDS = ".!?…\n"
_QUOTES = "«»“”„"
# An office that is a first name, too: where a sentence begins it is the office, and what it is of may follow.
_OFFICE = re.compile(r"Аким\s+(?:(?:\S+\s+)+(?=\S+\s+\S+$))?")
_WHOLE_QUOTE = re.compile(f"[«“„][^{_QUOTES}]*[»”“]")


def installed() -> bool:
    """Whether names can be found here: whether the extra is installed."""
    return all(find_spec(name) is not None for name in ("natasha", "slovnet", "navec", "threadpoolctl"))


@cache
def _tagger() -> Any:
    """The tagger of names, loaded once per process at first use: half a second, 150 MB."""
    from navec import Navec
    from slovnet import NER
    from threadpoolctl import threadpool_limits

    # Threads of small products wait for each other four times as long as the products take.
    threadpool_limits(1, "blas")
    spec = find_spec("natasha")
    folder = Path((spec and spec.origin) or "").parent / "data"
    tagger = NER.load(folder / "model" / "slovnet_ner_news_v1.tar")
    tagger.navec(Navec.load(folder / "emb" / "navec_news_v1_1B_250K_300d_100q.tar"))
    return tagger


def spans(text: str) -> Iterator[tuple[int, int, str]]:
    """The names of a text, as (start, end, kind)."""
    for offset, piece in _pieces(text):
        for span in _tagger()(piece).spans:
            start, end = _trimmed(piece, span.start, span.stop)
            begins = _begins(piece, start)
            if begins and (office := _OFFICE.match(piece[start:end])):
                start, begins = start + office.end(), False
            if _is_name(piece[start:end], begins=begins):
                yield offset + start, offset + end, KINDS[span.type]


def mentions(article: Article) -> tuple[Mention, ...]:
    """The names that stand in an article."""
    text = f"{article.title}\n{article.text[:MOST_CHARACTERS]}"
    found: dict[tuple[str, str], list[int]] = {}
    for start, end, kind in spans(text):
        found.setdefault((kind, " ".join(text[start:end].split())), []).append(start)
    return tuple(Mention(*surface, len(places), places[0]) for surface, places in found.items())


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """A text in pieces that end with a line, or with a word where a line is very long."""
    start = 0
    while start < len(text):
        end = start + _PIECE
        if end < len(text):
            line, word = text.rfind("\n", start, end), text.rfind(" ", start, end)
            end = line + 1 if line > start else word + 1 if word > start else end
        if text[start:end].strip():
            yield start, text[start:end]
        start = end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A span without what stands around the name, a second name in brackets, and single quotes."""
    bracket = text.find("(", start, end)
    end = bracket if bracket > start else end
    while start < end and (text[start] in _EDGES or _is_single(text[start:end], 0)):
        start += 1
    while start < end and (text[end - 1] in _EDGES or _is_single(text[start:end], -1)):
        end -= 1
    return start, end


def _is_single(name: str, at: int) -> bool:
    """Whether a name begins (or ends) with a quote that does not belong to a pair inside of it."""
    others = name[1:] if at == 0 else name[:-1]
    return name[at] in _QUOTES and (
        not set(_QUOTES) & set(others) or _WHOLE_QUOTE.fullmatch(name) is not None
    )


def _begins(text: str, start: int) -> bool:
    """Whether a sentence begins somewhere."""
    while start > 0 and text[start - 1] in " \t":
        start -= 1
    return start == 0 or text[start - 1] in _SENTENCE_ENDS


def _is_name(name: str, *, begins: bool) -> bool:
    """Whether a span may be a name: not a common word that has its capital from the sentence it begins."""
    letters = sum(map(str.isalpha, name))
    if letters < 2 or len(name) > LONGEST or name.islower():
        return False
    return not (begins and is_common(name))
