"""What Schema Registry refuses, in its own words and codes.

RegistryError
├── SubjectNotFound            40401
├── VersionNotFound            40402
├── SchemaNotFound             40403
├── SubjectSoftDeleted         40404  delete permanently, or nothing is left to delete
├── SubjectNotSoftDeleted      40405  permanent deletion comes second
├── VersionSoftDeleted         40406
├── VersionNotSoftDeleted      40407
├── NoSubjectConfig            40408
├── NoSubjectMode              40409
├── IncompatibleSchema         409
├── InvalidSchema              42201
├── InvalidVersion             42202
├── InvalidCompatibility       42203
├── InvalidMode                42204
├── OperationNotPermitted      42205  the mode forbids it
├── ReferenceExists            42206  another schema refers to this one
└── SubjectDenied              40301  the caller's roles do not cover the subject
"""

from collections.abc import Sequence

from sandbox.api import ApiError, Json

CODES = {401: 40101, 403: 40301, 413: 413, 429: 42901, 503: 50301}
"""Codes for statuses that the server raises on this API's behalf."""


class RegistryError(ApiError):
    """A refusal by Schema Registry."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(int(str(code)[:3]), message, code=code)


class SubjectNotFound(RegistryError):
    """No such subject."""

    def __init__(self, subject: str) -> None:
        super().__init__(40401, f"Subject '{subject}' not found.")


class VersionNotFound(RegistryError):
    """The subject has no such version."""

    def __init__(self, version: int) -> None:
        super().__init__(40402, f"Version {version} not found.")


class SchemaNotFound(RegistryError):
    """No such schema, or the subject does not hold it."""

    def __init__(self, schema_id: int | None = None) -> None:
        super().__init__(
            40403, "Schema not found" if schema_id is None else f"Schema {schema_id} not found"
        )


class SubjectSoftDeleted(RegistryError):
    """The subject was deleted softly already."""

    def __init__(self, subject: str) -> None:
        super().__init__(
            40404, f"Subject '{subject}' was soft deleted. Set permanent=true to delete permanently"
        )


class SubjectNotSoftDeleted(RegistryError):
    """The subject must be deleted softly first."""

    def __init__(self, subject: str) -> None:
        super().__init__(
            40405,
            f"Subject '{subject}' was not deleted first before being permanently deleted",
        )


class VersionSoftDeleted(RegistryError):
    """The version was deleted softly already."""

    def __init__(self, subject: str, version: int) -> None:
        super().__init__(
            40406,
            f"Subject '{subject}' Version {version} was soft deleted. Set permanent=true to delete "
            "permanently",
        )


class VersionNotSoftDeleted(RegistryError):
    """The version must be deleted softly first."""

    def __init__(self, subject: str, version: int) -> None:
        super().__init__(
            40407,
            f"Subject '{subject}' Version {version} was not deleted first before being permanently "
            "deleted",
        )


class NoSubjectConfig(RegistryError):
    """The subject goes by the registry's compatibility level."""

    def __init__(self, subject: str) -> None:
        super().__init__(
            40408, f"Subject '{subject}' does not have subject-level compatibility configured"
        )


class NoSubjectMode(RegistryError):
    """The subject goes by the registry's mode."""

    def __init__(self, subject: str) -> None:
        super().__init__(40409, f"Subject '{subject}' does not have subject-level mode configured")


class IncompatibleSchema(RegistryError):
    """The schema breaks the subject's compatibility level; `details` says where."""

    def __init__(self, subject: str, details: Sequence[str]) -> None:
        super().__init__(
            409,
            "Schema being registered is incompatible with an earlier schema for subject "
            f'"{subject}", details: [{", ".join(details)}]',
        )


class InvalidSchema(RegistryError):
    """The text is no schema."""

    def __init__(self, schema: str, problem: str) -> None:
        super().__init__(42201, f"Invalid schema {schema} of type AVRO, details: {problem}")


class InvalidVersion(RegistryError):
    """The version is neither a positive number nor `latest`."""

    def __init__(self, version: str) -> None:
        super().__init__(
            42202,
            f"The specified version '{version}' is not a valid version id. Allowed values are "
            'between [1, 2^31-1] and the string "latest"',
        )


class InvalidCompatibility(RegistryError):
    """No such compatibility level."""

    def __init__(self) -> None:
        super().__init__(
            42203,
            "Invalid compatibility level. Valid values are none, backward, forward, full, "
            "backward_transitive, forward_transitive, and full_transitive",
        )


class InvalidMode(RegistryError):
    """No such mode."""

    def __init__(self) -> None:
        super().__init__(
            42204,
            "Invalid mode. Valid values are READWRITE, READONLY, READONLY_OVERRIDE and IMPORT",
        )


class OperationNotPermitted(RegistryError):
    """The mode forbids it."""

    def __init__(self, message: str) -> None:
        super().__init__(42205, message)


class ReferenceExists(RegistryError):
    """Another schema refers to this one."""

    def __init__(self, subject: str, version: int) -> None:
        super().__init__(
            42206,
            "One or more references exist to the schema "
            f"{{magic=1,keytype=SCHEMA,subject={subject},version={version}}}.",
        )


class SubjectDenied(RegistryError):
    """The caller's roles do not cover the subject."""

    def __init__(self, operation: str, subject: str) -> None:
        super().__init__(40301, f"User is denied operation {operation} on Subject: {subject}")


def registry_error_body(error: ApiError) -> Json:
    """Render a refusal as Schema Registry does."""
    code = error.code or CODES.get(error.status, error.status)
    return {"error_code": code, "message": error.message}
