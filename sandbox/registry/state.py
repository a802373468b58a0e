"""One Schema Registry cluster: schemas by id, subjects with versions, and their rules.

A schema has one id per context, whichever subjects hold it. Versions are deleted in two
steps; numbers are never given again while a soft-deleted version remembers them. Leaves out
HTTP and who may call (`handlers`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sandbox.api import ApiError
from sandbox.formats.schemas import RegisteredSchema, SchemaRefused
from sandbox.registry.avro import AvroProblem, Node, canonical_text, parse
from sandbox.registry.compatibility import Level, problems
from sandbox.registry.errors import (
    IncompatibleSchema,
    InvalidSchema,
    OperationNotPermitted,
    ReferenceExists,
    RegistryError,
    SchemaNotFound,
    SubjectNotFound,
    SubjectNotSoftDeleted,
    SubjectSoftDeleted,
    VersionNotFound,
    VersionNotSoftDeleted,
    VersionSoftDeleted,
)
from sandbox.registry.settings import Layered, Mode
from sandbox.registry.subjects import canonical_subject, context_of, has_prefix

FIRST_ID = 100001
"""Where Confluent Cloud's registries begin to count."""

LATEST = -1
"""Stands for the newest version that is not deleted."""


@dataclass(frozen=True)
class Reference:
    """A name used in a schema, and the version that defines it."""

    name: str
    subject: str
    version: int


@dataclass(frozen=True)
class Draft:
    """A schema as a caller gives it."""

    text: str
    references: tuple[Reference, ...] = ()
    schema_type: str = "AVRO"
    schema_id: int | None = None
    """Only in IMPORT mode."""
    version: int | None = None
    """Only in IMPORT mode."""


@dataclass
class Version:
    """One version of a subject."""

    subject: str
    number: int
    schema_id: int
    text: str
    node: Node = field(repr=False)
    references: tuple[Reference, ...] = ()
    is_deleted: bool = False


@dataclass
class _Context:
    next_id: int = FIRST_ID
    ids: dict[tuple[str, tuple[Reference, ...]], int] = field(default_factory=dict)


