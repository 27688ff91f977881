"""A typed word becomes the index terms it may be found by, each with a weight and the route it takes."""

from search.query import Alternative, In, Phrase, Via, Word
from search.ranking import EXACT_FORM
from search.russian.analysis import ABBREVIATION, EXACT, terms
from search.russian.folding import fold
from search.russian.lemmas import is_weak
from search.russian.tokens import Token, tokenise


def words(text: str, where: In = In.ALL, *, exact: bool = False) -> list[Word | Phrase]:
    """The words of a plain text, as leaves of a question; in exact mode only their very forms."""
    if exact:
        return [exact_word(token, where) for token in tokenise(text)]
    return [word(token, where) for token in tokenise(text)]


def word(token: Token, where: In = In.ALL) -> Word:
    """A word in any of its forms."""
    found: dict[str, Alternative] = {}
    whole = 0.0
    for term, weight in asked(token):
        if term.startswith(EXACT):
            found[term] = Alternative(term, EXACT_FORM, Via.FORM)
        else:
            via = Via.ABBREVIATION if term.startswith(ABBREVIATION) else Via.LEMMA
            found[term] = Alternative(term, weight, via)
            whole = max(whole, weight)
    alternatives = tuple(
        Alternative(a.term, a.weight / whole, a.via) if a.via is not Via.FORM and whole else a
        for a in found.values()
    )
    return Word(token.text, alternatives, where, weak=is_weak(fold(token.text)))


def asked(token: Token) -> list[tuple[str, float]]:
    """The terms of a question's word: those of an article's, and the abbreviation it may be, typed small."""
    form = fold(token.text)
    found = dict(terms(token.text, token.kind))
    if "-" in form:  # asked whole: the parts would find every министр for премьер-министр
        found = {term: weight for term, weight in found.items() if _is_whole(term, form)}
    elif form.isalpha() and not any(term.startswith(ABBREVIATION) for term in found):
        found[ABBREVIATION + form] = 1.0
    return list(found.items())


def _is_whole(term: str, form: str) -> bool:
    return "-" in term or len(term) >= len(form.replace("-", "")) - 3


def exact_word(token: Token, where: In = In.ALL) -> Word:
    """A word in this form only."""
    return Word(token.text, (Alternative(exact_term(token), 1.0, Via.FORM),), where)


def exact_term(token: Token) -> str:
    """The term of a token's exact form."""
    return terms(token.text, token.kind)[0][0]


def exact_phrase(text: str, where: In = In.ALL) -> Word | Phrase | None:
    """The quoted words in these forms, side by side; None where there is no word in it."""
    forms = [exact_term(token) for token in tokenise(text)]
    if not forms:
        return None
    if len(forms) == 1:
        return Word(text.strip(), (Alternative(forms[0], 1.0, Via.FORM),), where)
    return Phrase(text.strip(), tuple((form,) for form in forms), where)
