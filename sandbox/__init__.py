"""Everything that stands in for Confluent Cloud and Google Cloud on a laptop.

One process, one port, loopback only. It imports nothing of ours but `ksql.language`, so
that the client (`ksql`) and the emulator each catch the other's mistakes.
"""
