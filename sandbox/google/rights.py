"""What a Google principal may do: permissions by role, in a project and in a dataset.

Owns the roles that the workshop's least privilege is made of. Leaves out custom roles,
conditions, groups and inherited policies: a member of those holds nothing here, which shows as a
missing grant, never as one too many.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from sandbox.api import Json
from sandbox.google.errors import AccessDenied
from sandbox.google.identity import OWNER

VIEWER = frozenset(
    {
        "bigquery.datasets.get",
        "bigquery.tables.get",
        "bigquery.tables.list",
        "bigquery.tables.getData",
    }
)
EDITOR = VIEWER | {
    "bigquery.tables.create",
    "bigquery.tables.update",
    "bigquery.tables.updateData",
    "bigquery.tables.delete",
}
DATA_OWNER = EDITOR | {"bigquery.datasets.update", "bigquery.datasets.delete"}
USER = frozenset({"bigquery.jobs.create", "bigquery.datasets.create", "bigquery.datasets.get"})
ADMIN = DATA_OWNER | USER | {"bigquery.jobs.list", "bigquery.jobs.update"}
IDENTITY_ADMIN = frozenset({"iam.serviceAccounts", "iam.serviceAccountKeys"})
PROJECT_OWNER = ADMIN | IDENTITY_ADMIN | {"resourcemanager.projects", "serviceusage.services"}

ROLES: Mapping[str, frozenset[str]] = {
    "roles/owner": PROJECT_OWNER,
    "roles/editor": EDITOR | USER,
    "roles/viewer": frozenset({"bigquery.datasets.get", "bigquery.jobs.create"}),
    "roles/bigquery.admin": ADMIN,
    "roles/bigquery.dataOwner": DATA_OWNER | {"bigquery.datasets.create"},
    "roles/bigquery.dataEditor": EDITOR | {"bigquery.datasets.create"},
    "roles/bigquery.dataViewer": VIEWER,
    "roles/bigquery.metadataViewer": VIEWER - {"bigquery.tables.getData"},
    "roles/bigquery.jobUser": frozenset({"bigquery.jobs.create"}),
    "roles/bigquery.user": USER | {"bigquery.tables.list"},
    "roles/iam.serviceAccountAdmin": frozenset({"iam.serviceAccounts"}),
    "roles/iam.serviceAccountKeyAdmin": frozenset({"iam.serviceAccountKeys"}),
    "roles/resourcemanager.projectIamAdmin": frozenset({"resourcemanager.projects"}),
    "roles/serviceusage.serviceUsageAdmin": frozenset({"serviceusage.services"}),
}
"""Permissions by role; IAM's own are shortened to the resource they are about."""

LEGACY_ROLES = {
    "roles/bigquery.dataOwner": "OWNER",
    "roles/bigquery.dataEditor": "WRITER",
    "roles/bigquery.dataViewer": "READER",
}
"""Dataset roles that the service stores under their older names."""

SPECIAL_GROUPS = {
    "projectOwners": "roles/owner",
    "projectWriters": "roles/editor",
    "projectReaders": "roles/viewer",
}
"""Whom a special group of a dataset's access list means: holders of that role in the project."""

_FULL_NAMES = {legacy: role for role, legacy in LEGACY_ROLES.items()}


class ProjectRoles(Protocol):
    """Where project policies are kept."""

    def project_roles(self, project: str, principal: str) -> set[str]:
        """Return the roles that a principal holds in the project's policy."""


class Rights:
    """Answers from the grants of this moment; the owner may do everything."""

    def __init__(self, projects: ProjectRoles) -> None:
        self._projects = projects

    def in_project(self, principal: str, project: str, permission: str) -> bool:
        """Tell whether the project's policy grants it."""
        if principal == OWNER:
            return True
        return _grants(self._projects.project_roles(project, principal), permission)

    def in_dataset(
        self, principal: str, project: str, access: Sequence[Json], permission: str
    ) -> bool:
        """Tell whether the project's policy or the dataset's access list grants it."""
        if self.in_project(principal, project, permission):
            return True
        roles = self._projects.project_roles(project, principal)
        held = (entry.get("role") for entry in access if _is_meant(entry, principal, roles))
        return _grants((_FULL_NAMES.get(role, role) for role in held if role), permission)

    def require_in_project(self, principal: str, project: str, permission: str) -> None:
        """Raise `AccessDenied`, worded as BigQuery words it, unless it is granted."""
        if not self.in_project(principal, project, permission):
            raise AccessDenied(
                f"Project {project}: User does not have {permission} permission in "
                f"project {project}."
            )


def _grants(roles: Iterable[str], permission: str) -> bool:
    return any(permission in ROLES.get(role, frozenset()) for role in roles)


def _is_meant(entry: Json, principal: str, project_roles: set[str]) -> bool:
    email = principal.partition(":")[2]
    group = entry.get("specialGroup")
    return (
        entry.get("userByEmail") == email
        or entry.get("iamMember") in (principal, "allUsers", "allAuthenticatedUsers")
        or group == "allAuthenticatedUsers"
        or SPECIAL_GROUPS.get(group) in project_roles
    )
