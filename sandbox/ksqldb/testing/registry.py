"""A Schema Registry in memory, for statement tests: it remembers, and judges nothing."""

from sandbox.formats.schemas import RegisteredSchema


class MemorySchemas:
    """Implements `sandbox.formats.schemas.Schemas` without compatibility checks."""

    def __init__(self) -> None:
        self._by_id: dict[int, RegisteredSchema] = {}
        self._subjects: dict[str, list[RegisteredSchema]] = {}

    def register(self, subject: str, schema: str, schema_type: str = "AVRO") -> RegisteredSchema:
        """Register a version, or return the equal one."""
        versions = self._subjects.setdefault(subject, [])
        for known in versions:
            if known.schema == schema:
                return known
        made = RegisteredSchema(
            len(self._by_id) + 1, subject, len(versions) + 1, schema, schema_type
        )
        self._by_id[made.schema_id] = made
        versions.append(made)
        return made

    def by_id(self, schema_id: int) -> RegisteredSchema | None:
        """Return a schema by its id."""
        return self._by_id.get(schema_id)

    def latest(self, subject: str) -> RegisteredSchema | None:
        """Return the newest version of a subject."""
        versions = self._subjects.get(subject)
        return versions[-1] if versions else None

    def delete_subject(self, subject: str, *, permanent: bool = False) -> list[int]:
        """Forget a subject; return its versions."""
        return [each.version for each in self._subjects.pop(subject, [])]
