"""BigQuery datasets and who may use them (API `bigquery/v2`)."""

import json
import threading
from collections.abc import Callable
from typing import Any

from sandbox.plugins.errors import NotConfigurable, NotSettled
from sandbox.plugins.gcp.session import GoogleSession, effective_labels, label_properties
from sandbox.plugins.properties import Properties, Property
from sandbox.plugins.resource import Created, ResourceType

VERSION = "accessPolicyVersion=3"

Access = dict[str, Any]
"""One entry of a dataset's access list."""

PLAIN = {
    "friendlyName": "friendlyName",
    "description": "description",
    "location": "location",
    "defaultCollation": "defaultCollation",
    "isCaseInsensitive": "isCaseInsensitive",
    "storageBillingModel": "storageBillingModel",
    "maxTimeTravelHours": "maxTimeTravelHours",
    "defaultTableExpirationMs": "defaultTableExpirationMs",
    "defaultPartitionExpirationMs": "defaultPartitionExpirationMs",
}
"""Input and its name in the request, where the value needs no change."""

NUMBERS = ("defaultTableExpirationMs", "defaultPartitionExpirationMs")
"""Properties that are numbers to the program and text on the wire."""

LEGACY_ROLES = {
    "roles/bigquery.dataOwner": "OWNER",
    "roles/bigquery.dataEditor": "WRITER",
    "roles/bigquery.dataViewer": "READER",
}
"""Roles that the service keeps under an older name."""

MEMBER_FIELDS = {
    "serviceAccount": "userByEmail",
    "user": "userByEmail",
    "group": "groupByEmail",
    "domain": "domain",
    "specialGroup": "specialGroup",
}
"""Kind of member, as IAM writes it, and the field of an access entry that holds it."""

ENTRY_FIELDS = (
    "role",
    "userByEmail",
    "groupByEmail",
    "domain",
    "specialGroup",
    "iamMember",
    "view",
    "dataset",
    "routine",
    "condition",
)

_changing_access = threading.Lock()
"""An access list is read, changed and written back: one at a time, or entries get lost."""


def path_of(session: GoogleSession, properties: Properties) -> str:
    """Return the path of the dataset that `properties` name."""
    return f"/projects/{session.project_of(properties)}/datasets/{properties['datasetId']}"


def _body(session: GoogleSession, inputs: Properties) -> dict[str, Any]:
    body: dict[str, Any] = {
        wire: str(inputs[name]) if name in NUMBERS else inputs[name]
        for name, wire in PLAIN.items()
        if name in inputs
    }
    body["datasetReference"] = {
        "projectId": session.project_of(inputs),
        "datasetId": inputs["datasetId"],
    }
    body["labels"] = effective_labels(inputs)
    if "accesses" in inputs:
        body["access"] = inputs["accesses"]
    return body


def create(session: GoogleSession, inputs: Properties) -> Created:
    """Create a dataset."""
    project = session.project_of(inputs)
    path = f"/projects/{project}/datasets?{VERSION}"
    session.api("bigquery").call("POST", path, _body(session, inputs))
    return Created(f"projects/{project}/datasets/{inputs['datasetId']}")


def read(session: GoogleSession, _id: str, state: Properties) -> Properties | None:
    """Return a dataset's properties."""
    found = session.api("bigquery").find(f"{path_of(session, state)}?{VERSION}")
    if found is None:
        return None
    plain = {
        name: int(found[wire]) if name in NUMBERS else found[wire]
        for name, wire in PLAIN.items()
        if wire in found
    }
    return {
        **plain,
        **label_properties(found.get("labels"), state),
        "datasetId": found["datasetReference"]["datasetId"],
        "project": found["datasetReference"]["projectId"],
        "accesses": found.get("access", []),
        "creationTime": int(found.get("creationTime", 0)),
        "lastModifiedTime": int(found.get("lastModifiedTime", 0)),
        "etag": found.get("etag"),
        "selfLink": found.get("selfLink"),
    }


def update(session: GoogleSession, _id: str, _olds: Properties, news: Properties) -> None:
    """Replace a dataset's settings; what the program leaves to the service stays."""
    api, path = session.api("bigquery"), f"{path_of(session, news)}?{VERSION}"
    body = _body(session, news)
    if "accesses" not in news:
        body["access"] = api.call("GET", path).get("access", [])
    api.call("PUT", path, body)


def delete(session: GoogleSession, _id: str, state: Properties) -> None:
    """Remove a dataset, with what is in it if the program says so."""
    contents = "true" if state.get("deleteContentsOnDestroy") else "false"
    path = f"{path_of(session, state)}?deleteContents={contents}"
    if session.api("bigquery").find(path_of(session, state)) is not None:
        session.api("bigquery").call("DELETE", path)


def access_list(value: Property) -> Property:
    """Return access entries in a form that does not depend on order or on a role's older name."""
    return sorted(json.dumps(_with_legacy_role(entry), sort_keys=True) for entry in value)


def _with_legacy_role(entry: Access) -> Access:
    kept = {name: value for name, value in entry.items() if value not in (None, "")}
    if "role" in kept:
        kept["role"] = LEGACY_ROLES.get(kept["role"], kept["role"])
    return kept


