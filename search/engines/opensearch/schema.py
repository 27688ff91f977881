"""What an article becomes in OpenSearch.

The analysis is done here, before the cluster: a field goes there twice, as lines that are only split again.

- `title`, `text`: a line per position, the terms that stand there side by side. `pattern_capture` puts them
  at one position, so a phrase is found by any reading of its words.
- `title_weights`, `text_weights`: a line per term with its summed weight in grains, which
  `delimited_term_freq` makes the term's frequency. That is a whole number of any size, so nothing is
  rounded (`rank_features` would keep nine bits). A scripted similarity gives the frequency back as the
  score, for `scoring` to go on with.

Only what is shown or looked at closely is kept as it came; the archive is the truth.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Any

from search import ranking
from search.document import Documents
from search.engines.opensearch import standing
from search.engines.opensearch.address import Address
from search.engines.opensearch.standing import Standing
from search.query import LABELS, Sort
from search.russian.analysis import EXACT, SOUND
from search.russian.phrases import phrases

VERSION = 1  # of all this; another one needs a rebuild
STATE, LEASE = "state", "lease"  # documents that are no articles
NAMES = "names"
# What a searched field has besides its own name.
WEIGHTS, LENGTH, FORMS, STANDING = "_weights", "_length", "_forms", "_standing"
POSITION, ALTERNATIVE = "\n", "\t"  # end a position or term, and one of its alternatives
# A missing value would do for "last", but shards leave out of account that missing ones are ordered, too.
_NO_DATE = 2**62
_DATED = (Sort.NEWEST.value, Sort.OLDEST.value)
Row = dict[str, Any]

_ANALYSIS: Row = {
    "tokenizer": {
        "lines": {"type": "char_group", "tokenize_on_chars": [POSITION], "max_token_length": 1_048_576}
    },
    "filter": {
        "alternatives": {
            "type": "pattern_capture",
            "preserve_original": False,
            "patterns": [f"([^{ALTERNATIVE}]+)"],
        },
        "weight": {"type": "delimited_term_freq", "delimiter": ALTERNATIVE},
    },
    "analyzer": {
        "standing": {"type": "custom", "tokenizer": "lines", "filter": ["alternatives"]},
        "weighing": {"type": "custom", "tokenizer": "lines", "filter": ["weight"]},
    },
}


def body(address: Address) -> Row:
    """The settings and mappings of a new build."""
    text = {"type": "text", "norms": False, "similarity": "frequency"}
    keyword, number, kept = {"type": "keyword"}, {"type": "long"}, {"type": "object", "enabled": False}
    fields: Row = dict.fromkeys(("id", "story", "phrases", "forms", *LABELS), keyword)
    fields |= {"service": {"type": "boolean"}, "lemmas": {**keyword, "doc_values": False}}
    fields |= dict.fromkeys(("born", "tie", *_DATED), number)
    fields |= {"published": {"type": "date", "format": "epoch_second"}}
    fields |= dict.fromkeys(("record", NAMES, STATE, LEASE), kept)
    for name in ranking.FIELDS:
        fields |= {
            name: {**text, "analyzer": "standing"},
            name + WEIGHTS: {**text, "analyzer": "weighing", "index_options": "freqs"},
            name + LENGTH: {"type": "integer", "index": False},
            name + FORMS: keyword,
            name + STANDING: kept,
        }
    index = {
        "number_of_shards": address.shards,
        "number_of_replicas": address.replicas,
        "refresh_interval": -1,  # a commit refreshes
        "max_terms_count": 1_000_000,
        "similarity": {
            "frequency": {"type": "scripted", "script": {"source": "return query.boost * doc.freq;"}}
        },
    }
    mappings = {
        "dynamic": False,
        "_source": {"includes": ["record", NAMES, STATE, LEASE, f"*{STANDING}"]},
        "properties": fields,
    }
    return {"settings": {"index": index, "analysis": _ANALYSIS}, "mappings": mappings}


def key(id: str, born: int) -> str:
    """The key of what an article is from a generation on."""
    return f"{blake2b(id.encode(), digest_size=15).hexdigest()}-{born}"


def moment(published: datetime | None, sort: Sort) -> int:
    """What articles are ordered by in an order by date, smallest first; those without a date come last."""
    if published is None:
        return _NO_DATE
    return ranking.seconds(published) * (1 if sort is Sort.OLDEST else -1)


def rows(documents: Documents, born: int) -> Iterator[Row]:
    """Articles as the cluster is given them."""
    split = {name: standing.split(documents.terms[name]) for name in ranking.FIELDS}
    for number, document in enumerate(documents):
        article = document.article
        here = {name: each[number] for name, each in split.items()}
        made: Row = {
            "id": article.id,
            "born": born,
            "tie": ranking.tie(article.id),
            "record": json.dumps(article.record(), ensure_ascii=False),
            "phrases": phrases(article.title),
            "forms": sorted({term for terms in here.values() for term in _forms(terms)}),
            "lemmas": sorted({term for terms in here.values() for term in terms.names if term[0] > SOUND}),
            **{name: sorted(keys) for name, keys in document.labels().items()},
            NAMES: document.names.record(),
        }
        if document.story:
            made["story"] = format(document.story, "x")
        if article.published:
            made["published"] = ranking.seconds(article.published)
        made |= {sort.value: moment(article.published, sort) for sort in (Sort.NEWEST, Sort.OLDEST)}
        for name, terms in here.items():
            made |= _row(name, terms)
        yield made


def _row(name: str, terms: Standing) -> Row:
    """What a field of an article has."""
    pairs = zip(terms.names, terms.weights.tolist(), strict=True)
    return {
        name: POSITION.join(map(ALTERNATIVE.join, terms.by_position())),
        name + WEIGHTS: POSITION.join(f"{term}{ALTERNATIVE}{weight}" for term, weight in pairs),
        name + LENGTH: len(terms.starts),
        name + FORMS: _forms(terms),
        name + STANDING: terms.packed(),
    }


def _forms(terms: Standing) -> list[str]:
    return [name for name in terms.names if name.startswith(EXACT)]
