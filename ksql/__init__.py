"""ksqlDB statements as files: judged, ordered by what they read, and deployed over REST.

Knows nothing of Pulumi, and nothing of this workshop but its folder `statements`: any folder of
`.sql` files and any ksqlDB server will do. `ksql.language` inside knows nothing of the rest.
"""
