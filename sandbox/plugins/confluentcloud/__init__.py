"""The stand-in for the published Confluent provider: a table of its resource types.

The requests are those of the published provider, read in its source; waits are the sandbox's.
Each module holds the resource types of one of Confluent's APIs.
"""
