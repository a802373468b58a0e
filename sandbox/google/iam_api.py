"""IAM v1 over HTTP: service accounts and their keys; and the OAuth token endpoint."""

import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import serialization
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.api import Api, ApiError, Caller, Json, Operation, Realm
from sandbox.google.bodies import json_object, raw_body
from sandbox.google.errors import Invalid, PreconditionFailed, error_body
from sandbox.google.identity import (
    NEVER,
    Identities,
    ServiceAccount,
    ServiceAccountKey,
)
from sandbox.google.keys import new_private_key
from sandbox.google.rights import Rights
from sandbox.google.shapes import NEW_KEY, NEW_SERVICE_ACCOUNT, SERVICE_ACCOUNT_CHANGE

ACCOUNTS = "/google/iam/v1/projects/{project}/serviceAccounts"
ACCOUNT = ACCOUNTS + "/{account}"
KEYS = ACCOUNT + "/keys"
KEY = KEYS + "/{key}"
TOKEN_PATH = "/google/token"  # noqa: S105 - a path
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_LIFETIME_S = 3600


@dataclass(frozen=True)
class IamApi:
    """Service accounts and keys."""

    identities: Identities
    rights: Rights

    def api(self) -> Api:
        """Return the API."""
        google = Realm.GOOGLE
        accounts, keys = "iam.projects.serviceAccounts", "iam.projects.serviceAccounts.keys"
        operations = (
            Operation("POST", ACCOUNTS, f"{accounts}.create", google, self.create),
            Operation("GET", ACCOUNTS, f"{accounts}.list", google, self.list),
            Operation("GET", ACCOUNT, f"{accounts}.get", google, self.get),
            Operation("PATCH", ACCOUNT, f"{accounts}.patch", google, self.patch),
            Operation("DELETE", ACCOUNT, f"{accounts}.delete", google, self.delete),
            Operation("POST", ACCOUNT + ":enable", f"{accounts}.enable", google, self.enable),
            Operation("POST", ACCOUNT + ":disable", f"{accounts}.disable", google, self.disable),
            Operation("POST", ACCOUNT + ":undelete", f"{accounts}.undelete", google),
            Operation("POST", ACCOUNT + ":getIamPolicy", f"{accounts}.getIamPolicy", google),
            Operation("POST", ACCOUNT + ":setIamPolicy", f"{accounts}.setIamPolicy", google),
            Operation("POST", KEYS, f"{keys}.create", google, self.create_key),
            Operation("GET", KEYS, f"{keys}.list", google, self.list_keys),
            Operation("GET", KEY, f"{keys}.get", google, self.get_key),
            Operation("DELETE", KEY, f"{keys}.delete", google, self.delete_key),
            Operation("POST", KEYS + ":upload", f"{keys}.upload", google),
        )
        return Api("Google IAM v1", ("/google/iam/v1",), operations, error_body)

    async def create(self, request: Request, caller: Caller) -> Response:
        """Create a service account."""
        project = self._require(request, caller)
        body = await json_object(request, NEW_SERVICE_ACCOUNT)
        given = body.get("serviceAccount") or {}
        account = self.identities.create_service_account(
            project,
            str(body.get("accountId") or ""),
            str(given.get("displayName") or ""),
            str(given.get("description") or ""),
        )
        return JSONResponse(account_resource(account))

    async def list(self, request: Request, caller: Caller) -> Response:
        """List a project's service accounts."""
        project = self._require(request, caller)
        accounts = self.identities.service_accounts(project)
        resources = [account_resource(each) for each in accounts]
        return JSONResponse({"accounts": resources} if resources else {})

    async def get(self, request: Request, caller: Caller) -> Response:
        """Return a service account."""
        return JSONResponse(account_resource(self._account(request, caller)))

    async def patch(self, request: Request, caller: Caller) -> Response:
        """Change what `updateMask` names."""
        account = self._account(request, caller)
        body = await json_object(request, SERVICE_ACCOUNT_CHANGE)
        given = body.get("serviceAccount") or {}
        if given.get("etag") not in (None, "", account.etag):
            raise PreconditionFailed
        mask = str(body.get("updateMask") or ",".join(given)).replace("_", "").lower().split(",")
        names = {"displayname": "displayName", "description": "description"}
        change = {key: given.get(name) or "" for key, name in names.items() if key in mask}
        self.identities.update_service_account(
            account,
            display_name=change.get("displayname"),
            description=change.get("description"),
        )
        return JSONResponse(account_resource(account))

    async def delete(self, request: Request, caller: Caller) -> Response:
        """Delete a service account with its keys."""
        self.identities.delete_service_account(self._account(request, caller))
        return JSONResponse({})

    async def enable(self, request: Request, caller: Caller) -> Response:
        """Switch an account on."""
        self.identities.set_disabled(self._account(request, caller), disabled=False)
        return JSONResponse({})

    async def disable(self, request: Request, caller: Caller) -> Response:
        """Switch an account off."""
        self.identities.set_disabled(self._account(request, caller), disabled=True)
        return JSONResponse({})

    async def create_key(self, request: Request, caller: Caller) -> Response:
        """Make a key; the answer is the only copy of its private half."""
        account = self._account(request, caller, "iam.serviceAccountKeys")
        body = await json_object(request, NEW_KEY)
        kind = body.get("privateKeyType") or "TYPE_GOOGLE_CREDENTIALS_FILE"
        if kind not in ("TYPE_GOOGLE_CREDENTIALS_FILE", "TYPE_UNSPECIFIED"):
            raise Invalid(f"privateKeyType {kind}: only TYPE_GOOGLE_CREDENTIALS_FILE is emulated")
        algorithm = body.get("keyAlgorithm") or "KEY_ALG_RSA_2048"
        if algorithm not in ("KEY_ALG_RSA_2048", "KEY_ALG_UNSPECIFIED"):
            raise Invalid(f"keyAlgorithm {algorithm}: only KEY_ALG_RSA_2048 is emulated")
        private_key = await asyncio.to_thread(new_private_key)
        token_uri = str(request.base_url).rstrip("/") + TOKEN_PATH
        made = self.identities.add_key(account, private_key, token_uri)
        resource = key_resource(account, made.key)
        resource["privateKeyType"] = "TYPE_GOOGLE_CREDENTIALS_FILE"
        resource["privateKeyData"] = base64.b64encode(made.key_file).decode()
        return JSONResponse(resource)

    async def list_keys(self, request: Request, caller: Caller) -> Response:
        """List an account's keys."""
        account = self._account(request, caller, "iam.serviceAccountKeys")
        return JSONResponse({"keys": [key_resource(account, k) for k in account.keys.values()]})

    async def get_key(self, request: Request, caller: Caller) -> Response:
        """Return a key, with its public half in the form that `publicKeyType` asks for."""
        account = self._account(request, caller, "iam.serviceAccountKeys")
        key = self.identities.key(account, request.path_params["key"])
        resource = key_resource(account, key)
        kind = request.query_params.get("publicKeyType", "TYPE_NONE")
        if kind in PUBLIC_KEYS:
            resource["publicKeyData"] = base64.b64encode(PUBLIC_KEYS[kind](key)).decode()
        return JSONResponse(resource)

    async def delete_key(self, request: Request, caller: Caller) -> Response:
        """Delete a key: no new tokens with it."""
        account = self._account(request, caller, "iam.serviceAccountKeys")
        key = self.identities.key(account, request.path_params["key"])
        del account.keys[key.key_id]
        return JSONResponse({})

    def _require(
        self, request: Request, caller: Caller, permission: str = "iam.serviceAccounts"
    ) -> str:
        project = str(request.path_params["project"])
        if project != "-":
            self.rights.require_in_project(caller.principal, project, permission)
        return project

    def _account(
        self, request: Request, caller: Caller, permission: str = "iam.serviceAccounts"
    ) -> ServiceAccount:
        project = self._require(request, caller, permission)
        account = self.identities.service_account(project, request.path_params["account"])
        self.rights.require_in_project(caller.principal, account.project, permission)
        return account


