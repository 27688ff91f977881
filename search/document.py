"""Document: an article with its words analysed, ready for any engine; Documents, many of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import overload

from search.article import Article
from search.russian.phrases import phrases
from search.terms import Terms

LABELS = ("source", "section", "author", "tag", "origin")


@dataclass(frozen=True)
class Document:
    """An article, the terms of its two searched fields, and what its title lends to suggestions."""

    article: Article
    story: int = 0  # the number of the story it belongs to; 0 where none was looked for

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


class Documents(Sequence[Document]):
    """Articles that are analysed together, in a small part of the time they would take one by one."""

    def __init__(self, articles: Iterable[Article], stories: Iterable[int] | None = None) -> None:
        self.articles = tuple(articles)
        self.stories = tuple(stories) if stories is not None else (0,) * len(self.articles)

    @classmethod
    def gathered(cls, documents: Iterable[Document]) -> Documents:
        """Some documents together."""
        if isinstance(documents, cls):
            return documents
        each = list(documents)
        return cls((document.article for document in each), (document.story for document in each))

    def placed(self, stories: Iterable[int]) -> Documents:
        """The same, each article in its story; their words are not analysed again."""
        other = copy(self)
        other.stories = tuple(stories)
        return other

    def analyse(self) -> None:
        """Read out of the texts now whatever an engine will want, and keep it."""
        for article in self.articles:
            _ = article.origin, article.sentences
        _ = self.terms

    @cached_property
    def terms(self) -> dict[str, Terms]:
        """The terms of all articles by field: of title and text, the phrases of the title, the labels."""
        labels = [article.labels() for article in self.articles]
        return {
            "title": Terms.of(*(article.title for article in self.articles)),
            "text": Terms.of(*(article.text for article in self.articles)),
            "phrases": Terms.listed(*(phrases(article.title) for article in self.articles)),
            **{name: Terms.listed(*(each[name] for each in labels)) for name in LABELS},
        }

    def __len__(self) -> int:
        return len(self.articles)

    @overload
    def __getitem__(self, at: int) -> Document: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Document]: ...

    def __getitem__(self, at: int | slice) -> Document | Sequence[Document]:
        if isinstance(at, slice):
            return Documents(self.articles[at], self.stories[at])
        return Document(self.articles[at], self.stories[at])
