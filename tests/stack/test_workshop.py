"""The whole program on Pulumi's mocks: which resources there are and what they are given."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from stack.settings import WorkshopSettings

pytestmark = pytest.mark.filterwarnings(
    # Google's SDK warns about a class of its own while it is imported.
    "ignore:gcp.bigquery.AppProfile:DeprecationWarning"
)

SECRET = "4dabf18193072939515e22adb298388d"


def plain(value: Any) -> Any:
    """Return a value with the markers of secrets taken out."""
    if isinstance(value, Mapping):
        if SECRET in value:
            return plain(value["value"])
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


class Recorder(pulumi.runtime.Mocks):
    """Answers as the providers would and keeps what it was asked for."""

    COMPUTED: Mapping[str, Mapping[str, Any]] = {
        "confluentcloud:index/environment:Environment": {"resourceName": "crn://env"},
        "confluentcloud:index/kafkaCluster:KafkaCluster": {
            "apiVersion": "cmk/v2",
            "kind": "Cluster",
            "rbacCrn": "crn://env/cloud-cluster=lkc-1",
            "restEndpoint": "http://127.0.0.1:8900",
            "bootstrapEndpoint": "SASL_SSL://127.0.0.1:9092",
        },
        "confluentcloud:index/serviceAccount:ServiceAccount": {
            "apiVersion": "iam/v2",
            "kind": "ServiceAccount",
        },
        "confluentcloud:index/ksqlCluster:KsqlCluster": {
            "apiVersion": "ksqldbcm/v2",
            "kind": "Cluster",
            "restEndpoint": "http://127.0.0.1:8900/ksqldb/lksqlc-1",
            "topicPrefix": "pksqlc-1",
            "resourceName": "crn://env/cloud-cluster=lkc-1/ksql=k",
        },
        "confluentcloud:index/apiKey:ApiKey": {"secret": "a-secret"},
        "gcp:serviceaccount/account:Account": {
            "name": "projects/p/serviceAccounts/sink",
            "member": "serviceAccount:sink@p",
        },
        "gcp:serviceaccount/key:Key": {"privateKey": "eyJ0eXBlIjogIngifQ=="},
        "gcp:bigquery/dataset:Dataset": {"project": "p"},
        "pulumi-python:dynamic/ksql:Statement": {"incarnation": "1a", "command_sequence_number": 1},
    }

    def __init__(self) -> None:
        self.resources: list[pulumi.runtime.MockResourceArgs] = []
        self.outputs: dict[str, Any] = {}

    def new_resource(
        self, args: pulumi.runtime.MockResourceArgs
    ) -> tuple[str | None, dict[str, Any]]:
        self.resources.append(args)
        return f"{args.name}-id", {**args.inputs, **self.COMPUTED.get(args.typ, {})}

    def call(
        self, _args: pulumi.runtime.MockCallArgs
    ) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
        registry = {
            "id": "lsrc-1",
            "apiVersion": "srcm/v3",
            "kind": "Cluster",
            "resourceName": "crn://env/schema-registry=lsrc-1",
            "restEndpoint": "http://127.0.0.1:8900/schema-registry/lsrc-1",
        }
        return registry, []

    def of(self, kind: str) -> dict[str, Any]:
        """Return the inputs of all resources of a type, by logical name."""
        return {each.name: plain(each.inputs) for each in self.resources if each.typ == kind}


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    from stack.workshop import Workshop  # noqa: PLC0415 - its import warns, see `pytestmark`

    recorder = Recorder()
    pulumi.runtime.set_mocks(recorder, project="stock-fraud", stack="dev", preview=False)
    settings = WorkshopSettings.from_values({"window_minutes": 7}, "dev")

    def build() -> Any:
        workshop = Workshop("workshop", settings)
        return pulumi.Output.all(**workshop.outputs).apply(recorder.outputs.update)

    pulumi.runtime.test(build)()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
    return recorder


def test_outputs_are_those_that_others_build_on(recorder: Recorder) -> None:
    outputs = recorder.outputs

    assert set(outputs) == {
        "environment_id",
        "kafka_cluster_id",
        "bootstrap_servers",
        "rest_endpoint",
        "schema_registry_endpoint",
        "ksqldb_endpoint",
        "ksqldb_api_key",
        "ksqldb_api_secret",
        "kafka_api_key",
        "kafka_api_secret",
        "schema_registry_api_key",
        "schema_registry_api_secret",
        "bigquery_project",
        "bigquery_dataset",
        "bigquery_table",
        "bigquery_view",
        "bigquery_console_url",
        "looker_studio_url",
    }
    assert outputs["bigquery_view"] == "accounts_to_monitor_latest"
    assert outputs["ksqldb_endpoint"] == "http://127.0.0.1:8900/ksqldb/lksqlc-1"


def test_the_cluster_is_a_basic_one_in_sydney(recorder: Recorder) -> None:
    [cluster] = recorder.of("confluentcloud:index/kafkaCluster:KafkaCluster").values()

    assert cluster == {
        "availability": "SINGLE_ZONE",
        "basic": {},
        "cloud": "GCP",
        "displayName": "stock-fraud-cluster",
        "environment": {"id": "platform-environment-id"},
        "region": "australia-southeast1",
    }


def test_there_is_an_identity_for_each_job(recorder: Recorder) -> None:
    accounts = recorder.of("confluentcloud:index/serviceAccount:ServiceAccount")

    assert {each["displayName"] for each in accounts.values()} == {
        "stock-fraud-admin",
        "stock-fraud-ksqldb",
        "stock-fraud-users-source",
        "stock-fraud-stocks-source",
        "stock-fraud-sink",
        "stock-fraud-attendee",
    }


def test_roles_are_few_and_each_has_a_reason(recorder: Recorder) -> None:
    bindings = recorder.of("confluentcloud:index/roleBinding:RoleBinding")

    registry = "crn://env/schema-registry=lsrc-1/subject="
    cluster = "crn://env/cloud-cluster=lkc-1"
    assert {
        (each["principal"].removeprefix("User:identities-"), each["roleName"], each["crnPattern"])
        for each in bindings.values()
    } == {
        ("admin-id", "CloudClusterAdmin", cluster),
        ("admin-id", "KsqlAdmin", f"{cluster}/ksql=k"),
        ("attendee-id", "KsqlAdmin", f"{cluster}/ksql=k"),
        ("attendee-id", "ResourceOwner", f"{registry}*"),
        ("ksqldb-id", "ResourceOwner", f"{registry}*"),
        ("users-source-id", "DeveloperWrite", f"{registry}users_topic-value"),
        ("stocks-source-id", "DeveloperWrite", f"{registry}stocks_topic-value"),
        ("sink-id", "DeveloperRead", f"{registry}accounts_to_monitor-value"),
    }


def acls_of(recorder: Recorder, job: str) -> set[tuple[str, ...]]:
    acls = recorder.of("confluentcloud:index/kafkaAcl:KafkaAcl").values()
    assert {each["permission"] for each in acls} == {"ALLOW"}
    return {
        (each["operation"], each["resourceType"], each["resourceName"], each["patternType"])
        for each in acls
        if each["principal"] == f"User:identities-{job}-id"
    }


def test_a_source_writes_its_own_topic_and_nothing_else(recorder: Recorder) -> None:
    assert acls_of(recorder, "users-source") == {
        ("DESCRIBE", "CLUSTER", "kafka-cluster", "LITERAL"),
        ("WRITE", "TOPIC", "users_topic", "LITERAL"),
    }


def test_the_sink_reads_its_topic_and_writes_dead_letters(recorder: Recorder) -> None:
    assert acls_of(recorder, "sink") == {
        ("DESCRIBE", "CLUSTER", "kafka-cluster", "LITERAL"),
        ("READ", "TOPIC", "accounts_to_monitor", "LITERAL"),
        ("CREATE", "TOPIC", "dlq-lcc", "PREFIXED"),
        ("WRITE", "TOPIC", "dlq-lcc", "PREFIXED"),
        ("READ", "GROUP", "connect-lcc", "PREFIXED"),
    }


def test_the_application_reads_its_sources_and_owns_its_results(recorder: Recorder) -> None:
    acls = acls_of(recorder, "ksqldb")

    topics = {acl for acl in acls if acl[0] in ("ALL", "READ") and acl[1] == "TOPIC"}
    assert topics == {
        ("READ", "TOPIC", "users_topic", "LITERAL"),
        ("READ", "TOPIC", "stocks_topic", "LITERAL"),
        ("ALL", "TOPIC", "stocks_enriched", "LITERAL"),
        ("ALL", "TOPIC", "number_of_times_stock_bought", "LITERAL"),
        ("ALL", "TOPIC", "total_stock_purchased", "LITERAL"),
        ("ALL", "TOPIC", "stocks_purchased_5min_window_tumbling", "LITERAL"),
        ("ALL", "TOPIC", "accounts_to_monitor", "LITERAL"),
        ("ALL", "TOPIC", "pksqlc-1", "PREFIXED"),
        ("ALL", "TOPIC", "_confluent-ksql-pksqlc-1", "PREFIXED"),
    }
    assert ("WRITE", "TRANSACTIONAL_ID", "pksqlc-1", "LITERAL") in acls
    assert ("ALL", "GROUP", "_confluent-ksql-pksqlc-1", "PREFIXED") in acls


def test_the_attendee_only_reads(recorder: Recorder) -> None:
    assert {acl[0] for acl in acls_of(recorder, "attendee")} == {"DESCRIBE", "READ"}


def test_connectors_sign_in_as_their_identities_without_a_kafka_key(recorder: Recorder) -> None:
    connectors = recorder.of("confluentcloud:index/connector:Connector")

    assert {
        name: each["configNonsensitive"]["kafka.service.account.id"]
        for name, each in connectors.items()
    } == {
        "DatagenSourceConnector_users": "identities-users-source-id",
        "DatagenSourceConnector_stocks": "identities-stocks-source-id",
        "BigQueryStorageSinkConnector_accounts_to_monitor": "identities-sink-id",
    }
    assert all("kafka.api.key" not in each["configNonsensitive"] for each in connectors.values())


def test_the_key_file_is_secret_and_on_one_line(recorder: Recorder) -> None:
    [sink] = [
        each.inputs["configSensitive"]
        for each in recorder.resources
        if each.name == "BigQueryStorageSinkConnector_accounts_to_monitor"
    ]

    assert SECRET in json.dumps(sink)
    assert plain(sink) == {"keyfile": '{"type": "x"}'}


def test_statements_are_wired_to_what_they_read(recorder: Recorder) -> None:
    statements = recorder.of("pulumi-python:dynamic/ksql:Statement")

    assert {name: sorted(each["upstreams"]) for name, each in statements.items()} == {
        "stocks_stream": [],
        "users": [],
        "stocks_enriched": ["stocks_stream", "users"],
        "number_of_times_stock_bought": ["stocks_stream"],
        "total_stock_purchased": ["stocks_enriched"],
        "stocks_purchased_5min_window_tumbling": ["stocks_enriched"],
        "accounts_to_monitor": ["stocks_enriched"],
    }
    assert "SIZE 7 MINUTES" in statements["accounts_to_monitor"]["sql"]
    assert {name for name, each in statements.items() if each["topic_policy"] == "keep"} == {
        "stocks_stream",
        "users",
    }


def test_no_secret_is_given_in_clear(recorder: Recorder) -> None:
    inputs = [each.inputs for each in recorder.resources]

    def in_clear(value: Any) -> bool:
        if isinstance(value, Mapping):
            return SECRET not in value and any(in_clear(each) for each in value.values())
        return bool(value == "a-secret")

    assert not [each for each in inputs if in_clear(each)]


def test_the_dataset_can_be_destroyed_with_what_is_in_it(recorder: Recorder) -> None:
    [dataset] = recorder.of("gcp:bigquery/dataset:Dataset").values()
    tables = recorder.of("gcp:bigquery/table:Table")

    assert dataset["datasetId"] == "workshop_gcp_builder"
    assert dataset["location"] == "australia-southeast1"
    assert dataset["deleteContentsOnDestroy"] is True
    assert not any(table["deletionProtection"] for table in tables.values())


def test_the_sinks_identity_may_write_this_dataset_only(recorder: Recorder) -> None:
    members = recorder.of("gcp:bigquery/datasetIamMember:DatasetIamMember")

    assert list(members.values()) == [
        {
            "datasetId": "workshop_gcp_builder",
            "member": "serviceAccount:sink@p",
            "role": "roles/bigquery.dataEditor",
        }
    ]
    assert recorder.of("gcp:projects/iAMMember:IAMMember") == {}


def test_the_view_shows_the_largest_count_of_each_account_and_window(recorder: Recorder) -> None:
    tables = recorder.of("gcp:bigquery/table:Table")

    assert tables["warehouse-accounts_to_monitor_latest"]["view"]["query"] == (
        "SELECT ACCOUNT_NAME, MAX(QUANTITY) AS QUANTITY, WINDOW_START, WINDOW_END\n"
        "FROM `p.workshop_gcp_builder.accounts_to_monitor`\n"
        "GROUP BY ACCOUNT_NAME, WINDOW_START, WINDOW_END"
    )
