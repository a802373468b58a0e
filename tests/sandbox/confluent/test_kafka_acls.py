"""ACLs are kept, found and obeyed as Kafka does it."""

from typing import Any

import pytest

from sandbox.confluent.state.acls import Acl, AclFilter, Acls
from sandbox.topics import AclOperation, ResourceType
from tests.sandbox.organization import Workshop

TOPIC = ResourceType.TOPIC
ALICE, BOB = "User:sa-alice", "User:sa-bob"


def acl(**changes: str) -> dict[str, str]:
    return {
        "resource_type": "TOPIC",
        "resource_name": "stocks",
        "pattern_type": "LITERAL",
        "principal": ALICE,
        "host": "*",
        "operation": "READ",
        "permission": "ALLOW",
        **changes,
    }


def acls(*descriptions: dict[str, str]) -> Acls:
    made = Acls()
    for description in descriptions:
        made.create(Acl(**description))
    return made


def reads(made: Acls, topic: str, principal: str = ALICE) -> bool:
    question = (principal, AclOperation.READ, TOPIC, topic)
    return made.allows(*question) and not made.denies(*question)


def test_nothing_said_means_no() -> None:
    assert not reads(acls(), "stocks")


def test_a_literal_acl_covers_its_own_name_and_principal_only() -> None:
    made = acls(acl())

    assert reads(made, "stocks")
    assert not reads(made, "stocks_enriched")
    assert not reads(made, "stocks", BOB)


def test_a_prefixed_acl_covers_what_begins_so() -> None:
    made = acls(acl(pattern_type="PREFIXED"))

    assert reads(made, "stocks_enriched")
    assert not reads(made, "users")


def test_wildcards_cover_every_name_and_every_principal() -> None:
    assert reads(acls(acl(resource_name="*")), "users")
    assert reads(acls(acl(principal="User:*")), "stocks", BOB)


def test_a_denial_wins() -> None:
    made = acls(
        acl(resource_name="*", operation="ALL"),
        acl(pattern_type="PREFIXED", permission="DENY"),
    )

    assert reads(made, "users")
    assert not reads(made, "stocks")


@pytest.mark.parametrize("operation", ["READ", "WRITE", "DELETE", "ALTER", "ALL", "DESCRIBE"])
def test_other_operations_bring_describe_along(operation: str) -> None:
    made = acls(acl(operation=operation))

    assert made.allows(ALICE, AclOperation.DESCRIBE, TOPIC, "stocks")


def test_describe_configs_comes_with_alter_configs_only() -> None:
    wanted = (ALICE, AclOperation.DESCRIBE_CONFIGS, TOPIC, "stocks")

    assert acls(acl(operation="ALTER_CONFIGS")).allows(*wanted)
    assert not acls(acl(operation="DESCRIBE")).allows(*wanted)


def test_whoever_writes_a_topic_may_do_so_idempotently() -> None:
    wanted = (ALICE, AclOperation.IDEMPOTENT_WRITE, ResourceType.CLUSTER, "kafka-cluster")

    assert acls(acl(operation="WRITE")).allows(*wanted)
    assert not acls(acl(operation="WRITE", resource_type="GROUP")).allows(*wanted)


def test_a_match_filter_finds_what_applies_to_a_name() -> None:
    made = acls(
        acl(resource_name="st", pattern_type="PREFIXED"),
        acl(),
        acl(resource_name="*"),
        acl(resource_name="users"),
    )

    found = made.find(AclFilter(resource_name="stocks", pattern_type="MATCH"))

    assert [one.resource_name for one in found] == ["*", "st", "stocks"]


def call(workshop: Workshop, method: str, body: Any = None, **query: str) -> Any:
    return workshop.sandbox.call(
        method, f"{workshop.kafka}/acls", workshop.kafka_key, json=body, params=query
    )


def test_an_acl_is_created_found_and_deleted_by_all_its_fields(workshop: Workshop) -> None:
    created = call(workshop, "POST", acl())

    [found] = call(workshop, "GET", **acl()).json()["data"]
    deleted = call(workshop, "DELETE", **acl())

    assert (created.status_code, created.content) == (201, b"")
    assert {name: found[name] for name in acl()} == acl()
    assert (deleted.status_code, deleted.json()["data"]) == (200, [found])
    assert call(workshop, "GET", **acl()).json()["data"] == []


def test_the_same_acl_twice_is_one(workshop: Workshop) -> None:
    call(workshop, "POST", acl())
    call(workshop, "POST", acl())

    assert len(call(workshop, "GET", **acl()).json()["data"]) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"pattern_type": "MATCH"},
            "pattern_type 'MATCH' is not one of LITERAL, PREFIXED",
        ),
        (
            {"permission": "MAYBE"},
            "permission 'MAYBE' is not one of ALLOW, DENY",
        ),
        ({"principal": "sa-1"}, "principal 'sa-1' must begin with User:"),
        ({"host": ""}, "host is required and must be a string, not ''"),
        (
            {"resource_type": "CLUSTER"},
            "resource_name of a CLUSTER ACL must be kafka-cluster, not stocks",
        ),
    ],
)
def test_a_bad_acl_is_refused(workshop: Workshop, change: dict[str, str], message: str) -> None:
    answer = call(workshop, "POST", acl(**change))

    assert (answer.status_code, answer.json()) == (400, {"error_code": 40002, "message": message})


def test_only_who_may_alter_the_cluster_makes_acls(workshop: Workshop) -> None:
    account = workshop.account("reader")
    key = workshop.key(account, workshop.kafka_id)

    answer = workshop.sandbox.call("POST", f"{workshop.kafka}/acls", key, json=acl())

    assert (answer.status_code, answer.json()) == (
        403,
        {"error_code": 40301, "message": "Cluster authorization failed."},
    )


def test_an_acl_opens_its_topic_and_its_deletion_closes_it(workshop: Workshop) -> None:
    sandbox, topics = workshop.sandbox, f"{workshop.kafka}/topics"
    sandbox.ok("POST", topics, {"topic_name": "stocks"}, workshop.kafka_key)
    account = workshop.account("reader")
    key = workshop.key(account, workshop.kafka_id)
    grant = acl(principal=f"User:{account}")

    call(workshop, "POST", grant)
    opened = sandbox.call("GET", f"{topics}/stocks", key).status_code
    call(workshop, "DELETE", **grant)
    closed = sandbox.call("GET", f"{topics}/stocks", key).status_code

    assert (opened, closed) == (200, 403)
