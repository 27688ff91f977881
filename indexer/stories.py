"""Stories: articles on one event, found as the articles come in.

An article is held against those of the days around it: by the terms that tell most of it, weighted by how
rare they are, names and numbers above common words (cosine). It joins the story it is most like, if it is
like enough to its nearest article there and to the story on average; else it begins one. A story's number is
made from the id of its first article, and stays as the story grows. The first such scheme was Allan, Papka
and Lavrenko's, «On-line new event detection and tracking», 1998; the average keeps stories from growing
into each other, which a single threshold does not.
"""

import math
from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from indexer.derived import Derived, Placed
from search.article import Article, label_key
from search.document import Documents
from search.ranking import tie
from search.related import NAME, TITLE, is_name, is_telling
from search.terms import GRAIN

DAYS = 2  # between an article and the others of a story that it is held against
LONGEST_DAYS = 10  # from the first to the last article of a story
KEPT = 60  # frequent terms of an article that are weighed
TERMS = 40  # that are left when their rarity is known
NUMBER = 1.2  # a number tells more than a common word
NEAREST = 0.33  # likeness to the nearest article of a story, at least
WHOLE = 0.25  # and to its articles on average
GROWN = 0.01  # more is asked each time a story has doubled
RECENT = 500  # articles that came last: those without a date are held against them
SERIAL = 0.6  # likeness but for numbers from which on two notices of one outlet may be a series, no story
SAME_NUMBERS = 0.5  # of their numbers are the same where they are not
MOST_HELD = 20_000  # articles in memory
_DAY = 86_400


def frequent(documents: Documents) -> list[dict[str, float]]:
    """For each document the terms that tell most of it by how often they stand in it, with their weights."""
    found: list[dict[str, float]] = [{} for _ in documents.articles]
    for field, factor in (("title", TITLE), ("text", 1.0)):
        terms = documents.words[field]
        telling = np.array([is_telling(name, numbers=True) for name in terms.names], dtype=np.bool_)
        which = np.repeat(np.arange(len(terms.names)), terms.having)
        kept = telling[which]
        columns = (which[kept], terms.articles[kept], terms.weights[kept] * (factor / GRAIN))
        for term, article, weight in zip(*(column.tolist() for column in columns), strict=True):
            name, weights = terms.names[term], found[article]
            weights[name] = weights.get(name, 0.0) + weight
    return list(map(_most_telling, found))


def _most_telling(weights: dict[str, float]) -> dict[str, float]:
    worth = {term: _kind(term) * weight / (weight + 1.2) for term, weight in weights.items()}
    best = sorted(worth, key=lambda term: (-worth[term], term))[:KEPT]
    return {term: worth[term] for term in best}


def _kind(term: str) -> float:
    if term[0].isdigit():
        return NUMBER
    return NAME if is_name(term) else 1.0


