"""A configured Google provider: where the APIs are, in which project, with which token.

Takes credentials from the stack's configuration alone, never from environment variables or
Google's own defaults: no real identity ever meets a stand-in.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.plugins.errors import NotConfigurable
from sandbox.plugins.http import Client, Transport, check_is_running, sandbox_address
from sandbox.plugins.properties import Properties
from sandbox.plugins.waiting import Pause, poll

ENDPOINTS = {
    "bigquery": "bigQueryCustomEndpoint",
    "iam": "iamBetaCustomEndpoint",
    "projects": "resourceManagerCustomEndpoint",
    "services": "serviceUsageCustomEndpoint",
}
"""API and the setting of the published provider that redirects it."""

ATTRIBUTION = {"goog-pulumi-provisioned": "true"}
"""Label that the published provider adds to everything that has labels."""


@dataclass(frozen=True)
class GoogleSession:
    """What the resource types call the services through."""

    addresses: dict[str, str]
    """By API, as in `ENDPOINTS`; an API whose setting is missing is missing here."""
    headers: dict[str, str]
    project: str | None
    transport: Transport
    pause: Pause

    def __repr__(self) -> str:
        return f"GoogleSession({self.addresses!r}, project={self.project!r})"

    def api(self, name: str) -> Client:
        """Return one API, as in `ENDPOINTS`.

        Raises:
            NotConfigurable: Its address is not set: the published provider would call Google.
        """
        address = self.addresses.get(name)
        if address is None:
            raise NotConfigurable(
                f"gcp:{ENDPOINTS[name]} is not set. The stand-in plugin needs the sandbox's"
                " address; Pulumi.yaml sets it for every stack that does not say otherwise"
            )
        return Client(address, self.transport, self.headers, self.pause)

    def project_of(self, properties: Properties) -> str:
        """Return the project of a resource: its own, else the provider's.

        Raises:
            NotConfigurable: Neither is set.
        """
        project = properties.get("project") or self.project
        if not project:
            raise NotConfigurable("gcp:project is not set, and neither is the resource's project")
        return str(project)

    def wait(self, what: str, look: Callable[[], Any | None]) -> Any:
        """Return the first answer of `look` that is not None; see `poll`."""
        return poll(what, look, self.pause)


def connect(config: Properties, *, transport: Transport, pause: Pause) -> GoogleSession:
    """Return a session from the provider's settings.

    Raises:
        NotConfigurable: An endpoint is on another machine, or credentials are of a kind that
            only the published provider can use.
        SandboxUnreachable: Nothing listens at an endpoint.
    """
    addresses = {
        api: sandbox_address(f"gcp:{setting}", config[setting], os.environ)
        for api, setting in ENDPOINTS.items()
        if config.get(setting)
    }
    if not addresses:
        raise NotConfigurable(
            f"none of gcp:{', gcp:'.join(ENDPOINTS.values())} is set: the stand-in plugin needs"
            " the sandbox's address"
        )
    if config.get("credentials"):
        raise NotConfigurable(
            "gcp:credentials is set, but the stand-in plugin only takes gcp:accessToken: the"
            " sandbox needs no Google account"
        )
    check_is_running(next(iter(addresses.values())))
    token = config.get("accessToken")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return GoogleSession(addresses, headers, config.get("project"), transport, pause)


def effective_labels(inputs: Properties) -> dict[str, str]:
    """Return the labels that a resource gets: its own and the attribution."""
    return {**inputs.get("labels", {}), **ATTRIBUTION}


def label_properties(found: dict[str, str] | None, state: Properties) -> Properties:
    """Return the three label outputs from the labels that the service tells.

    Only labels that the program set count as its `labels`, as with the published provider.
    """
    labels = found or {}
    own = {name: labels[name] for name in state.get("labels", {}) if name in labels}
    return {
        "labels": own if "labels" in state else None,
        "pulumiLabels": own | {name: labels[name] for name in ATTRIBUTION if name in labels},
        "effectiveLabels": dict(labels),
    }
