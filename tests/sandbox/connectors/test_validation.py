import json
from typing import Any

import pytest

from sandbox.connectors import host
from sandbox.connectors.settings import Config

KEY_FILE = {
    "type": "service_account",
    "project_id": "p",
    "private_key_id": "k",
    "private_key": "-----BEGIN PRIVATE KEY----- TOP-SECRET",
    "client_email": "a@p.iam.gserviceaccount.com",
}
IDENTITY = {"kafka.auth.mode": "SERVICE_ACCOUNT", "kafka.service.account.id": "sa-1"}
SOURCE = {
    **IDENTITY,
    "name": "s",
    "connector.class": "DatagenSource",
    "kafka.topic": "t",
    "quickstart": "USERS",
    "tasks.max": "1",
}
SINK = {
    **IDENTITY,
    "name": "b",
    "connector.class": "BigQueryStorageSink",
    "topics": "t",
    "input.data.format": "AVRO",
    "keyfile": json.dumps(KEY_FILE),
    "project": "sandbox-project",
    "datasets": "lab",
    "tasks.max": "1",
}


def problems(config: Config) -> dict[str, list[str]]:
    found = host.validate(config["connector.class"], config)
    return {each.name: list(each.errors) for each in found}


def test_both_classes_are_on_offer() -> None:
    assert host.plugins() == ("DatagenSource", "BigQueryStorageSink")


@pytest.mark.parametrize("config", [SOURCE, SINK], ids=["source", "sink"])
def test_least_settings_are_good(config: dict[str, str]) -> None:
    assert problems(config) == {}


@pytest.mark.parametrize(
    ("base", "change", "expected"),
    [
        (SOURCE, {"kafka.topic": None}, {"kafka.topic": [
            'Missing required configuration "kafka.topic" which has no default value.']}),
        (SOURCE, {"tasks.max": "0"}, {"tasks.max": [
            "Invalid value 0 for configuration tasks.max: Value must be at least 1 and at most "
            "100"]}),
        (SOURCE, {"max.interval": "soon"}, {"max.interval": [
            "Invalid value soon for configuration max.interval: Not a number of type INT"]}),
        (SOURCE, {"quickstart": None}, {"quickstart": [
            'Missing required configuration "quickstart": one of USERS, STOCK_TRADES']}),
        (SOURCE, {"quickstart": "ORDERS"}, {"quickstart": [
            "quickstart ORDERS is not emulated by this sandbox: it has USERS, STOCK_TRADES"]}),
        (SOURCE, {"output.data.format": "PROTOBUF"}, {"output.data.format": [
            "output.data.format PROTOBUF is not emulated by this sandbox: it has AVRO, JSON"]}),
        (SOURCE, {"output.data.format": "XML"}, {"output.data.format": [
            "Invalid value XML for configuration output.data.format: String must be one of: "
            "AVRO, JSON, JSON_SR, PROTOBUF"]}),
        (SOURCE, {"kafka.service.account.id": None}, {"kafka.service.account.id": [
            '"kafka.service.account.id" is required when kafka.auth.mode is SERVICE_ACCOUNT']}),
        (SOURCE, {"kafka.auth.mode": None}, {"kafka.api.key": [
            '"kafka.api.key" is required when kafka.auth.mode is KAFKA_API_KEY']}),
        (SINK, {"topics": None}, {"topics": [
            "Exactly one of topics and topics.regex is needed"]}),
        (SINK, {"project": None, "datasets": None}, {
            "project": ['Missing required configuration "project" which has no default value.'],
            "datasets": ['Missing required configuration "datasets" which has no default value.'],
        }),
        (SINK, {"auto.create.tables": "true"}, {"auto.create.tables": [
            "Invalid value true for configuration auto.create.tables: String must be one of: "
            "DISABLED, NON-PARTITIONED, PARTITION by INGESTION TIME, PARTITION by FIELD"]}),
        (SINK, {"auto.create.tables": "PARTITION by FIELD"}, {"timestamp.partition.field.name": [
            "timestamp.partition.field.name is required when auto.create.tables is PARTITION by "
            "FIELD"]}),
        (SINK, {"ingestion.mode": "UPSERT"}, {"ingestion.mode": [
            "ingestion.mode UPSERT is not emulated by this sandbox: it has STREAMING"]}),
        (SINK, {"input.data.format": None}, {"input.data.format": [
            'Missing required configuration "input.data.format" which has no default value.']}),
        (SINK, {"topic2table.map": "a"}, {"topic2table.map": [
            "Invalid value a for configuration topic2table.map: must be a list of topic:table"]}),
        (SINK, {"topics": None, "topics.regex": "("}, {"topics.regex": [
            "Invalid value ( for configuration topics.regex: missing ), unterminated subpattern "
            "at position 0"]}),
    ],
)  # fmt: skip
def test_wrong_setting_is_named_with_what_it_may_be(
    base: dict[str, str], change: dict[str, str | None], expected: dict[str, list[str]]
) -> None:
    merged: dict[str, Any] = {**base, **change}

    assert problems({key: value for key, value in merged.items() if value is not None}) == expected


@pytest.mark.parametrize(
    ("key_file", "problem"),
    [
        ("{not json", "keyfile: not valid JSON"),
        ("{}", 'keyfile: must be the JSON key of a service account ("type" is missing)'),
        (
            json.dumps({**KEY_FILE, "client_email": ""}),
            "keyfile: client_email missing in the JSON key",
        ),
    ],
)
def test_bad_key_file_is_a_field_error_that_shows_nothing_of_it(
    key_file: str, problem: str
) -> None:
    found = problems({**SINK, "keyfile": key_file})

    assert found == {"keyfile": [problem]}
    assert "TOP-SECRET" not in str(found)


def test_all_problems_come_at_once() -> None:
    found = problems({"connector.class": "BigQueryStorageSink", "kafka.auth.mode": "NONE"})

    assert set(found) == {
        "name", "tasks.max", "kafka.auth.mode", "input.data.format", "keyfile", "project",
        "datasets", "topics",
    }  # fmt: skip
