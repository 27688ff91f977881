"""Every bound on a question or an article, each with its reason."""

QUERY_CHARACTERS = 512  # longer than any headline; what is pasted beyond it is a draft, not a question
QUERY_CLAUSES = 32  # words and phrases of one question; the rest is left out, with a warning
FILTER_VALUES = 50  # of all filters of a question; on a page each has a link that holds all the others
QUERY_DEPTH = 8  # nested brackets a person can still read
PREFIX_LETTERS = 3  # shorter prefixes match half the dictionary
PREFIX_EXPANSIONS = 128  # terms one prefix may stand for, the most frequent first
SEARCH_SECONDS = 1.0  # for one search: who asked still waits for it, and so do all behind it
PER_PAGE = 20  # what a reader looks through before turning the page
PER_PAGE_MAX = 100  # for programs; who wants all of them goes by cursor
RELATED = 10  # relatives of an article or a draft: what is read of them beside it
SUGGESTIONS = 8  # what fits under a search box
RESULT_WINDOW = 1_000  # hits reachable by page number, each page dearer than the last; a cursor goes on
FACET_VALUES = 10  # of one field; the rest is counted together
DRAFT_CHARACTERS = 50_000  # of a draft held against the archive: twenty-five pages
WATCH_DAYS = 30  # what is older when it comes in is no news, but archive
SNIPPETS = 2  # show why an article was found, and leave it room for others
SNIPPETS_MAX = 5  # who wants more of an article wants the article
SNIPPET_LENGTH = 240  # characters of one snippet: two or three lines of a page
SNIPPET_LENGTH_MIN = 60  # a marked word with some of its sentence
SNIPPET_LENGTH_MAX = 1_000  # a long paragraph

ID_CHARACTERS = 200  # it is part of addresses
TITLE_CHARACTERS = 1_000  # longer is no headline, but a text in the wrong field
TEXT_CHARACTERS = 2_000_000  # a book; the longest real news page seen is a tenth of it
READ_CLOSELY = 100_000  # characters of a text that are marked and held against others: fifty pages
PLACES = 256  # where a term stands in a hit, the first of them: passages to show are chosen by these
LABEL_CHARACTERS = 200  # source, section, author, one tag: a name, no sentence
TAGS = 100  # of one article; each is a term of the index
URL_CHARACTERS = 2_000  # what all browsers and proxies take