@dataclass(frozen=True)
class TokenApi:
    """OAuth 2.0 for key files: a signed JWT for an access token."""

    identities: Identities

    def api(self) -> Api:
        """Return the API."""
        operation = Operation("POST", TOKEN_PATH, "oauth2.token", Realm.NONE, self.token)
        return Api("Google OAuth 2.0", (TOKEN_PATH,), (operation,), token_error)

    async def token(self, request: Request, _caller: Caller) -> Response:
        """Exchange an assertion."""
        form = parse_qs((await raw_body(request)).decode("latin-1"))
        if form.get("grant_type") != [GRANT]:
            raise ApiError(
                400, f"Invalid grant_type: {form.get('grant_type')}", code="unsupported_grant_type"
            )
        token = self.identities.token_for(form.get("assertion", [""])[0])
        answer = {"access_token": token, "expires_in": TOKEN_LIFETIME_S, "token_type": "Bearer"}
        return JSONResponse(answer)


def token_error(error: ApiError) -> Json:
    """Render a refusal as OAuth 2.0 does."""
    return {"error": str(error.code or "invalid_request"), "error_description": error.message}


def account_resource(account: ServiceAccount) -> dict[str, Json]:
    """Return a `ServiceAccount`."""
    resource: dict[str, Json] = {
        "name": f"projects/{account.project}/serviceAccounts/{account.email}",
        "projectId": account.project,
        "uniqueId": account.unique_id,
        "email": account.email,
        "etag": account.etag,
        "oauth2ClientId": account.unique_id,
    }
    optional = {
        "displayName": account.display_name,
        "description": account.description,
        "disabled": account.disabled,
    }
    return resource | {name: value for name, value in optional.items() if value}


def key_resource(account: ServiceAccount, key: ServiceAccountKey) -> dict[str, Json]:
    """Return a `ServiceAccountKey` without its halves."""
    name = f"projects/{account.project}/serviceAccounts/{account.email}/keys/{key.key_id}"
    return {
        "name": name,
        "validAfterTime": key.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "validBeforeTime": NEVER,
        "keyAlgorithm": "KEY_ALG_RSA_2048",
        "keyOrigin": "GOOGLE_PROVIDED",
        "keyType": "USER_MANAGED",
    }


def _raw_public_key(key: ServiceAccountKey) -> bytes:
    return key.public_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


PUBLIC_KEYS: dict[str, Callable[[ServiceAccountKey], bytes]] = {
    "TYPE_X509_PEM_FILE": lambda key: key.certificate_pem,
    "TYPE_RAW_PUBLIC_KEY": _raw_public_key,
}
