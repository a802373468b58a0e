"""`ksql-test`: statements against expected records, without a cluster.

Runs case files in the format of ksqlDB's own functional tests - query-validation (as under Kafka's
topology test driver) and rest-query-validation (through the answers that REST gives) - and the
three-file form of Confluent's ksql-test-runner.
"""
