"""Where the terms of a question stand in the hits of a page, for marks and snippets."""

from collections.abc import Mapping
from functools import partial
from itertools import pairwise

import numpy as np

from search import limits, ranking
from search.engines.whoosh.compiled import kernel
from search.engines.whoosh.gathering import standing
from search.engines.whoosh.lists import Postings
from search.engines.whoosh.sets import Ids
from search.engines.whoosh.snapshot import Snapshot
from search.page import Place, Places

_FIELDS = list(ranking.FIELDS)
_PLACES, _TERMS = 512, 2_048  # that most pages need no more of
_made = partial(tuple.__new__, Place)  # Place itself goes a long way round
_Found = tuple[list[int], list[int], list[int], list[int], list[int], list[int]]


def placed(
    snapshot: Snapshot, lists: Mapping[tuple[str, str], Postings], articles: list[int]
) -> list[Places]:
    """The places of some terms in some articles, given their posting lists by field and term, in order."""
    order = sorted(range(len(articles)), key=articles.__getitem__)
    numbers = np.array([articles[at] for at in order], dtype=np.uint32)
    if not lists or not articles:
        return [{name: [] for name in _FIELDS} for _ in articles]
    rows = (
        _compiled(snapshot, lists, numbers)
        if snapshot.room and kernel()
        else _plain(snapshot, lists, numbers)
    )
    bounds, positions, starts, ends, lasts, owners = rows
    names = [term for _, term in lists]
    terms = [names[owner] for owner in owners]
    own = [tuple(terms[begin:end]) for begin, end in pairwise([0, *lasts])]
    every = list(map(_made, zip(positions, starts, ends, own, strict=True)))
    each = [every[begin:end] for begin, end in pairwise(bounds)]
    found: list[Places] = [{}] * len(articles)
    for which, at in enumerate(order):
        found[at] = dict(zip(_FIELDS, each[which * len(_FIELDS) :], strict=False))
    return found


def _compiled(snapshot: Snapshot, lists: Mapping[tuple[str, str], Postings], numbers: Ids) -> _Found:
    each = list(lists.values())
    sizes = [len(one.table) for one in each]
    table = np.concatenate([one.table for one in each])
    owners = np.repeat(np.arange(len(each)), sizes)
    fields = np.repeat([_FIELDS.index(field) for field, _ in lists], sizes)
    bounds = np.zeros(len(numbers) * len(_FIELDS) + 1, dtype=np.int64)
    places, terms = _PLACES, _TERMS
    while True:
        found, named = np.empty((4, places), dtype=np.int64), np.empty(terms, dtype=np.int64)
        rest = snapshot.spans, limits.PLACES, bounds, found, named
        places, terms = kernel().placed(table, fields, numbers, *rest)
        if places <= found.shape[1] and terms <= len(named):
            break
    columns = found[:, :places].tolist()
    return bounds.tolist(), *columns, owners[named[:terms]].tolist()


def _plain(snapshot: Snapshot, lists: Mapping[tuple[str, str], Postings], numbers: Ids) -> _Found:
    rows = standing(list(lists.values()), numbers, limits.PLACES)
    fields = np.array([_FIELDS.index(field) for field, _ in lists], dtype=np.int64)
    keys = ((rows[:, 0] * len(_FIELDS) + fields[rows[:, 1]]) << 32) + rows[:, 2]
    by_place = keys.argsort(kind="stable")  # the terms of a place stay in order
    keys = keys[by_place]
    lasts = np.flatnonzero(np.concatenate([keys[1:] != keys[:-1], keys[:1] >= 0])) + 1
    keys = keys[lasts - 1]
    bounds = (keys >> 32).searchsorted(np.arange(len(numbers) * len(_FIELDS) + 1)).tolist()
    positions = (keys & 0xFFFFFFFF).tolist()
    spans = []
    for slot, (begin, end) in enumerate(pairwise(bounds)):
        if begin < end:
            article, field = divmod(slot, len(_FIELDS))
            spans += snapshot.tokens(_FIELDS[field], int(numbers[article]), positions[begin:end])
    starts, ends = [start for start, _ in spans], [end for _, end in spans]
    return bounds, positions, starts, ends, lasts.tolist(), rows[by_place, 1].tolist()
