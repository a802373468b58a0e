"""The operator's commands: `python -m workshop up | down | verify | ksql | bigquery`.

Owns what surrounds a stack: bringing it up on the sandbox and down again, and asking whether it
delivers. Leaves out what a stack consists of (`stack`) and the sandbox itself, which runs as a
process of its own.
"""
