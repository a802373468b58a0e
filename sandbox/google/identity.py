"""Service accounts, their keys and tokens, and the policies of projects.

Owns who exists and how a key file becomes an access token. Leaves out what a principal may do
(`sandbox.google.rights`) and HTTP. Projects are not created: any well-formed project id is one
of the owner's, as a laptop has no billing account to ask.
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.api import Caller, Json, Realm
from sandbox.clock import Clock
from sandbox.google.errors import (
    GoogleError,
    Invalid,
    Unauthenticated,
)
from sandbox.google.keys import InvalidGrant, certificate, jwt_parts, key_file, verifies

OWNER = "owner"
"""The principal of a call without credentials: the project's owner."""

OWNER_MEMBER = "user:owner@sandbox.invalid"
"""The owner's name in policies."""

OWNER_TOKEN = "sandbox-owner"  # noqa: S105 - public on purpose: it opens only a sandbox
"""The bearer token that says the same, for clients that cannot send none."""

PROJECT_OWNER = "user:owner@sandbox.invalid"

TOKEN_AUDIENCES = ("/google/token", "https://oauth2.googleapis.com/token")
"""How the audience of a key's assertion may end; Google's Python library always sends its own."""

KEYS_PER_ACCOUNT = 10
ACCOUNT_ID = re.compile(r"[a-z](?:[-a-z0-9]{4,28}[a-z0-9])")
PROJECT_ID = re.compile(r"(?:[a-z0-9.]+:)?[a-z][-a-z0-9]{4,28}[a-z0-9]")
NEVER = "9999-12-31T23:59:59Z"


@dataclass(eq=False)
class ServiceAccountKey:
    """One key pair. The private half is handed out once, as a key file, and not kept."""

    key_id: str
    public_key: rsa.RSAPublicKey
    certificate_pem: bytes
    created: datetime
    disabled: bool = False


@dataclass(eq=False)
class ServiceAccount:
    """An identity for programs."""

    project: str
    account_id: str
    unique_id: str
    display_name: str = ""
    description: str = ""
    disabled: bool = False
    revision: int = 1
    keys: dict[str, ServiceAccountKey] = field(default_factory=dict)

    @property
    def email(self) -> str:
        """The address that names it everywhere."""
        return f"{self.account_id}@{self.project}.iam.gserviceaccount.com"

    @property
    def etag(self) -> str:
        """Changes with every change of the account."""
        return base64.b64encode(f"{self.unique_id}.{self.revision}".encode()).decode()


@dataclass(frozen=True)
class NewKey:
    """A key and the one copy of its key file."""

    key: ServiceAccountKey
    key_file: bytes = field(repr=False)
    """JSON, as `gcloud iam service-accounts keys create` writes it."""


@dataclass(eq=False)
class Policy:
    """Who holds which role in a project: members by role."""

    bindings: list[Json] = field(default_factory=list)
    revision: int = 1

    @property
    def etag(self) -> str:
        """Changes with every change of the policy."""
        return base64.b64encode(f"policy.{self.revision}".encode()).decode()

    def roles(self, member: str) -> set[str]:
        """Return the roles that `member` (such as `serviceAccount:…`) holds."""
        return {each["role"] for each in self.bindings if member in each.get("members", ())}


