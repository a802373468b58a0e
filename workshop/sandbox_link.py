"""The sandbox's process and its own API, seen from the operator's side.

Starts and stops it with its own commands, as a person would. Leaves out the APIs that it
emulates, but for asking what is left of a stack.
"""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from toolchain.progress import Step
from workshop.home import Home

TIMEOUT_S = 10.0


class SandboxFailed(Exception):
    """The sandbox could not be started, stopped or asked; the message says why."""


@dataclass(frozen=True)
class SandboxLink:
    """The sandbox of one checkout."""

    home: Home
    environ: Mapping[str, str]

    def instance(self) -> str | None:
        """Return which life of which sandbox answers at the address; None when none does.

        A sandbox that was stopped or killed and started again is another one: it has forgotten all.
        """
        try:
            health = self._get("/sandbox/v1/health")
        except (SandboxFailed, requests.RequestException):
            return None
        return str(health["instance"])

    def start(self) -> str:
        """Have the sandbox run in the background and return its instance.

        Raises:
            SandboxFailed: It does not run; the message is the sandbox's own.
        """
        with Step("starting the sandbox") as step:
            said = self._command("up", "--port", str(self.home.port))
            instance = self.instance()
            if instance is None:
                raise SandboxFailed(
                    f"no sandbox answers at {self.home.address}. It says: {said}\n"
                    "To move it to another port, run `make down` first."
                )
            step.outcome(f"it answers at {self.home.address}")
        return instance

    def stop(self) -> None:
        """End the sandbox of this checkout, by its process id.

        Raises:
            SandboxFailed: It is still there.
        """
        with Step("stopping the sandbox") as step:
            step.outcome(self._command("down").splitlines()[-1])

    def leftovers(self) -> dict[str, Any]:
        """Return what exists in either cloud, by kind; kinds of which nothing exists left out.

        Raises:
            SandboxFailed: The sandbox does not answer.
        """
        try:
            inventory: dict[str, Any] = self._get("/sandbox/v1/inventory")
        except requests.RequestException as failed:
            raise SandboxFailed(f"{self.home.address} does not answer: {failed}") from failed
        return {kind: things for kind, things in inventory.items() if things}

    def _get(self, path: str) -> Any:
        with requests.Session() as session:
            # Variables for proxies and credentials of the user's shell do not concern loopback.
            session.trust_env = False
            answer = session.get(f"{self.home.address}{path}", timeout=TIMEOUT_S)
        if not answer.ok:
            raise SandboxFailed(f"GET {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def _command(self, *arguments: str) -> str:
        answer = subprocess.run(  # noqa: S603 - our own module, with arguments of ours
            [str(self.home.python), "-m", "sandbox", *arguments],
            cwd=self.home.checkout,
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if answer.returncode != 0:
            raise SandboxFailed(answer.stdout.strip().removeprefix("Error: "))
        return answer.stdout.strip()
