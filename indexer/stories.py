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
from collections.abc import Iterable, Iterator

import numpy as np

from indexer.derived import Derived, Placed
from indexer.vectors import UNDATED, Flags, Vectors, dated, wanted
from search.article import Article, label_key
from search.document import Documents
from search.ranking import saturated, tie
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
MOST_HELD = 500_000  # articles in memory, as vectors
_DAY = 86_400


def frequent(documents: Documents) -> list[dict[str, float]]:
    """For each document the terms that tell most of it by how often they stand in it, with their weights."""
    found: list[dict[str, float]] = [{} for _ in documents.articles]
    for field, factor in (("title", TITLE), ("text", 1.0)):
        terms = documents.words[field]
        telling = np.array([is_telling(name) for name in terms.names], dtype=np.bool_)
        which = np.repeat(np.arange(len(terms.names)), terms.having)
        kept = telling[which]
        columns = (which[kept], terms.articles[kept], terms.weights[kept] * (factor / GRAIN))
        for term, article, weight in zip(*(column.tolist() for column in columns), strict=True):
            name, weights = terms.names[term], found[article]
            weights[name] = weights.get(name, 0.0) + weight
    return list(map(_most_telling, found))


def _most_telling(weights: dict[str, float]) -> dict[str, float]:
    worth = {term: _kind(term) * saturated(weight) for term, weight in weights.items()}
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
        self._days: dict[int, Vectors] = {}  # that were asked for, in full
        self._recent: Vectors | None = None
        self._moments: defaultdict[int, list[int]] = defaultdict(list)  # of each story, of what is held
        self._held = 0

    @property
    def held(self) -> int:
        """How many articles are in memory."""
        return self._held

    def place(self, article: Article, terms: dict[str, float]) -> int:
        """The number of the article's story; `terms` are its frequent ones."""
        moment = int(article.published.timestamp()) if article.published else None
        source = label_key(article.source or "")
        known = self._derived.placed(article.id)
        if known and (known.moment, known.source, set(known.terms)) == (moment, source, set(terms)):
            return known.story
        if known:
            self.remove((article.id,))
        vector = self._weighted(terms)
        story = self._nearest(moment, source, vector) or tie(article.id)
        ordered = (*vector, *(term for term in terms if term not in vector))
        placed = Placed(article.id, moment, source, story, ordered, tuple(vector.values()))
        self._derived.place(placed)
        self._hold(placed)
        return story

    def remove(self, ids: Iterable[str]) -> None:
        """Take articles out of their stories."""
        for id in ids:
            if known := self._derived.placed(id):
                self._derived.remove(id)
                moment = dated(known)
                for held in (self._recent, self._days.get(moment // _DAY)):
                    if held:
                        held.remove((id,))
                if moment in (moments := self._moments.get(known.story, [])):
                    moments.remove(moment)

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
        recent = self._last()
        recent.add([placed])
        if len(recent) == 2 * RECENT:  # in one go, which is quicker
            recent.remove(recent.ids[:RECENT])
        if placed.moment is not None:
            self._day(placed.moment // _DAY).add([placed])
        self._count([placed])
        if self._held > MOST_HELD:
            self._derived.save()
            self._clear()

    def _count(self, held: list[Placed]) -> None:
        for placed in held:
            self._moments[placed.story].append(dated(placed))
        self._held += len(held)

    def _last(self) -> Vectors:
        """The articles that came last."""
        if self._recent is None:
            last = self._derived.last(RECENT)
            self._recent = Vectors()
            self._recent.add(last)
            self._count([placed for placed in last if placed.moment is None])
        return self._recent

    def _day(self, day: int) -> Vectors:
        """The articles of a day."""
        if day not in self._days:
            kept = self._derived.between(day * _DAY, (day + 1) * _DAY)
            self._days[day] = Vectors()
            self._days[day].add(kept)
            self._count(kept)
        return self._days[day]

    def read_ahead(self, moment: int) -> None:
        """Hold what an article of a moment will be held against."""
        for _ in self._near(moment):
            pass

    def _near(self, moment: int | None) -> Iterator[tuple[Vectors, Flags]]:
        """The articles that one of a moment is held against: those near in time, else the last."""
        recent = self._last()
        flags = np.arange(len(recent)) >= len(recent) - RECENT
        yield recent, flags if moment is None else flags & (recent.moments == UNDATED)
        if moment is None:
            return
        for number in range(moment // _DAY - DAYS, moment // _DAY + DAYS + 1):
            day = self._day(number)
            yield day, np.abs(day.moments - moment) <= DAYS * _DAY

    def _nearest(self, moment: int | None, source: str, vector: dict[str, float]) -> int | None:
        """The story that an article is most like, if it is like one enough."""
        asked = wanted(vector)
        near = [(some, flags, some.likeness(asked)) for some, flags in self._near(moment) if flags.any()]
        tops: dict[int, float] = {}
        for some, flags, likeness in near:
            for row in np.flatnonzero(flags & (likeness >= NEAREST)).tolist():
                story, like = int(some.stories[row]), float(likeness[row])
                serial = some.sources[row] == source and self._is_serial(vector, some.ids[row], like)
                if not serial:
                    tops[story] = max(tops.get(story, 0.0), like)
        best: tuple[float, int] | None = None
        for story, top in tops.items():
            members = np.concatenate(
                [likeness[flags & (some.stories == story)] for some, flags, likeness in near]
            )
            mean, more = float(members.mean()), GROWN * math.log2(1 + len(self._moments[story]))
            if top >= NEAREST + more and mean >= WHOLE + more and not self._is_over(story, moment):
                best = max(best or (0.0, 0), (mean + top, story))
        return best[1] if best else None

    def _is_serial(self, vector: dict[str, float], id: str, like: float) -> bool:
        """Whether an article and another of its outlet are notices of one form with other numbers.

        Such as of fuel prices, or power cuts.
        """
        other = self._derived.placed(id)
        one, two = (
            {t: w for t, w in v.items() if t[0].isdigit()} for v in (vector, other.vector if other else {})
        )
        rest = math.sqrt((1.0 - _squares(one)) * (1.0 - _squares(two))) or 1.0
        form = (like - sum(weight * two.get(term, 0.0) for term, weight in one.items())) / rest
        return form >= SERIAL and len(one.keys() & two.keys()) < SAME_NUMBERS * len(one.keys() | two.keys())

    def _is_over(self, story: int, moment: int | None) -> bool:
        """Whether a story would last too long with an article of this moment."""
        moments = [other for other in self._moments[story] if other != UNDATED]
        if moment is None or not moments:
            return False
        return max(*moments, moment) - min(*moments, moment) > LONGEST_DAYS * _DAY


def _squares(vector: dict[str, float]) -> float:
    return min(1.0, sum(weight * weight for weight in vector.values()))
