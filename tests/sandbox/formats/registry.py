"""A Schema Registry in a list, for tests of formats."""

from sandbox.formats.schemas import RegisteredSchema, SchemaRefused


class ListedSchemas:
    """Registers whatever it is given; refuses subjects named in `refused`."""

    def __init__(self, *refused: str) -> None:
        self.schemas: list[RegisteredSchema] = []
        self._refused = refused

    def register(self, subject: str, schema: str, schema_type: str = "AVRO") -> RegisteredSchema:
        if subject in self._refused:
            raise SchemaRefused(subject, "Schema being registered is incompatible", 409)
        for known in self.schemas:
            if known.subject == subject and known.schema == schema:
                return known
        number = len(self.schemas) + 1
        self.schemas.append(RegisteredSchema(number, subject, number, schema, schema_type))
        return self.schemas[-1]

    def by_id(self, schema_id: int) -> RegisteredSchema | None:
        return next((known for known in self.schemas if known.schema_id == schema_id), None)

    def latest(self, subject: str) -> RegisteredSchema | None:
        found = [known for known in self.schemas if known.subject == subject]
        return found[-1] if found else None

    def delete_subject(self, subject: str, *, permanent: bool = False) -> list[int]:
        found = [known.version for known in self.schemas if known.subject == subject]
        self.schemas = [known for known in self.schemas if known.subject != subject]
        return found