def member_entry(inputs: Properties) -> Access:
    """Return the access entry for a `role` and an IAM `member` such as `user:a@example.com`.

    Raises:
        NotConfigurable: The member is of a kind that a dataset does not know.
    """
    kind, _, name = inputs["member"].partition(":")
    if kind in ("allUsers", "allAuthenticatedUsers"):
        return {"role": inputs["role"], "iamMember": kind}
    if kind not in MEMBER_FIELDS or not name:
        raise NotConfigurable(
            f"member {inputs['member']!r} is not of a kind that a dataset knows:"
            f" {', '.join(f'{each}:…' for each in MEMBER_FIELDS)}"
        )
    return {"role": inputs["role"], MEMBER_FIELDS[kind]: name}


def entry_of(inputs: Properties) -> Access:
    """Return the access entry that a `DatasetAccess` describes."""
    named = inputs | {"dataset": inputs.get("authorizedDataset")}
    return {name: named[name] for name in ENTRY_FIELDS if named.get(name)}


def _change_access(
    session: GoogleSession, properties: Properties, change: Callable[[list[Access]], list[Access]]
) -> None:
    api, path = session.api("bigquery"), f"{path_of(session, properties)}?{VERSION}"
    with _changing_access:
        found = api.find(path)
        if found is None:
            raise NotSettled(f"dataset {properties['datasetId']} does not exist")
        entries = found.get("access", [])
        changed = change(entries)
        if changed != entries:
            api.call("PATCH", path, {"access": changed})


def _grant(session: GoogleSession, inputs: Properties, entry: Access) -> None:
    def add(entries: list[Access]) -> list[Access]:
        return entries if _is_among(entry, entries) else [*entries, entry]

    _change_access(session, inputs, add)


def _revoke(session: GoogleSession, state: Properties, entry: Access) -> None:
    if session.api("bigquery").find(path_of(session, state)) is None:
        return
    gone = _with_legacy_role(entry)
    _change_access(
        session,
        state,
        lambda entries: [each for each in entries if _with_legacy_role(each) != gone],
    )


def _is_among(entry: Access, entries: list[Access]) -> bool:
    return any(_with_legacy_role(each) == _with_legacy_role(entry) for each in entries)


def _granted(session: GoogleSession, state: Properties, entry: Access) -> Properties | None:
    found = session.api("bigquery").find(f"{path_of(session, state)}?{VERSION}")
    if found is None or not _is_among(entry, found.get("access", [])):
        return None
    return {"project": session.project_of(state), "etag": found.get("etag")}


def create_member(session: GoogleSession, inputs: Properties) -> Created:
    """Give a member a role on a dataset."""
    _grant(session, inputs, member_entry(inputs))
    place = path_of(session, inputs).removeprefix("/")
    return Created(f"{place}/{inputs['role']}/{inputs['member']}")


def read_member(session: GoogleSession, _id: str, state: Properties) -> Properties | None:
    """Return a member's role on a dataset, which is as it was or gone."""
    return _granted(session, state, member_entry(state))


def delete_member(session: GoogleSession, _id: str, state: Properties) -> None:
    """Take a member's role on a dataset away."""
    _revoke(session, state, member_entry(state))


def create_access(session: GoogleSession, inputs: Properties) -> Created:
    """Add an entry to a dataset's access list."""
    _grant(session, inputs, entry_of(inputs))
    return Created(path_of(session, inputs).removeprefix("/"))


def read_access(session: GoogleSession, _id: str, state: Properties) -> Properties | None:
    """Return an access entry, which is as it was or gone."""
    found = _granted(session, state, entry_of(state))
    return None if found is None else {"project": found["project"], "apiUpdatedMember": False}


def delete_access(session: GoogleSession, _id: str, state: Properties) -> None:
    """Remove an entry from a dataset's access list."""
    _revoke(session, state, entry_of(state))


DATASET: ResourceType[GoogleSession] = ResourceType(
    name="gcp:bigquery/dataset:Dataset",
    create=create,
    read=read,
    update=update,
    delete=delete,
    required=("datasetId",),
    optional=(*PLAIN, "project", "labels", "accesses", "deleteContentsOnDestroy", "deletionPolicy"),
    replaced_by=frozenset({"datasetId", "project", "location", "defaultCollation"}),
    computed=(
        "creationTime",
        "effectiveLabels",
        "etag",
        "lastModifiedTime",
        "pulumiLabels",
        "selfLink",
    ),
    defaults={"deleteContentsOnDestroy": False},
    same={"accesses": access_list},
    deletes_before_replacing=True,
)

DATASET_IAM_MEMBER: ResourceType[GoogleSession] = ResourceType(
    name="gcp:bigquery/datasetIamMember:DatasetIamMember",
    create=create_member,
    read=read_member,
    delete=delete_member,
    required=("datasetId", "member", "role"),
    optional=("project", "condition"),
    computed=("etag",),
)

DATASET_ACCESS: ResourceType[GoogleSession] = ResourceType(
    name="gcp:bigquery/datasetAccess:DatasetAccess",
    create=create_access,
    read=read_access,
    delete=delete_access,
    required=("datasetId",),
    optional=(
        *(name for name in ENTRY_FIELDS if name != "dataset"),
        "authorizedDataset",
        "project",
        "deletionPolicy",
    ),
    computed=("apiUpdatedMember",),
)
