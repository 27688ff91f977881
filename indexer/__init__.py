"""How articles come in, are kept, and reach the engine.

May not: know of Flask or Whoosh; open an engine by its type. `sqlite3` is only in `archive.py` and
`database.py`.
"""
