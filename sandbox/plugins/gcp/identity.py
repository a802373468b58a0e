"""Service accounts and their keys (API `iam/v1`)."""

from sandbox.plugins.gcp.session import GoogleSession
from sandbox.plugins.properties import Properties
from sandbox.plugins.resource import Created, ResourceType

LONGEST_ACCOUNT_ID = 30
"""In characters: Google's limit."""


def create_account(session: GoogleSession, inputs: Properties) -> Created:
    """Create a service account; its id is its name with the e-mail address in it."""
    texts = {name: inputs[name] for name in ("displayName", "description") if name in inputs}
    body = {"accountId": inputs["accountId"], "serviceAccount": texts}
    path = f"/projects/{session.project_of(inputs)}/serviceAccounts"
    made = session.api("iam").call("POST", path, body)
    if inputs.get("disabled"):
        session.api("iam").call("POST", f"/{made['name']}:disable", {})
    return Created(made["name"])


def read_account(session: GoogleSession, id_: str, _state: Properties) -> Properties | None:
    """Return a service account's properties."""
    found = session.api("iam").find(f"/{id_}")
    if found is None:
        return None
    email = found["email"]
    return {
        "accountId": email.partition("@")[0],
        "project": found["projectId"],
        "displayName": found.get("displayName", ""),
        "description": found.get("description", ""),
        "disabled": found.get("disabled", False),
        "email": email,
        "member": f"serviceAccount:{email}",
        "name": found["name"],
        "uniqueId": found["uniqueId"],
    }


def update_account(session: GoogleSession, id_: str, olds: Properties, news: Properties) -> None:
    """Change a service account's texts, or switch it on or off."""
    api = session.api("iam")
    names = ("displayName", "description")
    changed = {
        name: news.get(name, "") for name in names if olds.get(name, "") != news.get(name, "")
    }
    if changed:
        wire = {"displayName": "display_name", "description": "description"}
        mask = ",".join(wire[name] for name in changed)
        api.call("PATCH", f"/{id_}", {"serviceAccount": changed, "updateMask": mask})
    if olds.get("disabled", False) != news.get("disabled", False):
        api.call("POST", f"/{id_}:{'disable' if news.get('disabled') else 'enable'}", {})


def delete_account(session: GoogleSession, id_: str, _state: Properties) -> None:
    """Remove a service account."""
    if session.api("iam").find(f"/{id_}") is not None:
        session.api("iam").call("DELETE", f"/{id_}")


def create_key(session: GoogleSession, inputs: Properties) -> Created:
    """Mint a key; its private half is told this once."""
    account = inputs["serviceAccountId"]
    name = account if account.startswith("projects/") else f"projects/-/serviceAccounts/{account}"
    body = {"keyAlgorithm": inputs["keyAlgorithm"], "privateKeyType": inputs["privateKeyType"]}
    made = session.api("iam").call("POST", f"/{name}/keys", body)
    return Created(made["name"], {"privateKey": made["privateKeyData"]})


def read_key(session: GoogleSession, id_: str, state: Properties) -> Properties | None:
    """Return a key's properties, without its private half."""
    found = session.api("iam").find(f"/{id_}?publicKeyType={state['publicKeyType']}")
    if found is None:
        return None
    return {
        "name": found["name"],
        "keyAlgorithm": found["keyAlgorithm"],
        "publicKey": found.get("publicKeyData", ""),
        "validAfter": found.get("validAfterTime"),
        "validBefore": found.get("validBeforeTime"),
    }


def delete_key(session: GoogleSession, id_: str, _state: Properties) -> None:
    """Revoke a key."""
    if session.api("iam").find(f"/{id_}") is not None:
        session.api("iam").call("DELETE", f"/{id_}")


ACCOUNT: ResourceType[GoogleSession] = ResourceType(
    name="gcp:serviceaccount/account:Account",
    create=create_account,
    read=read_account,
    update=update_account,
    delete=delete_account,
    optional=(
        "accountId",
        "project",
        "displayName",
        "description",
        "disabled",
        "createIgnoreAlreadyExists",
        "deletionPolicy",
    ),
    replaced_by=frozenset({"accountId", "project"}),
    computed=("email", "member", "name", "uniqueId"),
    named_by="accountId",
    longest_name=LONGEST_ACCOUNT_ID,
)

KEY: ResourceType[GoogleSession] = ResourceType(
    name="gcp:serviceaccount/key:Key",
    create=create_key,
    read=read_key,
    delete=delete_key,
    required=("serviceAccountId",),
    optional=("keyAlgorithm", "privateKeyType", "publicKeyType", "keepers", "deletionPolicy"),
    computed=("name", "privateKey", "publicKey", "validAfter", "validBefore"),
    defaults={
        "keyAlgorithm": "KEY_ALG_RSA_2048",
        "privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE",
        "publicKeyType": "TYPE_X509_PEM_FILE",
    },
)
