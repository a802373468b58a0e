"""What formats, ksqlDB and connectors need of a Schema Registry, without its HTTP.

The registry (`sandbox.registry`) implements `Schemas` for one registry cluster (`lsrc-…`);
`sandbox.runtime` hands it over. Subjects are named by Kafka's TopicNameStrategy:
`<topic>-key`, `<topic>-value`.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class RegisteredSchema:
    """A schema as the registry holds it."""

    schema_id: int
    subject: str
    version: int
    schema: str
    """The schema's text; for AVRO its JSON."""
    schema_type: str = "AVRO"


class SchemaRefused(Exception):
    """The registry refuses a schema. `message` is the registry's own text."""

    def __init__(self, subject: str, message: str, error_code: int) -> None:
        self.subject, self.message, self.error_code = subject, message, error_code
        super().__init__(message)


class Schemas(Protocol):
    """Subjects and versions of one Schema Registry cluster."""

    def register(self, subject: str, schema: str, schema_type: str = "AVRO") -> RegisteredSchema:
        """Register a version, or return the equal one that is there.

        Raises:
            SchemaRefused: Incompatible with the latest version (409), or invalid (42201).
        """

    def by_id(self, schema_id: int) -> RegisteredSchema | None:
        """Return a schema by its global id; None if there is none."""

    def latest(self, subject: str) -> RegisteredSchema | None:
        """Return the newest version that is not deleted; None if there is none."""

    def delete_subject(self, subject: str, *, permanent: bool = False) -> list[int]:
        """Delete a subject; return the versions deleted, empty if there was nothing."""
