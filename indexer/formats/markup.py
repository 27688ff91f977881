"""Markup becomes plain text: a line for every paragraph."""

from lxml import etree, html

_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure"),
        *(
            "footer",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "li",
            "main",
            "ol",
            "p",
            "pre",
            "section",
        ),
        *("table", "td", "th", "tr", "ul"),
    )
)
_UNSEEN = frozenset(["script", "style", "noscript", "template", "iframe", "svg", "head"])


def tree(text: str) -> html.HtmlElement | None:
    """The document of a page's markup; None if there is none."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, ValueError, AssertionError):
        return None


def plain_text(markup: str) -> str:
    """The text of a piece of markup, paragraphs divided by line feeds."""
    if "<" not in markup and "&" not in markup:
        return _tidy(markup)
    root = tree(f"<div>{markup}</div>")
    return "" if root is None else _tidy("".join(_pieces(root)))


def _pieces(root: html.HtmlElement) -> list[str]:
    pieces: list[str] = []
    unseen = 0  # how many elements that show nothing we are in
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if element.tag in _UNSEEN:
            unseen += 1 if event == "start" else -1
        if element.tag in _BLOCKS:
            pieces.append("\n")
        text = element.text if event == "start" else element.tail
        if text and not unseen:
            pieces.append(" ".join(text.split("\n")))
    return pieces


def _tidy(text: str) -> str:
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split("\n"))))
