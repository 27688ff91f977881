"""What names the articles have, kept apart from the archive: derived data with a version of its own.

Every name is kept as it stands in its articles. What it is the name of depends on the forms that other
articles have, so it is settled anew when these change; an article whose names are others than the index
shows is *waiting*. How many articles have a form counts by its power of two: otherwise every article would
have a say in every name. A surname that stands alone in an article is of the person who nearly always bears
it in the others; who that is is looked up anew each time the archive has grown by a tenth.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from indexer.archive import Archive
from indexer.database import Ask, check
from indexer.derived import Store, belongs
from search.article import Article
from search.names import KINDS, Names, name_key
from search.russian.mentions import beside, is_common, person, thing, whole, words

ANALYSIS = 7  # raised with every change of what is found, and how
_SCHEMA = """
DROP TABLE IF EXISTS named;
DROP TABLE IF EXISTS mentions;
DROP TABLE IF EXISTS surfaces;
DROP TABLE IF EXISTS standing;
DROP TABLE IF EXISTS forms;
DROP TABLE IF EXISTS bearers;
DROP TABLE IF EXISTS progress;
CREATE TABLE named (
    id TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    waiting INTEGER NOT NULL,
    shown INTEGER NOT NULL  -- by the commit of this generation; 0 where with the words, or not yet
) WITHOUT ROWID;
CREATE INDEX waiting ON named (id) WHERE waiting;
CREATE TABLE mentions (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    surface TEXT NOT NULL,  -- a name as it stands in an article
    times INTEGER NOT NULL,
    place INTEGER NOT NULL,  -- where first
    PRIMARY KEY (id, kind, surface)
) WITHOUT ROWID;
CREATE INDEX mentioning ON mentions (kind, surface);
CREATE TABLE surfaces (
    kind TEXT NOT NULL,
    surface TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (kind, surface)
) WITHOUT ROWID;
CREATE TABLE standing (  -- a form among the words of a surface
    form TEXT NOT NULL,
    kind TEXT NOT NULL,
    surface TEXT NOT NULL,
    PRIMARY KEY (form, kind, surface)
) WITHOUT ROWID;
CREATE TABLE forms (form TEXT PRIMARY KEY, articles INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX names ON surfaces (kind, name);
CREATE TABLE bearers (surname TEXT PRIMARY KEY, name TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE progress (position INTEGER NOT NULL, borne INTEGER NOT NULL);
INSERT INTO progress VALUES (0, 0);
"""
_GROWN = 1.1  # times as many articles as when the bearers of surnames were last looked up
_BEARING = 5  # articles, at least, that have a surname with the first name that nearly always goes with it…
_ALWAYS = 0.9  # …in so many of those that have it with any


class Mention(NamedTuple):
    """A name as it stands in an article: how often, and where first."""

    kind: str
    surface: str
    times: int
    place: int


class Found(NamedTuple):
    """The mentions of an article; None for one that was removed."""

    id: str
    digest: str
    mentions: tuple[Mention, ...] | None


class Standing(NamedTuple):
    """A name as it stands in an article, its base form, and the name it is short for there, or the same."""

    kind: str
    surface: str
    base: str
    name: str
    times: int


Surface = tuple[str, str]  # kind, and the name as it stands


def digest(article: Article) -> str:
    """What changes with the words of an article."""
    return blake2b(f"{article.title}\0{article.text}".encode(), digest_size=12).hexdigest()


class Named(Store):
    """The names of the archive in a file, made if it is not there."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, ANALYSIS, _SCHEMA)
        self._counts: dict[str, int] = {}

    @staticmethod
    def check(path: Path, archive: Archive) -> str | None:
        """What is wrong with a file of these, if it is there and anything is; changes nothing."""
        own = belongs(archive, "SELECT id FROM named", "SELECT position FROM progress")
        return check(path, ANALYSIS, _agree, own)

    def position(self) -> int:
        """How far in the archive names were looked for."""
        return int(self._one("SELECT position FROM progress")[0])

    def names(self, article: Article) -> Names | None:
        """The names of an article; None where they were not looked for, or its words were others then."""
        row = self._one("SELECT digest FROM named WHERE id = ?", article.id)
        if row is None or row[0] != digest(article):
            return None
        return self._names(article.id)

    def waiting(self, most: int) -> list[str]:
        """Ids of articles whose names the index does not show yet."""
        rows = self._all("SELECT id FROM named WHERE waiting ORDER BY id LIMIT ?", most)
        return [row[0] for row in rows]

    def counts(self) -> tuple[int, int]:
        """How many articles were looked through, and how many of them are waiting."""
        articles, waiting = self._one("SELECT count(*), coalesce(sum(waiting), 0) FROM named")
        return int(articles), int(waiting)

    def show(self, ids: Iterable[str], generation: int) -> None:
        """Remember that a commit shows the names of some articles."""
        with self.changing():
            rows = ((generation, id) for id in ids)
            self._each("UPDATE named SET waiting = 0, shown = ? WHERE id = ?", rows)

    def distrust(self, generation: int) -> None:
        """Let the articles wait whose names were shown after a generation, by commits the index lacks."""
        if self._one("SELECT 1 FROM named WHERE shown > ? LIMIT 1", generation):
            with self.changing():
                self._each("UPDATE named SET waiting = 1, shown = 0 WHERE shown > ?", [(generation,)])

    def take(self, before: int, position: int, found: Sequence[Found]) -> None:
        """Keep what was found in the articles between two positions, unless another process was faster."""
        self._counts = {}
        with self.changing():
            if self.position() != before:
                return
            changed: Counter[str] = Counter()
            for one in found:
                changed.subtract(self._forms(one.id))
                self._keep(one)
                changed.update(self._forms(one.id))
            self._settle(self._fresh(found) | self._beside(self._counted(changed)))
            self._each("UPDATE progress SET position = ?", [(position,)])
            articles = self.counts()[0]
            if articles > _GROWN * self._one("SELECT borne FROM progress")[0]:
                self._look_up_bearers()
                self._each("UPDATE progress SET borne = ?", [(articles,)])

    def _look_up_bearers(self) -> None:
        """Find out who is meant by a surname alone; articles where that is somebody else now wait."""
        sql = (
            "SELECT name, count(DISTINCT id) FROM surfaces JOIN mentions USING (kind, surface)"
            " WHERE kind = 'person' AND name LIKE '% %' AND name NOT LIKE '%.%' GROUP BY name"
        )
        bearing: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for name, articles in self._all(sql):
            bearing[name.rpartition(" ")[2]][name] += articles
        found = {}
        for surname, names in bearing.items():
            ((name, most),) = names.most_common(1)
            if most >= max(_BEARING, _ALWAYS * names.total()):
                found[surname] = name
        before = dict(self._all("SELECT surname, name FROM bearers"))
        changed = [surname for surname in before | found if before.get(surname) != found.get(surname)]
        self._each("DELETE FROM bearers WHERE surname = ?", ((surname,) for surname in changed))
        rows = ((surname, found[surname]) for surname in changed if surname in found)
        self._each("INSERT INTO bearers VALUES (?, ?)", rows)
        self._each(
            "UPDATE named SET waiting = 1 WHERE id IN ("
            "SELECT id FROM surfaces JOIN mentions USING (kind, surface) WHERE kind = 'person' AND name = ?)",
            ((surname,) for surname in changed),
        )

    def _bearer(self, name: str) -> str:
        """Who nearly always bears a surname; the name itself where it is none, or many do."""
        row = self._one("SELECT name FROM bearers WHERE surname = ?", name)
        return str(row[0]) if row else name

    def _keep(self, found: Found) -> None:
        """Replace the mentions of an article."""
        had = self._one("SELECT count(*) FROM mentions WHERE id = ?", found.id)[0]
        self._each("DELETE FROM mentions WHERE id = ?", [(found.id,)])
        self._each("DELETE FROM named WHERE id = ?", [(found.id,)])
        if found.mentions is not None:
            waiting = int(bool(had or found.mentions))
            self._each("INSERT INTO named VALUES (?, ?, ?, 0)", [(found.id, found.digest, waiting)])
            rows = ((found.id, *mention) for mention in found.mentions)
            self._each("INSERT INTO mentions VALUES (?, ?, ?, ?, ?)", rows)

    def _forms(self, id: str) -> set[str]:
        surfaces = self._all("SELECT surface FROM mentions WHERE id = ?", id)
        return {form for (surface,) in surfaces for form in words(surface)}

    def _fresh(self, found: Iterable[Found]) -> set[Surface]:
        """The surfaces that are met for the first time."""
        rows = self._all(
            "SELECT DISTINCT kind, surface FROM mentions WHERE id IN (SELECT value FROM json_each(?))"
            " EXCEPT SELECT kind, surface FROM surfaces",
            json.dumps([one.id for one in found]),
        )
        self._each("INSERT INTO surfaces VALUES (?, ?, '')", rows)
        standing = ((form, kind, surface) for kind, surface in rows for form in set(words(surface)))
        self._each("INSERT INTO standing VALUES (?, ?, ?)", standing)
        return set(rows)

    def _counted(self, changed: Mapping[str, int]) -> list[str]:
        """Count the articles that have each form; those forms whose number is of another power of two now."""
        moved = []
        for form, change in changed.items():
            before = self._having(form)
            if before.bit_length() != (before + change).bit_length():
                moved.append(form)
        self._each(
            "INSERT INTO forms VALUES (?, ?)"
            " ON CONFLICT (form) DO UPDATE SET articles = articles + excluded.articles",
            ((form, change) for form, change in changed.items() if change),
        )
        return moved

    def _having(self, form: str) -> int:
        row = self._one("SELECT articles FROM forms WHERE form = ?", form)
        return int(row[0]) if row else 0

    def _count(self, form: str) -> int:
        """How many articles have a form, as the power of two below."""
        if form not in self._counts:
            self._counts[form] = 1 << (having.bit_length() - 1) if (having := self._having(form)) else 0
        return self._counts[form]

    def _beside(self, moved: Iterable[str]) -> set[Surface]:
        """The surfaces in whose names some forms have a say."""
        near = sorted({other for form in moved for other in beside(form)})
        sql = "SELECT DISTINCT kind, surface FROM standing WHERE form IN (SELECT value FROM json_each(?))"
        return set(self._all(sql, json.dumps(near)))

    def _settle(self, surfaces: Iterable[Surface]) -> None:
        """Find out what surfaces are the names of; the articles of those that are others now wait."""
        for kind, surface in surfaces:
            if kind == "person":
                name = person(surface, self._count)
            else:
                name = thing(surface, self._count, place=kind == "place")
            before = self._one("SELECT name FROM surfaces WHERE kind = ? AND surface = ?", kind, surface)
            if (name,) != before:
                sql = "UPDATE surfaces SET name = ? WHERE kind = ? AND surface = ?"
                self._each(sql, [(name, kind, surface)])
                self._each(
                    "UPDATE named SET waiting = 1"
                    " WHERE id IN (SELECT id FROM mentions WHERE kind = ? AND surface = ?)",
                    [(kind, surface)],
                )

    def standing(self, id: str) -> list[Standing]:
        """The names as they stand in an article, by where they stand first."""
        rows = self._all(
            "SELECT kind, surface, name, times FROM mentions JOIN surfaces USING (kind, surface)"
            " WHERE id = ? ORDER BY place",
            id,
        )
        persons = whole((surface, name) for kind, surface, name, _ in rows if kind == "person")
        borne = {name.rpartition(" ")[2] for name in persons.values() if " " in name}
        persons = {s: name if name in borne else self._bearer(name) for s, name in persons.items()}
        return [
            Standing(kind, surface, name, persons[surface] if kind == "person" else name, times)
            for kind, surface, name, times in rows
        ]

    def _names(self, id: str) -> Names:
        """The names of an article, those that stand in it most often first."""
        kinds: defaultdict[str, Counter[str]] = defaultdict(Counter)
        labels: dict[str, str] = {}
        for one in self.standing(id):
            if one.kind == "person" and one.name == one.base and is_common(one.surface):
                continue  # Президент
            key = name_key(one.name)
            kinds[key][one.kind] += one.times
            labels.setdefault(key, one.name)
        names: dict[str, list[str]] = {kind: [] for kind in KINDS}
        for key in sorted(kinds, key=lambda key: -kinds[key].total()):
            ((kind, _),) = kinds[key].most_common(1)  # what was taken for several kinds is of the commonest
            names[kind].append(labels[key])
        return Names(**{kind: tuple(each) for kind, each in names.items()})


def _agree(ask: Ask) -> bool:
    """Whether the articles have the forms that were counted."""
    count = 0
    for _, mentions in groupby(ask("SELECT id, surface FROM mentions ORDER BY id"), itemgetter(0)):
        count += sum(crc32(form.encode()) for form in {form for _, name in mentions for form in words(name)})
    kept = ask("SELECT form, articles FROM forms")
    return count == sum(int(number) * crc32(form.encode()) for form, number in kept)
