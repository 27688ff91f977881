"""How people and programs ask: pages, the JSON API, errors, headers.

May not: write to an index, or know of the indexer; it is handed a way to open a Reader. Flask is only here.
"""
