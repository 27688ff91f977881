"""An answer as the JSON of the API's contract; the command line prints the same."""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from search import limits
from search.answer import Answer
from search.article import Article, label_key
from search.dossier import Dossier
from search.draft import Compared, Review
from search.names import KINDS, Names
from search.page import Facet, Hit, Mark, Snippet, State, Story
from search.query import LABELS, Labels, Leaf, Phrase, Prefix, Via, Word, leaves
from search.related import Relative, Relatives
from search.russian.analysis import ABBREVIATION, EXACT, SOUND
from search.story import Development

COPY_FIELDS = ("id", "source", "published_at")  # of an article, where it is told as a copy of another


def to_json(answer: Answer, path: str = "") -> dict[str, Any]:
    """The whole answer; `path` is the address that the links to other pages are made from."""
    question, page = answer.question, answer.page
    pages = -(-page.listed // question.per_page)
    return {
        "query": {
            "q": question.q,
            "interpreted": " ".join(interpreted(leaf) for leaf in leaves(answer.query.root)),
            "terms": [term(leaf) for leaf in leaves(answer.query.root)],
            "filters": filters(answer),
            "sort": answer.query.sort.value,
            "relaxed": answer.relaxed,
        },
        "corrections": [
            {"kind": c.kind, "from": c.typed, "to": c.to, "applied": c.applied, "count": c.count}
            for c in answer.corrections
        ],
        "warnings": [{"code": w.code, "message": w.message} for w in answer.warnings],
        "total": page.total,
        "total_relation": "eq",
        "heads": page.heads,
        "page": None if question.cursor else question.page,
        "per_page": question.per_page,
        "pages": pages,
        "next_cursor": str(answer.following) if answer.following else None,
        "next_url": next_url(answer, path),
        "prev_url": page_url(answer, path, "page", question.page - 1) if question.page > 1 else None,
        "took_ms": round(answer.took_ms, 3),
        "index": state_json(page.state),
        "hits": [_asked(hit_json(hit), question.fields) for hit in page.hits],
        "facets": [facet_json(facet, answer) for facet in page.facets],
        "histogram": [{"from": day.isoformat(), "count": count} for day, count in page.histogram],
    }


def facet_json(facet: Facet, answer: Answer) -> dict[str, Any]:
    """The values of a label field among the hits, and which of them the question asks for."""
    chosen: Labels = getattr(answer.query.filters, facet.field)
    values = [
        {"value": key, "label": label, "count": count, "selected": key in chosen.include}
        for key, label, count in facet.values
    ]
    return {"field": facet.field, "values": values, "other": facet.other}


def reachable(answer: Answer) -> int:
    """How many pages can be asked for: all there are, but within the result window."""
    question = answer.question
    return min(-(-answer.page.listed // question.per_page), limits.RESULT_WINDOW // question.per_page)


def next_url(answer: Answer, path: str) -> str | None:
    """The address of what comes after this page: by number while there are numbers, then by cursor."""
    question = answer.question
    if not question.cursor and question.page < reachable(answer):
        return page_url(answer, path, "page", question.page + 1)
    return page_url(answer, path, "cursor", answer.following) if answer.following else None


def page_url(answer: Answer, path: str, name: str, value: object) -> str:
    """The address of another page of the same question; `name` is page or cursor."""
    return f"{path}?{urlencode([*answer.question.arguments, (name, str(value))])}"


def interpreted(leaf: Leaf) -> str:
    """How a word of the question was understood, as it would be typed."""
    if isinstance(leaf, Phrase):
        return f"«{leaf.text}»"
    return f"{leaf.prefix}*" if isinstance(leaf, Prefix) else leaf.text


def term(leaf: Leaf) -> dict[str, Any]:
    """A leaf of the question with the lemmas it is looked for by."""
    if isinstance(leaf, Word):
        terms = (a.term for a in leaf.alternatives)
        lemmas = [term.lstrip(ABBREVIATION) for term in terms if not term.startswith((EXACT, SOUND))]
        mode = "lemma" if lemmas else "exact"
        return {
            "typed": leaf.text,
            "mode": mode,
            "lemmas": list(dict.fromkeys(lemmas)),
            "required": not leaf.weak,
        }
    if isinstance(leaf, Phrase):
        return {"typed": leaf.text, "mode": "phrase", "lemmas": [], "required": True}
    return {"typed": f"{leaf.prefix}*", "mode": "prefix", "lemmas": [], "required": True}


def filters(answer: Answer) -> dict[str, Any]:
    """The filters in force, `until` as the first moment that is outside."""
    given = answer.query.filters
    labels: dict[str, Labels] = {name: getattr(given, name) for name in LABELS}
    return {
        "from": given.since.isoformat() if given.since else None,
        "until": given.until.isoformat() if given.until else None,
        **{name: signed(value) for name, value in labels.items()},
    }


def signed(labels: Labels) -> list[str]:
    """A label filter as it is asked: values, excluded ones with a minus."""
    return sorted(labels.include) + [f"-{key}" for key in sorted(labels.exclude)]


def hit_json(hit: Hit) -> dict[str, Any]:
    """One hit."""
    return {
        **article_head(hit.article),
        "score": round(hit.score, 6),
        "title_marks": [[mark.start, mark.end] for mark in hit.title_marks],
        "snippets": [snippet_json(snippet) for snippet in hit.snippets],
        "story": _story(hit.story),
    }


def _asked(hit: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """What a client wants to be told of a hit; mostly all of it."""
    if len(fields) == len(hit):
        return hit
    return {name: value for name, value in hit.items() if name in fields}


def _story(story: Story | None) -> dict[str, Any] | None:
    return {"id": story.id, "size": story.size} if story else None


def development_json(found: Development) -> dict[str, Any]:
    """A story: how it developed, and by whom it was told."""
    page = found.page
    moments = [hit.article.published for hit in page.hits if hit.article.published]
    return {
        "id": found.story.id,
        "size": found.story.size,
        "title": found.first.title,
        "first": article_head(found.first),
        "from": min(moments).isoformat() if moments else None,
        "to": max(moments).isoformat() if moments else None,
        "outlets": _values(page.facets[0]),
        "histogram": [{"from": day.isoformat(), "count": count} for day, count in page.histogram],
        "index": state_json(page.state),
        "hits": [article_head(hit.article) for hit in page.hits],
    }


def dossier_json(found: Dossier) -> dict[str, Any]:
    """A name: in which articles it stands, when, and with whom."""
    page = found.page
    return {
        "kind": found.kind,
        "name": found.name,
        "total": page.total,
        "from": page.histogram[0][0].isoformat() if page.histogram else None,
        "to": page.histogram[-1][0].isoformat() if page.histogram else None,
        "with": {facet.field: _values(facet) for facet in found.company},
        "outlets": _values(found.outlets),
        "histogram": [{"from": day.isoformat(), "count": count} for day, count in page.histogram],
        "index": state_json(page.state),
        "hits": [article_head(hit.article) for hit in page.hits],
    }


def _values(facet: Facet) -> list[dict[str, Any]]:
    return [{"value": key, "label": label, "count": count} for key, label, count in facet.values]


def relatives_json(found: Relatives) -> dict[str, Any]:
    """Related articles, each with why."""
    return {"index": state_json(found.page.state), "hits": [relative_json(one) for one in found.relatives]}


def relative_json(relative: Relative) -> dict[str, Any]:
    """One related article."""
    days = None if relative.days is None else round(relative.days, 2)
    why = {
        "relation": relative.relation.value,
        "days": days,
        "copy": relative.copy,
        "names": list(relative.names),
        "words": list(relative.words),
    }
    return {**article_head(relative.hit.article), "score": round(relative.hit.score, 6), "why": why}


def review_json(found: Review, draft: str) -> dict[str, Any]:
    """What the archive knows about a draft of this text: relatives with shared passages, and hints."""
    hits = [
        {**relative_json(one.relative), "share": round(one.share, 4), "passages": _passages(one, draft)}
        for one in found.compared
    ]
    hints = [
        {
            "kind": hint.kind,
            "start": hint.start,
            "end": hint.end,
            "text": draft[hint.start : hint.end],
            "archive": [{"id": article.id, "text": text} for text, article in hint.others],
        }
        for hint in found.hints
    ]
    return {"index": state_json(found.relatives.page.state), "hits": hits, "hints": hints}


def _passages(one: Compared, draft: str) -> list[dict[str, Any]]:
    text = one.relative.hit.article.text
    return [
        {
            "words": passage.words,
            "draft": _span(draft, passage.start, passage.end),
            "article": _span(text, passage.other_start, passage.other_end),
        }
        for passage in one.passages
    ]


def _span(text: str, start: int, end: int) -> dict[str, Any]:
    return {"start": start, "end": end, "text": text[start:end]}


def state_json(state: State) -> dict[str, Any]:
    """The commit an answer comes from."""
    return {
        "generation": state.generation,
        "as_of": state.as_of.isoformat() if state.as_of else None,
        "documents": state.documents,
    }


def article_head(article: Article) -> dict[str, Any]:
    """An article without its text."""
    source = article.source
    return {
        "id": article.id,
        "url": article.url,
        "title": article.title,
        "source": {"id": label_key(source), "name": source} if source else None,
        "author": article.author,
        "section": article.section,
        "tags": list(article.tags),
        "origin": article.origin,
        "published_at": article.published.isoformat() if article.published else None,
        "modified_at": article.modified.isoformat() if article.modified else None,
    }


def article_json(
    article: Article, story: Story | None, names: Names, copies: Iterable[Article] = ()
) -> dict[str, Any]:
    """A whole article, the story it belongs to, the names in it and its copies."""
    return {
        **article_head(article),
        "lang": article.lang,
        "text": article.text,
        "story": _story(story),
        "names": dict.fromkeys(KINDS, ()) | names.record(),
        "copies": [
            {name: value for name, value in article_head(one).items() if name in COPY_FIELDS}
            for one in copies
        ],
    }


def snippet_json(snippet: Snippet) -> dict[str, Any]:
    """A snippet as text with marks, and as escaped HTML with <mark> only."""
    return {
        "field": snippet.field,
        "text": snippet.text,
        "html": str(html(snippet.text, snippet.marks)),
        "marks": [{"start": m.start, "end": m.end, "via": m.via.value} for m in snippet.marks],
    }


def html(text: str, marks: Iterable[Mark], why: Callable[[Via], str] | None = None) -> Markup:
    """A text as escaped HTML in which the marked spans stand in <mark>; `why` gives a mark its title."""
    pieces, end = [], 0
    for mark in marks:
        opening = f'<mark title="{escape(why(mark.via))}">' if why else "<mark>"
        pieces += [escape(text[end : mark.start]), opening, escape(text[mark.start : mark.end]), "</mark>"]
        end = mark.end
    return Markup("".join([*pieces, escape(text[end:])]))  # noqa: S704 # every piece of the text was escaped
