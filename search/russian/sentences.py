"""Where the sentences of a text end."""

import re

# The end of a sentence: its sign with closing quotes and brackets, or a line feed. A row of points is looked
# at once, and so are the spaces after it: a table of contents may have thousands.
_SENTENCE = re.compile(r"(?<![.!?…])[.!?…]++[»”\")\]]*+(?=\s++[«„“\"(\[—–-]?+\s*+[А-ЯЁA-ZӘҒҚҢӨҰҮҺІ\d])|\n++")
# Points that end no sentence: initials and the shortest abbreviations (А. Иванов, г. Астана, 5 млн. тенге).
_NO_END = re.compile(
    r"(?:^|[\s(«])(?:[А-ЯЁA-Z]|г|ул|им|тыс|млн|млрд|руб|тг|т\.д|т\.п|т\.е|др|пр|стр|гг|в|вв|св|см)\.$"
)


def ends(text: str) -> tuple[int, ...]:
    """Where the sentences of a text end, the last one too."""
    found = (
        match.end()
        for match in _SENTENCE.finditer(text)
        if text[match.start()] != "." or not _NO_END.search(text[max(0, match.end() - 6) : match.end()])
    )
    return (*found, len(text))
