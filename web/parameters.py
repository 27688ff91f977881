"""The parameters of a request, of which an address takes all or only some."""

from flask import request

from search.asking import Question, read_question, read_some
from web.desk import desk


def question() -> Question:
    """The question that a request asks; raises BadQuestion."""
    return read_question(request.args.items(multi=True), desk().settings.timezone)


def only(*names: str) -> Question:
    """What a request asks where there are no other parameters than these; raises BadQuestion."""
    return read_some(names, request.args.items(multi=True), desk().settings.timezone)
