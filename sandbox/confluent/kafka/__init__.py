"""Kafka REST v3: topics with their settings, ACLs, records, for the clusters of `cmk/v2`."""