class Stories:
    """Finds the story of each article that comes in; what it found is kept in `derived`."""

    def __init__(self, derived: Derived) -> None:
        self._derived = derived
        self._clear()

    def _clear(self) -> None:
        self._held: dict[str, Placed] = {}
        self._members: dict[int, list[str]] = defaultdict(list)
        self._having: dict[int | None, dict[str, dict[str, float]]] = {}  # by day and term: article, weight
        self._whole: set[int] = set()  # days that are held in full
        self._recent: dict[str, dict[str, float]] | None = None

    def place(self, article: Article, terms: dict[str, float]) -> int:
        """The number of the article's story; `terms` are its frequent ones."""
        moment = int(article.published.timestamp()) if article.published else None
        source = label_key(article.source or "")
        known = self._derived.placed(article.id)
        if known and (known.moment, known.source, set(known.terms)) == (moment, source, set(terms)):
            return known.story
        self.remove((article.id,))
        vector = self._weighted(terms)
        story = self._nearest(moment, source, vector) or tie(article.id)
        ordered = (*vector, *(term for term in terms if term not in vector))
        placed = Placed(article.id, moment, source, story, ordered, tuple(vector.values()))
        self._derived.place(placed)
        self._hold(placed)
        if len(self._held) > MOST_HELD:
            self._derived.save()
            self._clear()
        return story

    def remove(self, ids: Iterable[str]) -> None:
        """Take articles out of their stories."""
        for id in ids:
            self._derived.remove(id)
            if self._recent is not None:
                self._recent.pop(id, None)
            if held := self._held.pop(id, None):
                self._members[held.story].remove(id)
                for term in held.vector:
                    self._having[_day(held.moment)][term].pop(id, None)

    def save(self) -> None:
        """Keep what was found since the last time."""
        self._derived.save()

    def _weighted(self, terms: dict[str, float]) -> dict[str, float]:
        """The terms by how much they tell, as a vector of length 1."""
        articles, having = self._derived.frequencies(terms)
        weights = {
            term: weight * math.log1p((1 + articles) / (1 + having[term])) for term, weight in terms.items()
        }
        best = sorted(weights, key=lambda term: (-weights[term], term))[:TERMS]
        length = math.sqrt(sum(weights[term] ** 2 for term in best)) or 1.0
        return {term: round(weights[term] / length, 4) for term in best}

    def _hold(self, placed: Placed) -> None:
        if placed.id not in self._held:
            self._held[placed.id] = placed
            self._members[placed.story].append(placed.id)
            having = self._having.setdefault(_day(placed.moment), {})
            for term, weight in placed.vector.items():
                having.setdefault(term, {})[placed.id] = weight
        if self._recent is not None:
            self._recent[placed.id] = placed.vector
            if len(self._recent) > RECENT:
                del self._recent[next(iter(self._recent))]

    def _ready(self, moment: int | None) -> None:
        """Make the articles that came last and those of the days around a moment be held."""
        if self._recent is None:
            self._recent = {}
            for placed in self._derived.last(RECENT):
                self._hold(placed)
        for day in _days(moment):
            if day not in self._whole:
                self._whole.add(day)
                for placed in self._derived.between(day * _DAY, (day + 1) * _DAY):
                    self._hold(placed)

    def _likeness(self, moment: int | None, vector: dict[str, float]) -> dict[str, float]:
        """How like an article others are, those that it is held against among them."""
        recent = self._recent or {}
        if moment is None:
            return {
                id: sum(weight * vector[term] for term, weight in other.items() if term in vector)
                for id, other in recent.items()
            }
        found: dict[str, float] = defaultdict(float)
        for day in (*_days(moment), None):
            having = self._having.get(day, {})
            for term, weight in vector.items():
                for id, other_weight in having.get(term, {}).items():
                    found[id] += weight * other_weight
        return found

    def _nearest(self, moment: int | None, source: str, vector: dict[str, float]) -> int | None:
        """The story that an article is most like, if it is like one enough."""
        self._ready(moment)
        likeness = self._likeness(moment, vector)
        tops: dict[int, float] = {}
        for id, like in likeness.items():
            if like < NEAREST or not self._is_near(moment, id):
                continue
            if not self._is_serial(source, vector, id, like):
                story = self._held[id].story
                tops[story] = max(tops.get(story, 0.0), like)
        best: tuple[float, int] | None = None
        for story, top in tops.items():
            members = [id for id in self._members[story] if self._is_near(moment, id)]
            mean = sum(likeness.get(id, 0.0) for id in members) / len(members)
            more = GROWN * math.log2(1 + len(self._members[story]))
            if top >= NEAREST + more and mean >= WHOLE + more and not self._is_over(story, moment):
                best = max(best or (0.0, 0), (mean + top, story))
        return best[1] if best else None

    def _is_near(self, moment: int | None, id: str) -> bool:
        """Whether an article is held against another: in time, or, without a date, in the order they came."""
        other = self._held[id].moment
        if moment is None or other is None:
            return self._recent is not None and id in self._recent
        return abs(moment - other) <= DAYS * _DAY

    def _is_serial(self, source: str, vector: dict[str, float], id: str, like: float) -> bool:
        """Whether two articles are notices of one form (fuel prices, power cuts) with other numbers."""
        other = self._held[id]
        if other.source != source:
            return False
        one, two = ({t: w for t, w in v.items() if t[0].isdigit()} for v in (vector, other.vector))
        rest = math.sqrt((1.0 - _squares(one)) * (1.0 - _squares(two))) or 1.0
        form = (like - sum(weight * two.get(term, 0.0) for term, weight in one.items())) / rest
        return form >= SERIAL and len(one.keys() & two.keys()) < SAME_NUMBERS * len(one.keys() | two.keys())

    def _is_over(self, story: int, moment: int | None) -> bool:
        """Whether a story would last too long with an article of this moment."""
        moments = [m for id in self._members[story] if (m := self._held[id].moment) is not None]
        if moment is None or not moments:
            return False
        return max(*moments, moment) - min(*moments, moment) > LONGEST_DAYS * _DAY


def _day(moment: int | None) -> int | None:
    return None if moment is None else moment // _DAY


def _days(moment: int | None) -> range:
    """The days around a moment; without one there are none."""
    return range(0) if moment is None else range(moment // _DAY - DAYS, moment // _DAY + DAYS + 1)


def _squares(vector: dict[str, float]) -> float:
    return min(1.0, sum(weight * weight for weight in vector.values()))
