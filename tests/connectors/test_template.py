import json
from pathlib import Path

import pytest

from connectors import TemplateError, load

DATAGEN = {"service_account_id": "sa-1", "topic": "users_topic", "interval_ms": "1000"}


def test_the_users_connector_has_the_labs_settings() -> None:
    assert load("datagen_users").plain(DATAGEN) == {
        "name": "DatagenSourceConnector_users",
        "connector.class": "DatagenSource",
        "kafka.auth.mode": "SERVICE_ACCOUNT",
        "kafka.service.account.id": "sa-1",
        "kafka.topic": "users_topic",
        "schema.context.name": "default",
        "output.data.format": "AVRO",
        "json.output.decimal.format": "NUMERIC",
        "quickstart": "USERS",
        "max.interval": "1000",
        "tasks.max": "1",
    }


def test_the_stocks_connector_differs_in_name_and_quickstart_alone() -> None:
    users, stocks = load("datagen_users").plain(DATAGEN), load("datagen_stocks").plain(DATAGEN)

    assert {key: stocks[key] for key in stocks if stocks[key] != users[key]} == {
        "name": "DatagenSourceConnector_stocks",
        "quickstart": "STOCK_TRADES",
    }
    assert stocks.keys() == users.keys()


def test_the_sink_keeps_its_key_file_apart() -> None:
    sink = load("bigquery_sink")
    values = {"service_account_id": "sa-1", "topic": "t", "project": "p", "dataset": "d"}

    assert sink.sensitive({"keyfile": '{"private_key": "…"}'}) == {
        "keyfile": '{"private_key": "…"}'
    }
    plain = sink.plain(values)
    assert "keyfile" not in plain
    assert (plain["topics"], plain["project"], plain["datasets"]) == ("t", "p", "d")
    assert plain["input.key.format"] == "BYTES"


def test_a_missing_value_is_named() -> None:
    with pytest.raises(TemplateError, match=r"datagen_users\.json: no value for \$\{topic\}"):
        load("datagen_users").plain({"service_account_id": "sa-1", "interval_ms": "1"})


def test_a_value_that_nothing_uses_is_named() -> None:
    with pytest.raises(TemplateError, match=r"no setting uses \$\{speed\}"):
        load("datagen_users").plain({**DATAGEN, "speed": "1"})


def test_an_unknown_file_is_answered_with_those_there_are() -> None:
    with pytest.raises(TemplateError, match=r"nobody\.json: there is no such file.*datagen_users"):
        load("nobody")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "broken.json: is not JSON"),
        ("[]", "must be one JSON object"),
        (json.dumps({"name": "x", "tasks.max": 1}), "values must be texts, in quotes: tasks.max"),
        (json.dumps({"name": "x"}), "lacks connector.class, tasks.max"),
        (
            json.dumps(
                {"name": "x", "connector.class": "C", "tasks.max": "1", "keyfile": "in clear"}
            ),
            "holds a secret: keyfile must be a placeholder",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "broken.json").write_text(content)

    with pytest.raises(TemplateError) as refused:
        load("broken", tmp_path)

    assert reason in str(refused.value)
    assert "in clear" not in str(refused.value)
