"""The streaming SQL engine: an imitation of a ksqlDB server, over the sandbox's own log.

A statement goes through phases with one type between each two: `ksql.language` (tree, analysis)
→ `planner` (operators) → `compiler` (one Python function per input) → `runner` (feeds records in
time order) with `stores`; `pull` and `push` answer SELECTs; `server` holds one cluster's state;
`routes` and `handlers` are its REST API.
"""
