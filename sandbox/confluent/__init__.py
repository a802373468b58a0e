"""Confluent Cloud's control plane, and Kafka REST: environments, clusters, identities, grants.

A module of handlers per API group; the rules live in `state`, which knows nothing of HTTP.
Leaves out what clusters do: `sandbox.runtime` connects the data planes through `DataPlanes`.
"""
