"""pymorphy3's analyser: the same readings as it gives as it comes, for a part of the time.

Every form that a text has for the first time is looked up here. What a place in a paradigm tells is made once
and not for each form, and the chances of tags are asked for only of forms that have any.
"""

from functools import cache
from typing import Any

import pymorphy3
from pymorphy3.analyzer import ProbabilityEstimator
from pymorphy3.lang.ru.config import DEFAULT_UNITS
from pymorphy3.units import DictionaryAnalyzer

Found = tuple[Any, ...]  # word, tag, normal form, score, methods


class _Dictionary(DictionaryAnalyzer):  # type: ignore[misc] # pymorphy3 has no types
    """Looks a form up among the words of the dictionary."""

    def init(self, morph: Any) -> None:
        super().init(morph)
        self._places: dict[tuple[int, int], tuple[Any, ...]] = {}

    def parse(self, _: str, word_lower: str, __: object) -> list[Found]:
        places, found = self._places, []
        for fixed, each in self.dict.words.similar_items(word_lower, self.morph.char_substitutes):
            for place in each:
                tag, begin, end, before, after = places.get(place) or self._place(place)
                normal = before + fixed[begin : len(fixed) - end] + after
                found.append((fixed, tag, normal, 1.0, ((self, fixed, *place),)))
        return found

    def _place(self, place: tuple[int, int]) -> tuple[Any, ...]:
        """Of a place in a paradigm the tag, how many letters are added to the stem, and the base form's."""
        number, at = place
        paradigm = self.dict.paradigms[number]
        prefixes, suffixes = self.dict.paradigm_prefixes, self.dict.suffixes
        first = len(paradigm) // 3 * 2  # of the prefixes; the suffixes come first
        added = len(prefixes[paradigm[first + at]]), len(suffixes[paradigm[at]])
        base = prefixes[paradigm[first]], suffixes[paradigm[0]]
        known = self._places[place] = self.dict.build_tag_info(number, at), *added, *base
        return known


class _Chances(ProbabilityEstimator):  # type: ignore[misc] # pymorphy3 has no types
    """How likely the readings of a form are; few forms have any chances of their own."""

    def apply_to_parses(self, word: str, word_lower: str, parses: list[Found]) -> list[Found]:
        if self.p_t_given_w.has_keys_with_prefix(word_lower + ":"):
            return list(super().apply_to_parses(word, word_lower, parses))
        share = 1.0 / (sum(one[3] for one in parses) or 1.0)
        return [(*one[:3], one[3] * share, one[4]) for one in parses]


@cache
def morphology() -> pymorphy3.MorphAnalyzer:
    """The analyser, loaded once per process at first use."""
    (_, *initials), *others = DEFAULT_UNITS
    units = [[_Dictionary(), *initials], *others]
    return pymorphy3.MorphAnalyzer(lang="ru", units=units, probability_estimator_cls=_Chances)
