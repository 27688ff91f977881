"""What a question asks for where too few articles have all of it: a part of its words."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import replace

from search.query import AllOf, AnyOf, Node, Phrase, is_weak, required
from search.russian import question as russian

# A question of so many words is a headline that was pasted rather than typed.
PASTED_WORDS = 5
# A question that was pasted rather than typed is looked for by this share of its words.
QUORUM = 0.25


def pasted(root: AllOf) -> bool:
    """Whether a question is as long as a headline, which may have a whole quotation in it."""
    asked = required(root)
    phrases = [len(part.terms) for part in asked if isinstance(part, Phrase)]
    if len(asked) == 1:
        return sum(phrases) >= PASTED_WORDS
    weak = len(asked) < len(root.parts)  # prepositions count as one word together
    return len(asked) + weak + sum(length // 2 - 1 for length in phrases) >= PASTED_WORDS


def quotes_of_a_headline(root: AllOf, printed: bool) -> bool:
    """Whether the quotes of a question are those of a pasted headline; `printed` are those of print."""
    if not printed:
        return len(root.parts) > 1 and pasted(root)
    words = (len(part.terms) if isinstance(part, Phrase) else 1 for part in required(root))
    return sum(words) >= PASTED_WORDS


def loosened(root: AllOf, demanded: AbstractSet[Node]) -> AllOf | None:
    """The same question asked by what is `demanded` in it and a quorum of its other words.

    None where these are too few for one.
    """
    kept = tuple(part for part in root.parts if _is_demanded(part, demanded))
    parts = [part for node in root.parts if node not in kept for part in _unquoted(node)]
    if sum(not is_weak(part) for part in parts) < 2:
        return None
    loose = AllOf(tuple(wide for part in parts for wide in russian.widened(part)), quorum=QUORUM)
    if not kept:
        return replace(loose, without=root.without)
    first = next(number for number, part in enumerate(root.parts) if part not in kept)
    return AllOf((*kept[:first], loose, *kept[first:]), root.without)


def _is_demanded(node: Node, demanded: AbstractSet[Node]) -> bool:
    if node in demanded:
        return True
    if not isinstance(node, AllOf | AnyOf):
        return False
    every = all if isinstance(node, AnyOf) else any  # a bracket is asked whole
    return every(_is_demanded(part, demanded) for part in node.parts)


def _unquoted(node: Node) -> Iterable[Node]:
    return russian.words(node.text, node.where) if isinstance(node, Phrase) else (node,)
