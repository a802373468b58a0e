"""Subjects, versions, settings, contexts and deletion, over the registry's REST API."""

import json
from typing import Any

import pytest

from tests.sandbox.organization import Workshop

USER = {"type": "record", "name": "user", "fields": [{"name": "userid", "type": "string"}]}
ADDED = {"name": "region", "type": ["null", "string"], "default": None}
WIDER = {**USER, "fields": [*USER["fields"], ADDED]}
BREAKING = {**USER, "fields": [*USER["fields"], {"name": "region", "type": "string"}]}
KEYED = {
    "type": "record",
    "name": "keyed",
    "fields": [{"name": "user", "type": "user"}],
}


class Registry:
    """Calls to one registry with a key that may do everything there."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        key = self._workshop.registry_key
        return self._workshop.sandbox.ok(method, self._workshop.registry + path, body, key)

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, int, str]:
        path = self._workshop.registry + path
        answer = self._workshop.sandbox.call(method, path, self._workshop.registry_key, json=body)
        error = answer.json()
        assert answer.headers["content-type"] == "application/vnd.schemaregistry.v1+json"
        return answer.status_code, error["error_code"], error["message"]

    def register(self, subject: str, schema: Any, **more: Any) -> int:
        body = {"schema": json.dumps(schema), **more}
        schema_id: int = self.ok("POST", f"/subjects/{subject}/versions", body)["id"]
        return schema_id


@pytest.fixture
def registry(workshop: Workshop) -> Registry:
    return Registry(workshop)


def test_versions_count_up_and_ids_are_shared_between_subjects(registry: Registry) -> None:
    first = registry.register("a-value", USER)
    second = registry.register("a-value", WIDER)

    assert (first, second) == (100001, 100002)
    assert registry.register("b-value", USER) == first
    assert registry.register("a-value", USER) == first
    assert registry.ok("GET", "/subjects/a-value/versions") == [1, 2]
    assert registry.ok("GET", f"/schemas/ids/{first}/versions") == [
        {"subject": "a-value", "version": 1},
        {"subject": "b-value", "version": 1},
    ]


def test_a_version_reads_back_with_its_schema(registry: Registry) -> None:
    schema_id = registry.register("a-value", USER)
    text = json.dumps(USER, separators=(",", ":"))

    latest = registry.ok("GET", "/subjects/a-value/versions/latest")

    assert latest == {
        "subject": "a-value",
        "version": 1,
        "id": schema_id,
        "schemaType": "AVRO",
        "schema": text,
    }
    assert registry.ok("GET", f"/schemas/ids/{schema_id}") == {"schema": text}
    assert registry.ok("GET", "/subjects/a-value/versions/1/schema") == USER
    assert registry.ok("GET", "/schemas?subjectPrefix=a-") == [latest]


def test_an_incompatible_schema_is_refused_and_not_kept(registry: Registry) -> None:
    registry.register("a-value", USER)

    status, code, message = registry.refused(
        "POST", "/subjects/a-value/versions", {"schema": json.dumps(BREAKING)}
    )

    assert (status, code) == (409, 409)
    assert message.startswith(
        'Schema being registered is incompatible with an earlier schema for subject "a-value", '
        "details: [{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE'"
    )
    assert message.endswith(
        "{oldSchemaVersion: 1}, {oldSchema: '"
        + json.dumps(USER, separators=(",", ":"))
        + "'}, {validateFields: 'false', compatibility: 'BACKWARD'}]"
    )
    assert registry.ok("GET", "/subjects/a-value/versions") == [1]


def test_a_verdict_explains_itself_when_asked(registry: Registry) -> None:
    registry.register("a-value", USER)
    body = {"schema": json.dumps(BREAKING)}

    verdict = registry.ok("POST", "/compatibility/subjects/a-value/versions?verbose=true", body)

    assert verdict["is_compatible"] is False
    assert "READER_FIELD_MISSING_DEFAULT_VALUE" in verdict["messages"][0]
    latest = "/compatibility/subjects/new-value/versions/latest"
    assert registry.ok("POST", latest, body) == {"is_compatible": True}


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/subjects/no/versions", None, (404, 40401, "Subject 'no' not found.")),
        ("GET", "/subjects/a-value/versions/9", None, (404, 40402, "Version 9 not found.")),
        ("GET", "/schemas/ids/7", None, (404, 40403, "Schema 7 not found")),
        (
            "POST",
            "/subjects/a-value",
            {"schema": '"string"'},
            (404, 40403, "Schema not found"),
        ),
        (
            "GET",
            "/subjects/a-value/versions/none",
            None,
            (
                422,
                42202,
                "The specified version 'none' is not a valid version id. Allowed values are "
                'between [1, 2^31-1] and the string "latest"',
            ),
        ),
        (
            "POST",
            "/subjects/a-value/versions",
            {"schema": '{"type": "nothing"}'},
            (
                422,
                42201,
                'Invalid schema {"type": "nothing"} of type AVRO, details: undefined name: '
                '"nothing"',
            ),
        ),
        (
            "POST",
            "/subjects/a-value/versions",
            {"schema": "{}", "schemaType": "PROTOBUF"},
            (501, 501, "Schemas of type PROTOBUF: not emulated by this sandbox"),
        ),
        (
            "PUT",
            "/config/a-value",
            {"compatibility": "SIDEWAYS"},
            (
                422,
                42203,
                "Invalid compatibility level. Valid values are none, backward, forward, full, "
                "backward_transitive, forward_transitive, and full_transitive",
            ),
        ),
        (
            "PUT",
            "/mode",
            {"mode": "LAZY"},
            (
                422,
                42204,
                "Invalid mode. Valid values are READWRITE, READONLY, READONLY_OVERRIDE and IMPORT",
            ),
        ),
        (
            "GET",
            "/config/a-value",
            None,
            (
                404,
                40408,
                "Subject 'a-value' does not have subject-level compatibility configured",
            ),
        ),
        (
            "GET",
            "/mode/a-value",
            None,
            (404, 40409, "Subject 'a-value' does not have subject-level mode configured"),
        ),
    ],
)
def test_each_refusal_has_its_code(
    registry: Registry, method: str, path: str, body: Any, expected: tuple[int, int, str]
) -> None:
    registry.register("a-value", USER)

    assert registry.refused(method, path, body) == expected
    assert registry.ok("GET", "/subjects/a-value/versions") == [1]


@pytest.mark.parametrize("name", ["metadata", "ruleSet"])
def test_what_would_be_dropped_from_a_schema_is_refused(registry: Registry, name: str) -> None:
    body = {"schema": json.dumps(USER), name: {"properties": {"owner": "me"}}}

    assert registry.refused("POST", "/subjects/a-value/versions", body) == (
        501,
        501,
        f"{name} of a schema: not emulated by this sandbox",
    )
    assert registry.ok("GET", "/subjects") == []


def test_a_subject_s_level_goes_before_the_registry_s(registry: Registry) -> None:
    registry.register("a-value", USER)
    registry.ok("PUT", "/config", {"compatibility": "FULL"})

    assert registry.ok("PUT", "/config/a-value", {"compatibility": "none"}) == {
        "compatibility": "NONE"
    }

    assert registry.ok("GET", "/config/a-value") == {"compatibilityLevel": "NONE"}
    assert registry.ok("GET", "/config/b?defaultToGlobal=true") == {"compatibilityLevel": "FULL"}
    assert registry.register("a-value", BREAKING) == 100002
    assert registry.ok("DELETE", "/config/a-value") == {"compatibilityLevel": "NONE"}


def test_deletion_takes_two_steps(registry: Registry) -> None:
    registry.register("a-value", USER)
    registry.register("a-value", WIDER)
    registry.ok("PUT", "/config/a-value", {"compatibility": "NONE"})

    assert registry.refused("DELETE", "/subjects/a-value?permanent=true") == (
        404,
        40405,
        "Subject 'a-value' was not deleted first before being permanently deleted",
    )
    assert registry.ok("DELETE", "/subjects/a-value") == [1, 2]
    assert registry.refused("DELETE", "/subjects/a-value") == (
        404,
        40404,
        "Subject 'a-value' was soft deleted. Set permanent=true to delete permanently",
    )
    assert registry.ok("GET", "/subjects") == []
    assert registry.ok("GET", "/subjects?deleted=true") == ["a-value"]
    assert registry.refused("GET", "/config/a-value")[1] == 40408
    assert registry.ok("DELETE", "/subjects/a-value?permanent=true") == [1, 2]
    assert registry.ok("GET", "/subjects?deleted=true") == []


def test_numbers_of_softly_deleted_versions_are_not_given_again(registry: Registry) -> None:
    registry.register("a-value", USER)
    registry.ok("DELETE", "/subjects/a-value")

    registry.register("a-value", BREAKING)

    assert registry.ok("GET", "/subjects/a-value/versions") == [2]


def test_one_version_is_deleted_in_two_steps(registry: Registry) -> None:
    registry.register("a-value", USER)
    registry.register("a-value", WIDER)

    refused = registry.refused("DELETE", "/subjects/a-value/versions/1?permanent=true")
    assert refused[1] == 40407
    assert registry.ok("DELETE", "/subjects/a-value/versions/1") == 1
    assert registry.refused("DELETE", "/subjects/a-value/versions/1")[1] == 40406
    assert registry.ok("DELETE", "/subjects/a-value/versions/1?permanent=true") == 1
    assert registry.ok("GET", "/subjects/a-value/versions?deleted=true") == [2]


def test_references_are_resolved_and_protected(registry: Registry) -> None:
    registry.register("user", USER)
    reference = [{"name": "user", "subject": "user", "version": 1}]

    schema_id = registry.register("keyed-value", KEYED, references=reference)

    assert registry.ok("GET", f"/schemas/ids/{schema_id}")["references"] == reference
    assert registry.ok("GET", "/subjects/user/versions/1/referencedby") == [schema_id]
    assert registry.refused("DELETE", "/subjects/user") == (
        422,
        42206,
        "One or more references exist to the schema "
        "{magic=1,keytype=SCHEMA,subject=user,version=1}.",
    )
    assert (
        registry.refused("POST", "/subjects/b/versions", {"schema": json.dumps(KEYED)})[1] == 42201
    )


def test_contexts_have_ids_of_their_own(registry: Registry) -> None:
    registry.register("a-value", USER)
    registry.register(":.staging:a-value", WIDER)

    assert registry.ok("GET", "/contexts") == [".", ".staging"]
    assert (
        registry.ok("GET", "/schemas/ids/100001")["schema"]
        != (registry.ok("GET", "/schemas/ids/100001?subject=:.staging:")["schema"])
    )
    assert registry.ok("GET", "/subjects?subjectPrefix=:.staging:") == [":.staging:a-value"]
    assert registry.ok("GET", "/subjects/:.:a-value/versions") == [1]


def test_a_read_only_registry_takes_no_schema(registry: Registry) -> None:
    registry.ok("PUT", "/mode", {"mode": "READONLY"})

    refused = registry.refused("POST", "/subjects/a/versions", {"schema": '"int"'})

    assert refused == (422, 42205, "Subject a is in read-only mode")


def test_import_mode_takes_ids_and_versions(registry: Registry) -> None:
    registry.ok("PUT", "/mode/a-value", {"mode": "IMPORT"})

    registry.register("a-value", USER, id=7, version=3)
    registry.ok("PUT", "/mode/a-value", {"mode": "READWRITE"})

    assert registry.ok("GET", "/subjects/a-value/versions") == [3]
    assert registry.ok("GET", "/subjects/a-value/versions/3")["id"] == 7
    refused = registry.refused(
        "POST", "/subjects/a-value/versions", {"schema": json.dumps(WIDER), "id": 9}
    )
    assert refused == (422, 42205, "Subject a-value is not in import mode")


def test_import_mode_is_refused_where_schemas_are(registry: Registry) -> None:
    registry.register("a-value", USER)

    assert registry.refused("PUT", "/mode/a-value", {"mode": "IMPORT"}) == (
        422,
        42205,
        "Cannot import since found existing subjects",
    )
    assert registry.ok("PUT", "/mode/a-value?force=true", {"mode": "IMPORT"}) == {"mode": "IMPORT"}


def test_rights_are_asked_for_each_subject(workshop: Workshop, registry: Registry) -> None:
    registry.register("stocks-value", USER)
    registry.register("users-value", USER)
    account = workshop.account("reader")
    workshop.grant(account, "DeveloperRead", f"{workshop.registry_crn}/subject=stocks*")
    key = workshop.key(account, workshop.registry_id)

    def status(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = workshop.sandbox.call(method, workshop.registry + path, key, json=body)
        return answer.status_code, answer.json()

    assert status("GET", "/subjects") == (200, ["stocks-value"])
    assert status("GET", "/subjects/stocks-value/versions") == (200, [1])
    assert status("GET", "/subjects/users-value/versions") == (
        403,
        {
            "error_code": 40301,
            "message": "User is denied operation Read on Subject: users-value",
        },
    )
    schema = {"schema": json.dumps(WIDER)}
    assert status("POST", "/subjects/stocks-value/versions", schema)[0] == 403
    assert status("DELETE", "/subjects/stocks-value")[0] == 403
    assert status("PUT", "/config/stocks-value", {"compatibility": "NONE"})[0] == 403
    assert registry.ok("GET", "/subjects/stocks-value/versions") == [1]
