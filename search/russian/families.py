"""Words of one family: Канада, канадский, канадец. Prefixes are left alone, since they change the meaning.

A lemma is cut down to what its relatives share, much as Snowball's stemmer cuts endings (Porter, «Snowball: a
language for stemming algorithms», 2001), but with the suffixes that make one word of another.
"""

from functools import lru_cache

from search.russian.lemmas import FORMS_KEPT, is_weak, known, lemmas

SHORTEST = 4  # letters that are left at least
_ENDINGS = frozenset(
    (
        "ться", "тись", "ть", "ти", *"аяоеыиуюьй",
        *(a + b for heads, tails in (("ыиоь", "йе"), ("аеио", "я")) for a in heads for b in tails),
    )
)  # fmt: skip
_SUFFIX = (
    "изирова|ирова|ова|ева|ыва|ива|ну"  # требовать, подписывать
    "|изирован|ировани|ирован|овани|ани|ени|яни|аци|яци|ици|ци"  # требование, организация
    "|ическ|ческ|ийск|ианск|анск|янск|енск|инск|ск"  # канадский
    "|альн|арн|ивн|очн|енн|онн|н"  # коронавирусный
    "|ств|еств|ост|изм|ист|тель|ник|чик|щик|анин|янин|иан|ец|иц|ач|к|ц"  # депутатка, хоккеист
    "|ов|ев|ин|а|я|е|и|о|ь|ы"
)
_SUFFIXES = frozenset(_SUFFIX.split("|"))
_LONGEST = max(map(len, _SUFFIXES))


@lru_cache(maxsize=FORMS_KEPT)
def family(lemma: str) -> str:
    """What a lemma shares with the words of its family."""
    stem = _cut(lemma, _ENDINGS)
    if len(stem) < SHORTEST:
        return lemma
    while (shorter := _cut(stem, _SUFFIXES)) != stem and len(shorter) >= SHORTEST:
        stem = shorter
    return stem


def _cut(word: str, endings: frozenset[str]) -> str:
    """A word without the longest of some endings that it has."""
    return next((word[:-size] for size in range(_LONGEST, 0, -1) if word[-size:] in endings), word)


@lru_cache(maxsize=FORMS_KEPT)
def families(form: str, capitalised: bool) -> dict[str, float]:
    """The families of a folded form with their likelihoods; none for weak words and possible names."""
    if is_weak(form) or (capitalised and not known(form)):
        return {}
    found: dict[str, float] = {}
    for lemma, weight in lemmas(form):
        if len(lemma) >= SHORTEST and lemma.isalpha():
            found[family(lemma)] = found.get(family(lemma), 0.0) + weight
    return found
