"""What a news search is: words, meaning, order, and the seam to an engine.

May not: touch files or the network (outside `engines/` and `durable.py`), read the clock (time is passed in),
know of Flask, of the archive, or of how articles come in.
"""
