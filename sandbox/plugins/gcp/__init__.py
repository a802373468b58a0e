"""The stand-in for the published Google provider: a table of its resource types.

The requests are those of the published provider, read in its source. Each module holds the
resource types of one of Google's APIs.
"""
