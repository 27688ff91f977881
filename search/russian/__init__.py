"""Everything that knows Russian: tokens, lemmas, folding, names, repairs.

May not: touch files, the network or an index. `pymorphy3` is imported only here.
"""
