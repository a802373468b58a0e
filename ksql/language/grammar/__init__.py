"""The grammar, by recursive descent: a module per layer, each on the one before.

cursor: a place in the tokens. expressions, queries, statements: what stands there.
"""
