"""Every bound on a question or an article, each with its reason."""

QUERY_CHARACTERS = 512  # longer than any headline; what is pasted beyond it is a draft, not a question
QUERY_CLAUSES = 32  # words and phrases of one question; the rest is left out, with a warning
QUERY_DEPTH = 8  # nested brackets a person can still read
PREFIX_LETTERS = 3  # shorter prefixes match half the dictionary
PREFIX_EXPANSIONS = 128  # terms one prefix may stand for, the most frequent first
SEARCH_SECONDS = 1.0  # the time budget of one search
PER_PAGE = 20
PER_PAGE_MAX = 100
RELATED = 10  # relatives of an article or a draft
SUGGESTIONS = 8  # what fits under a search box
RESULT_WINDOW = 1_000  # hits reachable by page number
FACET_VALUES = 10  # of one field; the rest is counted together
DRAFT_CHARACTERS = 50_000  # of a draft held against the archive: twenty-five pages
WATCH_DAYS = 30  # what is older when it comes in is no news, but archive
SNIPPETS = 2
SNIPPETS_MAX = 5
SNIPPET_LENGTH = 240  # characters of one snippet
SNIPPET_LENGTH_MIN = 60
SNIPPET_LENGTH_MAX = 1_000

ID_CHARACTERS = 200
TITLE_CHARACTERS = 1_000
TEXT_CHARACTERS = 2_000_000  # a book; the longest real news page seen is a tenth of it
LABEL_CHARACTERS = 200  # source, section, author, one tag
TAGS = 100
URL_CHARACTERS = 2_000
