"""How people and programs ask.

May not: know of the indexer, Whoosh or pymorphy3; write files; reach the network. It holds a Reader,
never a Writer.
"""