class Identities:
    """All service accounts, tokens and project policies of the sandbox."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._accounts: dict[str, ServiceAccount] = {}
        self._tokens: dict[str, ServiceAccount] = {}
        self._policies: dict[str, Policy] = {}
        self._services: dict[str, set[str]] = {}

    # Service accounts

    def create_service_account(
        self, project: str, account_id: str, display_name: str = "", description: str = ""
    ) -> ServiceAccount:
        """Create an account.

        Raises:
            GoogleError: 400 for an id that is none, 409 if it is taken.
        """
        check_project(project)
        if not ACCOUNT_ID.fullmatch(account_id):
            raise Invalid(
                f"The account ID {account_id!r} does not have a length between 6 and 30, or holds "
                "other characters than lower-case letters, digits and hyphens."
            )
        unique_id = str(10**20 + secrets.randbelow(10**19))
        account = ServiceAccount(project, account_id, unique_id, display_name, description)
        if account.email in self._accounts:
            raise GoogleError(
                409,
                "alreadyExists",
                f"Service account {account_id} already exists within project projects/{project}.",
            )
        self._accounts[account.email] = account
        return account

    def service_account(self, project: str, name: str) -> ServiceAccount:
        """Return an account by its address or unique id; project `-` means any.

        Raises:
            GoogleError: 404.
        """
        account = self._accounts.get(name) or next(
            (each for each in self._accounts.values() if each.unique_id == name), None
        )
        if account is None or project not in ("-", account.project):
            raise GoogleError(404, "notFound", f"Unknown service account: {name}")
        return account

    def all(self) -> list[ServiceAccount]:
        """Return every account of every project."""
        return list(self._accounts.values())

    def bindings(self) -> list[tuple[str, str, str]]:
        """Return project, role and member of everything that was granted on projects.

        Leaves out the owner, whom every project has from its beginning.
        """
        return [
            (project, binding["role"], member)
            for project, policy in self._policies.items()
            for binding in policy.bindings
            for member in binding.get("members", ())
            if (binding["role"], member) != ("roles/owner", PROJECT_OWNER)
        ]

    def service_accounts(self, project: str) -> list[ServiceAccount]:
        """Return a project's accounts by address."""
        mine = (each for each in self._accounts.values() if each.project == project)
        return sorted(mine, key=lambda each: each.email)

    def update_service_account(
        self, account: ServiceAccount, *, display_name: str | None, description: str | None
    ) -> None:
        """Change what is not None."""
        if display_name is not None:
            account.display_name = display_name
        if description is not None:
            account.description = description
        account.revision += 1

    def set_disabled(self, account: ServiceAccount, *, disabled: bool) -> None:
        """Switch the account off or on; its tokens follow at once."""
        account.disabled = disabled
        account.revision += 1

    def delete_service_account(self, account: ServiceAccount) -> None:
        """Remove the account, its keys and tokens; policies keep naming it, as Google's do."""
        del self._accounts[account.email]
        self._tokens = {k: v for k, v in self._tokens.items() if v is not account}

    # Keys and tokens

    def add_key(
        self, account: ServiceAccount, private_key: rsa.RSAPrivateKey, token_uri: str
    ) -> NewKey:
        """Register a key pair (made by `new_private_key`, off the event loop).

        Raises:
            GoogleError: 429, the account has ten keys.
        """
        if len(account.keys) >= KEYS_PER_ACCOUNT:
            raise GoogleError(
                429, "rateLimitExceeded", "Maximum number of keys on account reached."
            )
        key_id = secrets.token_hex(20)
        now = self._clock.now()
        certificate_pem = certificate(account.unique_id, private_key)
        key = ServiceAccountKey(key_id, private_key.public_key(), certificate_pem, now)
        account.keys[key_id] = key
        return NewKey(key, key_file(account, key_id, private_key, token_uri))

    def key(self, account: ServiceAccount, key_id: str) -> ServiceAccountKey:
        """Return a key.

        Raises:
            GoogleError: 404.
        """
        try:
            return account.keys[key_id]
        except KeyError:
            raise GoogleError(
                404, "notFound", f"Service account key {key_id} does not exist."
            ) from None

    def token_for(self, assertion: str) -> str:
        """Exchange a signed JWT for an access token (RFC 7523).

        Its times are not compared with the clock: clients sign with real time, and the sandbox's
        may run faster.

        Raises:
            InvalidGrant: The signature, the account or the key is not one of ours.
        """
        header, claims, signed, signature = jwt_parts(assertion)
        account = self._accounts.get(str(claims.get("iss")))
        if account is None:
            raise InvalidGrant("Invalid grant: account not found")
        if account.disabled:
            raise InvalidGrant("Service account is disabled.", "unauthorized_client")
        if not str(claims.get("aud", "")).endswith(TOKEN_AUDIENCES):
            raise InvalidGrant(f"Invalid JWT: aud is {claims.get('aud')!r}, not the token address.")
        candidates = [
            key
            for key_id, key in account.keys.items()
            if header.get("kid") in (None, key_id) and not key.disabled
        ]
        if header.get("alg") != "RS256" or not any(
            verifies(key.public_key, signed, signature) for key in candidates
        ):
            raise InvalidGrant("Invalid JWT Signature.")
        return self.issue_token(account)

    def issue_token(self, account: ServiceAccount) -> str:
        """Return a new access token; it lives as long as the account is there and enabled."""
        token = f"ya29.{secrets.token_urlsafe(32)}"
        self._tokens[token] = account
        return token

    def authenticate(self, bearer_token: str | None) -> Caller:
        """Tell who calls.

        Raises:
            Unauthenticated: The token is not one of ours.
        """
        if bearer_token is None or bearer_token == OWNER_TOKEN:
            return Caller(OWNER, Realm.GOOGLE)
        account = self._tokens.get(bearer_token)
        if account is None or account.disabled:
            raise Unauthenticated
        return self.caller(account)

    def caller(self, account: ServiceAccount) -> Caller:
        """Return the caller that a service account is."""
        return Caller(f"serviceAccount:{account.email}", Realm.GOOGLE)

    def find(self, email: str) -> ServiceAccount | None:
        """Return an account by its address, or None."""
        return self._accounts.get(email)

    # Projects

    def policy(self, project: str) -> Policy:
        """Return a project's policy; a new project's is empty but for its owner."""
        check_project(project)
        return self._policies.setdefault(
            project, Policy([{"role": "roles/owner", "members": [OWNER_MEMBER]}])
        )

    def set_policy(self, project: str, bindings: list[Json], etag: str | None) -> Policy:
        """Replace a project's bindings.

        Raises:
            GoogleError: 409 if `etag` is given and stale; 400 for a binding without role, or
                with a service account of ours that does not exist.
        """
        policy = self.policy(project)
        if etag is not None and etag != policy.etag:
            raise GoogleError(
                409,
                "aborted",
                "There were concurrent policy changes. Please retry the whole read-modify-write "
                "with exponential backoff.",
            )
        for binding in bindings:
            self._check_binding(binding)
        policy.bindings = [each for each in bindings if each.get("members")]
        policy.revision += 1
        return policy

    def _check_binding(self, binding: Json) -> None:
        if not isinstance(binding, dict) or not str(binding.get("role", "")).strip():
            raise Invalid(f"A binding needs a role: {binding!r:.120}")
        for member in binding.get("members") or ():
            kind, _, email = str(member).partition(":")
            ours = email.endswith(".iam.gserviceaccount.com")
            if kind == "serviceAccount" and ours and email not in self._accounts:
                raise Invalid(f"Service account {email} does not exist.")

    def services(self, project: str) -> set[str]:
        """Return the names of the services enabled in a project, to be changed in place."""
        check_project(project)
        return self._services.setdefault(project, {"bigquery.googleapis.com"})

    def project_roles(self, project: str, principal: str) -> set[str]:
        """Return the roles that a principal holds in the project's policy."""
        return self.policy(project).roles(principal)


def check_project(project: str) -> None:
    """Raise `GoogleError` 400 unless `project` is a well-formed project id."""
    if not PROJECT_ID.fullmatch(project):
        raise Invalid(
            f"Invalid project ID {project!r}. Project IDs must contain 6-63 lowercase letters, "
            "digits, or dashes. IDs must start with a letter and may not end with a dash."
        )


def project_number(project: str) -> str:
    """Return the project's number: made from its id, so that it is the same in every run."""
    digest = hashlib.sha256(project.encode()).digest()
    return str(10**11 + int.from_bytes(digest[:6]) % (9 * 10**11))
