"""Handlers of `iam/v2`: service accounts, role bindings, API keys."""

from starlette.requests import Request
from starlette.responses import Response

from sandbox.api import Caller, Json, Operation, Realm
from sandbox.confluent.state.cloud import Cloud
from sandbox.confluent.state.iam import ApiKeySpec
from sandbox.confluent.state.objects import ApiKey, RoleBinding, ServiceAccount
from sandbox.confluent.wire import Body, answer, no_content, page

API_VERSION = "iam/v2"


class ServiceAccountHandlers:
    """Handlers of the service accounts."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def operations(self) -> tuple[Operation, ...]:
        """Return the group's operations."""
        many, one = "/iam/v2/service-accounts", "/iam/v2/service-accounts/{account_id}"
        return (
            Operation("GET", many, "listIamV2ServiceAccounts", Realm.CLOUD, self.list),
            Operation("POST", many, "createIamV2ServiceAccount", Realm.CLOUD, self.create),
            Operation("GET", one, "getIamV2ServiceAccount", Realm.CLOUD, self.get),
            Operation("PATCH", one, "updateIamV2ServiceAccount", Realm.CLOUD, self.update),
            Operation("DELETE", one, "deleteIamV2ServiceAccount", Realm.CLOUD, self.delete),
        )

    async def list(self, request: Request, caller: Caller) -> Response:
        """Return the accounts, by page; `display_name` filters."""
        self._require(caller)
        names = request.query_params.getlist("display_name")
        found = [
            a for a in self._cloud.service_accounts.all() if not names or a.display_name in names
        ]
        return page(request, API_VERSION, "ServiceAccountList", found, self._to_wire)

    async def create(self, request: Request, caller: Caller) -> Response:
        """Create an account."""
        self._require(caller)
        body = await Body.of(request)
        account = self._cloud.service_accounts.create(
            body.text("display_name"), body.optional_text("description") or ""
        )
        return answer(self._to_wire(account), 201)

    async def get(self, request: Request, caller: Caller) -> Response:
        """Return an account."""
        self._require(caller)
        return answer(self._to_wire(self._cloud.service_accounts.get(_id(request))))

    async def update(self, request: Request, caller: Caller) -> Response:
        """Change name or description."""
        self._require(caller)
        body = await Body.of(request)
        changed = self._cloud.service_accounts.update(
            _id(request), body.optional_text("display_name"), body.optional_text("description")
        )
        return answer(self._to_wire(changed))

    async def delete(self, request: Request, caller: Caller) -> Response:
        """Delete an account with its keys and role bindings."""
        self._require(caller)
        self._cloud.service_accounts.delete(_id(request))
        return no_content()

    def _require(self, caller: Caller) -> None:
        self._cloud.access.require_admin(caller, self._cloud.store.organization_crn)

    def _to_wire(self, account: ServiceAccount) -> Json:
        store = self._cloud.store
        return {
            "api_version": API_VERSION,
            "kind": "ServiceAccount",
            "id": account.id,
            "metadata": {
                "self": f"{store.base_url}/iam/v2/service-accounts/{account.id}",
                "resource_name": f"{store.organization_crn}/service-account={account.id}",
            },
            "display_name": account.display_name,
            "description": account.description,
        }


class RoleBindingHandlers:
    """Handlers of the role bindings."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def operations(self) -> tuple[Operation, ...]:
        """Return the group's operations."""
        many, one = "/iam/v2/role-bindings", "/iam/v2/role-bindings/{binding_id}"
        return (
            Operation("GET", many, "listIamV2RoleBindings", Realm.CLOUD, self.list),
            Operation("POST", many, "createIamV2RoleBinding", Realm.CLOUD, self.create),
            Operation("GET", one, "getIamV2RoleBinding", Realm.CLOUD, self.get),
            Operation("DELETE", one, "deleteIamV2RoleBinding", Realm.CLOUD, self.delete),
        )

    async def list(self, request: Request, caller: Caller) -> Response:
        """Return the bindings, by page; `principal`, `role_name`, `crn_pattern` filter."""
        self._require(caller, self._cloud.store.organization_crn)
        query = request.query_params
        found = self._cloud.role_bindings.all(
            query.get("principal"), query.get("role_name"), query.get("crn_pattern")
        )
        return page(request, API_VERSION, "RoleBindingList", found, self._to_wire)

    async def create(self, request: Request, caller: Caller) -> Response:
        """Give a role; the caller must administer what it is given on."""
        body = await Body.of(request)
        crn_pattern = body.text("crn_pattern")
        self._require(caller, crn_pattern)
        binding = self._cloud.role_bindings.create(
            body.text("principal"), body.text("role_name"), crn_pattern
        )
        return answer(self._to_wire(binding), 201)

    async def get(self, request: Request, caller: Caller) -> Response:
        """Return a binding."""
        return answer(self._to_wire(self._binding(request, caller)))

    async def delete(self, request: Request, caller: Caller) -> Response:
        """Take a role back; answers what it was."""
        binding = self._binding(request, caller)
        self._cloud.role_bindings.delete(binding.id)
        return answer(self._to_wire(binding))

    def _binding(self, request: Request, caller: Caller) -> RoleBinding:
        binding = self._cloud.role_bindings.get(request.path_params["binding_id"])
        self._require(caller, binding.crn_pattern)
        return binding

    def _require(self, caller: Caller, crn: str) -> None:
        self._cloud.access.require_admin(caller, crn)

    def _to_wire(self, binding: RoleBinding) -> Json:
        base = self._cloud.store.base_url
        return {
            "api_version": API_VERSION,
            "kind": "RoleBinding",
            "id": binding.id,
            "metadata": {"self": f"{base}/iam/v2/role-bindings/{binding.id}"},
            "principal": binding.principal,
            "role_name": binding.role_name,
            "crn_pattern": binding.crn_pattern,
        }