class SchemaRegistry:
    """One registry cluster."""

    def __init__(self, registry_id: str) -> None:
        self.registry_id = registry_id
        self.levels = Layered(Level.BACKWARD)
        self.modes = Layered(Mode.READWRITE)
        self._contexts: dict[str, _Context] = {".": _Context()}
        self._subjects: dict[str, list[Version]] = {}

    # -- reading ---------------------------------------------------------------------------

    def contexts(self) -> list[str]:
        """Return the contexts in use, the default one first."""
        return sorted(self._contexts)

    def subjects(self, *, prefix: str = "", deleted: bool = False) -> list[str]:
        """Return subjects by name; with `deleted` also those that are softly deleted."""
        return sorted(
            name
            for name, versions in self._subjects.items()
            if has_prefix(name, prefix) and any(deleted or not v.is_deleted for v in versions)
        )

    def versions(self, subject: str, *, deleted: bool = False) -> list[Version]:
        """Return a subject's versions, oldest first.

        Raises:
            SubjectNotFound: It has none, or only deleted ones.
        """
        subject = canonical_subject(subject)
        found = [v for v in self._subjects.get(subject, ()) if deleted or not v.is_deleted]
        if not found:
            raise SubjectNotFound(subject)
        return found

    def version(self, subject: str, number: int, *, deleted: bool = False) -> Version:
        """Return one version; `LATEST` is the newest.

        Raises:
            SubjectNotFound: The subject has no version.
            VersionNotFound: It has others.
        """
        versions = self.versions(subject, deleted=deleted)
        if number == LATEST:
            return versions[-1]
        for version in versions:
            if version.number == number:
                return version
        raise VersionNotFound(number)

    def holders(
        self, schema_id: int, context: str = ".", *, deleted: bool = False
    ) -> list[Version]:
        """Return the versions, of any subject in the context, that have this schema id."""
        return [
            version
            for subject, versions in self._subjects.items()
            if context_of(subject) == context
            for version in versions
            if version.schema_id == schema_id and (deleted or not version.is_deleted)
        ]

    def look_up(self, subject: str, draft: Draft, *, deleted: bool = False) -> Version:
        """Return the version of a subject that equals a schema.

        Raises:
            SubjectNotFound: No such subject.
            SchemaNotFound: It holds no equal schema.
            InvalidSchema: The text is no schema.
        """
        versions = self.versions(subject, deleted=deleted)
        text, _ = self._parsed(draft)
        for version in reversed(versions):
            if (version.text, version.references) == (text, draft.references):
                return version
        raise SchemaNotFound

    def referenced_by(self, subject: str, number: int) -> list[int]:
        """Return the ids of schemas that refer to a version."""
        wanted = (canonical_subject(subject), number)
        return sorted(
            {
                version.schema_id
                for versions in self._subjects.values()
                for version in versions
                if not version.is_deleted
                for reference in version.references
                if (canonical_subject(reference.subject), reference.version) == wanted
            }
        )

    # -- compatibility ---------------------------------------------------------------------

    def incompatibilities(
        self, subject: str, draft: Draft, against: Sequence[Version] | None = None
    ) -> list[str]:
        """Return how a schema breaks the subject's level; empty when it does not.

        Args:
            subject: The subject; one without versions takes anything.
            draft: The schema to be judged.
            against: Versions to judge it against, newest first; None is all of the subject.

        Raises:
            InvalidSchema: The text is no schema.
        """
        subject = canonical_subject(subject)
        _, node = self._parsed(draft)
        if against is None:
            live = [v for v in self._subjects.get(subject, ()) if not v.is_deleted]
            against = live[::-1]
        level = self.levels.in_force(subject)
        found = problems(node, [version.node for version in against], level)
        if not found:
            return []
        return [
            *found,
            f"{{oldSchemaVersion: {against[0].number}}}",
            f"{{oldSchema: '{against[0].text}'}}",
            f"{{validateFields: 'false', compatibility: '{level}'}}",
        ]

    # -- changing --------------------------------------------------------------------------

    def add(self, subject: str, draft: Draft) -> Version:
        """Register a version, or return the equal one that is there.

        Raises:
            InvalidSchema: The text is no schema.
            IncompatibleSchema: It breaks the subject's level.
            OperationNotPermitted: The mode forbids it.
        """
        subject = canonical_subject(subject)
        text, node = self._parsed(draft)
        mode = self._writable(subject)
        if (draft.schema_id is not None) != (mode is Mode.IMPORT):
            need = "needs an id" if mode is Mode.IMPORT else "is not in import mode"
            raise OperationNotPermitted(f"Subject {subject} {need}")
        versions = self._subjects.get(subject, [])
        for version in versions:
            if not version.is_deleted and (version.text, version.references) == (
                text,
                draft.references,
            ):
                return version
        if mode is not Mode.IMPORT and (found := self.incompatibilities(subject, draft)):
            raise IncompatibleSchema(subject, found)
        number = draft.version or max((v.number for v in versions), default=0) + 1
        schema_id = self._schema_id(context_of(subject), text, draft)
        version = Version(subject, number, schema_id, text, node, draft.references)
        self._subjects.setdefault(subject, []).append(version)
        self._subjects[subject].sort(key=lambda v: v.number)
        return version

    def remove_version(self, subject: str, number: int, *, permanent: bool = False) -> int:
        """Delete one version, softly or for good; return its number.

        Raises:
            SubjectNotFound: No such subject.
            VersionNotFound: No such version.
            VersionSoftDeleted: It is softly deleted already.
            VersionNotSoftDeleted: It must be deleted softly first.
            ReferenceExists: Another schema refers to it.
        """
        version = self.version(subject, number, deleted=number != LATEST)
        self._writable(version.subject)
        if permanent and not version.is_deleted:
            raise VersionNotSoftDeleted(version.subject, version.number)
        if version.is_deleted and not permanent:
            raise VersionSoftDeleted(version.subject, version.number)
        self._delete([version], permanent=permanent)
        return version.number

    def remove_subject(self, subject: str, *, permanent: bool = False) -> list[int]:
        """Delete all versions of a subject, softly or for good; return their numbers.

        Raises:
            SubjectNotFound: No such subject.
            SubjectSoftDeleted: It is softly deleted already.
            SubjectNotSoftDeleted: It must be deleted softly first.
            ReferenceExists: Another schema refers to one of them.
        """
        subject = canonical_subject(subject)
        versions = self.versions(subject, deleted=True)
        live = [version for version in versions if not version.is_deleted]
        self._writable(subject)
        if permanent and live:
            raise SubjectNotSoftDeleted(subject)
        if not permanent and not live:
            raise SubjectSoftDeleted(subject)
        chosen = versions if permanent else live
        self._delete(chosen, permanent=permanent)
        return [version.number for version in chosen]

    def set_mode(self, subject: str, mode: Mode, *, force: bool = False) -> None:
        """Set the mode of a subject, a context or (the empty name) the registry.

        Raises:
            OperationNotPermitted: IMPORT, not forced, where schemas are.
        """
        subject = canonical_subject(subject)
        if mode is Mode.IMPORT and not force and self.subjects(prefix=subject):
            raise OperationNotPermitted("Cannot import since found existing subjects")
        self.modes.put(subject, mode)

    # -- sandbox.formats.schemas.Schemas ----------------------------------------------------

    def register(self, subject: str, schema: str, schema_type: str = "AVRO") -> RegisteredSchema:
        """Register a version, or return the equal one that is there.

        Raises:
            SchemaRefused: Incompatible with the latest version (409), or invalid (42201).
        """
        try:
            return _registered(self.add(subject, Draft(schema, schema_type=schema_type)))
        except ApiError as refusal:
            code = refusal.code if isinstance(refusal, RegistryError) else refusal.status
            raise SchemaRefused(subject, refusal.message, int(code or refusal.status)) from None

    def by_id(self, schema_id: int) -> RegisteredSchema | None:
        """Return a schema by its id in the default context; None if there is none."""
        holders = self.holders(schema_id, deleted=True)
        return _registered(holders[0]) if holders else None

    def latest(self, subject: str) -> RegisteredSchema | None:
        """Return the newest version that is not deleted; None if there is none."""
        try:
            return _registered(self.version(subject, LATEST))
        except SubjectNotFound:
            return None

    def delete_subject(self, subject: str, *, permanent: bool = False) -> list[int]:
        """Delete a subject; return the versions deleted, empty if there was nothing."""
        try:
            return self.remove_subject(subject, permanent=permanent)
        except (SubjectNotFound, SubjectSoftDeleted):
            return []

    # -- inside ----------------------------------------------------------------------------

    def _parsed(self, draft: Draft) -> tuple[str, Node]:
        if draft.schema_type != "AVRO":
            raise ApiError(
                501, f"Schemas of type {draft.schema_type}: not emulated by this sandbox"
            )
        known: dict[str, Node] = {}
        for reference in draft.references:
            known.update(self._names_of(reference, draft))
        try:
            node, _ = parse(draft.text, known)
            return canonical_text(draft.text), node
        except AvroProblem as problem:
            raise InvalidSchema(draft.text, str(problem)) from None

    def _names_of(self, reference: Reference, draft: Draft) -> dict[str, Node]:
        try:
            version = self.version(reference.subject, reference.version, deleted=True)
        except RegistryError as missing:
            problem = f"No schema reference found for {reference}: {missing.message}"
            raise InvalidSchema(draft.text, problem) from None
        known: dict[str, Node] = {}
        for deeper in version.references:
            known.update(self._names_of(deeper, draft))
        _, defined = parse(version.text, known)
        return known | defined

    def _writable(self, subject: str) -> Mode:
        override = self.modes.own("") is Mode.READONLY_OVERRIDE
        mode = Mode.READONLY_OVERRIDE if override else self.modes.in_force(subject)
        if mode in (Mode.READONLY, Mode.READONLY_OVERRIDE):
            raise OperationNotPermitted(f"Subject {subject} is in read-only mode")
        return mode

    def _schema_id(self, context_name: str, text: str, draft: Draft) -> int:
        context = self._contexts.setdefault(context_name, _Context())
        known = (text, draft.references)
        if draft.schema_id is not None:
            others = self.holders(draft.schema_id, context_name, deleted=True)
            if others and (others[0].text, others[0].references) != known:
                raise OperationNotPermitted(
                    f"Overwrite new schema with id {draft.schema_id} is not permitted."
                )
            context.ids[known] = draft.schema_id
            context.next_id = max(context.next_id, draft.schema_id + 1)
        elif known not in context.ids:
            context.ids[known] = context.next_id
            context.next_id += 1
        return context.ids[known]

    def _delete(self, chosen: Iterable[Version], *, permanent: bool) -> None:
        chosen = list(chosen)
        for version in chosen:
            if self.referenced_by(version.subject, version.number):
                raise ReferenceExists(version.subject, version.number)
        for version in chosen:
            version.is_deleted = True
            if permanent:
                self._subjects[version.subject].remove(version)
        subject = chosen[0].subject
        if all(version.is_deleted for version in self._subjects[subject]):
            self.levels.forget(subject)
            self.modes.forget(subject)
        if not self._subjects[subject]:
            del self._subjects[subject]


def _registered(version: Version) -> RegisteredSchema:
    return RegisteredSchema(version.schema_id, version.subject, version.number, version.text)
