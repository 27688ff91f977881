"""Which format a file is in, told by its first bytes and never by its name."""

import re

from indexer.formats import table, unknown
from indexer.formats.encodings import decoded

_BLANK = b" \t\r\n\v\f"
_FEED = re.compile(rb"<(rss|feed|rdf:RDF)[\s>]", re.I)
_HTML = re.compile(
    rb"<(!doctype\s+html|html|head|body|main|article|section|div|p|h1|meta|title|span|table)\b", re.I
)
_LIST = re.compile(rb"\[\s*[\[{\]]")
_RECORD = re.compile(rb'^[ \t]*\{[ \t]*("|\})', re.M)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1f]")


def recognise(head: bytes) -> str:
    """The name of the format of a file that begins with `head`, which is not blank."""
    start = head.lstrip(_BLANK)
    if start.startswith(b"{"):
        return _json(start)
    if start.startswith(b"<"):
        return _markup(head)
    if _LIST.match(start):
        return "json"
    if _binary(head):
        return "unknown"
    if _RECORD.search(head):
        return "jsonl"
    if table.delimiter(decoded(head)):
        return "csv"
    return "html" if _HTML.search(head) else "text"


def _json(start: bytes) -> str:
    first, _, rest = start.partition(b"\n")
    # A pretty-printed object goes on with a key; JSON Lines go on with another object.
    return "json" if first.strip() == b"{" or rest.lstrip(_BLANK).startswith(b'"') else "jsonl"


def _markup(head: bytes) -> str:
    feed, page = _FEED.search(head), _HTML.search(head)
    if feed and (not page or feed.start() < page.start()):
        return "feed"
    if b"<!ENTITY" in head:
        return "feed"
    return "html" if page else "unknown"


def _binary(head: bytes) -> bool:
    return head.startswith(tuple(unknown.MAGIC)) or len(_CONTROLS.findall(head)) * 50 > len(head)
