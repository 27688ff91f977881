"""An index on an OpenSearch cluster, which does the distributing.

Our analysis goes in as it is, the scores come out by the formulas of `search.ranking`, and every commit is
seen whole: articles carry the generation they were born in, and one small document says which generation is
current.
"""
