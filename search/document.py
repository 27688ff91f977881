"""Document: an article with its words analysed, ready for any engine; Documents, many of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import overload

from search.article import Article
from search.names import KINDS, NONE, Names
from search.query import LABELS
from search.russian.phrases import phrases
from search.terms import Terms


@dataclass(frozen=True)
class Document:
    """An article, the terms of its two searched fields, and what its title lends to suggestions."""

    article: Article
    story: int = 0  # the number of the story it belongs to; 0 where none was looked for
    names: Names = NONE  # none, too, where they were not looked for yet

    @cached_property
    def title(self) -> Terms:
        """The terms of the title."""
        return Terms.of(self.article.title)

    @cached_property
    def text(self) -> Terms:
        """The terms of the text."""
        return Terms.of(self.article.text)

    @cached_property
    def phrases(self) -> list[str]:
        """The words and phrases of the title that may be suggested."""
        return phrases(self.article.title)

    def labels(self) -> dict[str, frozenset[str]]:
        """The keys each label field is filtered by."""
        return {**self.article.labels(), **self.names.labels()}


class Documents(Sequence[Document]):
    """Articles that are analysed together, in a small part of the time they would take one by one."""

    def __init__(
        self,
        articles: Iterable[Article],
        stories: Iterable[int] | None = None,
        names: Iterable[Names] | None = None,
    ) -> None:
        self.articles = tuple(articles)
        self.stories = tuple(stories) if stories is not None else (0,) * len(self.articles)
        self.names = tuple(names) if names is not None else (NONE,) * len(self.articles)

    @classmethod
    def gathered(cls, documents: Iterable[Document]) -> Documents:
        """Some documents together."""
        if isinstance(documents, cls):
            return documents
        each = list(documents)
        return (
            cls(*zip(*((one.article, one.story, one.names) for one in each), strict=True))
            if each
            else cls(())
        )

    def placed(self, stories: Iterable[int], names: Iterable[Names]) -> Documents:
        """The same, each article in its story and with its names; their words are not analysed again."""
        other = copy(self)
        other.stories, other.names = tuple(stories), tuple(names)
        vars(other).pop("terms", None)
        return other

    def analyse(self) -> None:
        """Read out of the texts now whatever an engine will want, and keep it."""
        for article in self.articles:
            _ = article.origin, article.sentences
        _ = self.words

    @cached_property
    def words(self) -> dict[str, Terms]:
        """The terms of all articles by field, those of their names left out: these come later."""
        labels = [article.labels() for article in self.articles]
        return {
            "title": Terms.of(*(article.title for article in self.articles)),
            "text": Terms.of(*(article.text for article in self.articles)),
            "phrases": Terms.listed(*(phrases(article.title) for article in self.articles)),
            **{name: Terms.listed(*(each[name] for each in labels)) for name in LABELS if name not in KINDS},
        }

    @cached_property
    def terms(self) -> dict[str, Terms]:
        """The terms of all articles by field: title and text, the phrases of the title, the labels."""
        labels = [names.labels() for names in self.names]
        return self.words | {kind: Terms.listed(*(each[kind] for each in labels)) for kind in KINDS}

    def __len__(self) -> int:
        return len(self.articles)

    @overload
    def __getitem__(self, at: int) -> Document: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Document]: ...

    def __getitem__(self, at: int | slice) -> Document | Sequence[Document]:
        if isinstance(at, slice):
            return Documents(self.articles[at], self.stories[at], self.names[at])
        return Document(self.articles[at], self.stories[at], self.names[at])
