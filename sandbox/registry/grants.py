"""A registry as one principal sees it: what its roles on subjects cover, and no more.

The question is asked here, the answer comes from the control plane through `SubjectAccess`.
"""

from collections.abc import Callable

from sandbox.formats.schemas import RegisteredSchema, SchemaRefused
from sandbox.registry.state import SchemaRegistry

SubjectAccess = Callable[[str, str, str], bool]
"""Principal, operation (READ, WRITE, DELETE, COMPATIBILITY_READ, COMPATIBILITY_WRITE), subject."""


class SchemasOf:
    """A registry as one principal sees it: `Schemas` that refuses what its roles do not cover."""

    def __init__(self, registry: SchemaRegistry, principal: str, access: SubjectAccess) -> None:
        self._registry, self._principal, self._access = registry, principal, access

    def register(self, subject: str, schema: str, schema_type: str = "AVRO") -> RegisteredSchema:
        """Register a version, or return the equal one that is there.

        Raises:
            SchemaRefused: Incompatible (409), invalid (42201), or not allowed (40301).
        """
        self._require("WRITE", subject)
        return self._registry.register(subject, schema, schema_type)

    def by_id(self, schema_id: int) -> RegisteredSchema | None:
        """Return a schema by its global id; None if there is none.

        Raises:
            SchemaRefused: The principal may read no subject that holds it (40301).
        """
        holders = self._registry.holders(schema_id, deleted=True)
        if holders and not any(
            self._access(self._principal, "READ", version.subject) for version in holders
        ):
            self._require("READ", holders[0].subject)
        return self._registry.by_id(schema_id)

    def latest(self, subject: str) -> RegisteredSchema | None:
        """Return the newest version that is not deleted; None if there is none.

        Raises:
            SchemaRefused: The principal may not read the subject (40301).
        """
        self._require("READ", subject)
        return self._registry.latest(subject)

    def delete_subject(self, subject: str, *, permanent: bool = False) -> list[int]:
        """Delete a subject; return the versions deleted, empty if there was nothing.

        Raises:
            SchemaRefused: The principal may not delete it (40301).
        """
        self._require("DELETE", subject)
        return self._registry.delete_subject(subject, permanent=permanent)

    def _require(self, operation: str, subject: str) -> None:
        if not self._access(self._principal, operation, subject):
            text = f"User is denied operation {operation.capitalize()} on Subject: {subject}"
            raise SchemaRefused(subject, text, 40301)