class ApiKeyHandlers:
    """Handlers of the API keys."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def operations(self) -> tuple[Operation, ...]:
        """Return the group's operations."""
        many, one = "/iam/v2/api-keys", "/iam/v2/api-keys/{key_id}"
        return (
            Operation("GET", many, "listIamV2ApiKeys", Realm.CLOUD, self.list),
            Operation("POST", many, "createIamV2ApiKey", Realm.CLOUD, self.create),
            Operation("GET", one, "getIamV2ApiKey", Realm.CLOUD, self.get),
            Operation("PATCH", one, "updateIamV2ApiKey", Realm.CLOUD, self.update),
            Operation("DELETE", one, "deleteIamV2ApiKey", Realm.CLOUD, self.delete),
        )

    async def list(self, request: Request, caller: Caller) -> Response:
        """Return the keys, by page; `spec.owner` and `spec.resource` filter."""
        self._require(caller, None)
        query = request.query_params
        found = self._cloud.api_keys.all(query.get("spec.owner"), query.get("spec.resource"))
        return page(request, API_VERSION, "ApiKeyList", found, self._to_wire)

    async def create(self, request: Request, caller: Caller) -> Response:
        """Issue a key: the only answer that holds the secret."""
        body = await Body.of(request)
        spec = ApiKeySpec(
            owner_id=body.text("spec.owner.id"),
            resource_id=body.optional_text("spec.resource.id") or None,
            display_name=body.optional_text("spec.display_name") or "",
            description=body.optional_text("spec.description") or "",
        )
        self._require(caller, spec.resource_id)
        key, secret = self._cloud.api_keys.create(spec)
        wire = self._to_wire(key)
        wire["spec"]["secret"] = secret
        return answer(wire, 202)

    async def get(self, request: Request, caller: Caller) -> Response:
        """Return a key, without its secret."""
        return answer(self._to_wire(self._key(request, caller)))

    async def update(self, request: Request, caller: Caller) -> Response:
        """Change name or description."""
        key = self._key(request, caller)
        body = await Body.of(request)
        changed = self._cloud.api_keys.update(
            key.id, body.optional_text("spec.display_name"), body.optional_text("spec.description")
        )
        return answer(self._to_wire(changed))

    async def delete(self, request: Request, caller: Caller) -> Response:
        """Revoke a key."""
        self._cloud.api_keys.delete(self._key(request, caller).id)
        return no_content()

    def _key(self, request: Request, caller: Caller) -> ApiKey:
        key = self._cloud.api_keys.get(_id(request, "key_id"))
        self._require(caller, key.resource_id)
        return key

    def _require(self, caller: Caller, resource_id: str | None) -> None:
        store = self._cloud.store
        named: dict[str, str] = {
            **{c.id: c.rbac_crn for c in store.kafka_clusters.values()},
            **{r.id: r.crn for r in store.registries.values()},
            **{k.id: k.crn for k in store.ksql_clusters.values()},
        }
        crn = named.get(resource_id or "", store.organization_crn)
        self._cloud.access.require_admin(caller, crn)

    def _to_wire(self, key: ApiKey) -> Json:
        store = self._cloud.store
        owner_kind = "ServiceAccount" if key.owner_id.startswith("sa-") else "User"
        return {
            "api_version": API_VERSION,
            "kind": "ApiKey",
            "id": key.id,
            "metadata": {
                "self": f"{store.base_url}/iam/v2/api-keys/{key.id}",
                "resource_name": f"{store.organization_crn}/api-key={key.id}",
                "created_at": key.created_at,
                "updated_at": key.created_at,
            },
            "spec": {
                "display_name": key.display_name,
                "description": key.description,
                "owner": {"id": key.owner_id, "kind": owner_kind, "api_version": API_VERSION},
                "resource": _resource(key.resource_id),
            },
        }


def _resource(resource_id: str | None) -> Json:
    if resource_id is None:
        return {"id": "cloud", "kind": "Cloud", "api_version": API_VERSION}
    versions = {"lkc": "cmk/v2", "lsrc": "srcm/v3", "lksqlc": "ksqldbcm/v2"}
    return {
        "id": resource_id,
        "kind": "Cluster",
        "api_version": versions[resource_id.split("-")[0]],
    }


def _id(request: Request, name: str = "account_id") -> str:
    value: str = request.path_params[name]
    return value
