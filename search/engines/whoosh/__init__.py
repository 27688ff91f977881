"""The engine on Whoosh: its schema, segments, table of contents and posting lists; our storage and scores.

`whoosh` is imported only in this folder.
"""
