"""What may be set for one sandbox process: a frozen value, read once from the command line.

Owns the defaults, the addresses that follow from them and the one bootstrap credential.
Leaves out where the process and its files are (`sandbox.process`).
"""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

HOST = "127.0.0.1"
"""Loopback, always: the sandbox's credentials protect nothing."""

PORT = 8900

CLOUD_API_KEY = "SANDBOXCLOUDKEY"
CLOUD_API_SECRET = "sandbox-cloud-secret"  # noqa: S105 - public on purpose: it opens only a sandbox
"""The Cloud API key that a new sandbox accepts; its owner is the organization's admin."""

STATE_DIR = Path(".workshop/sandbox")


class ClockKind(StrEnum):
    """Where the sandbox's time comes from."""

    SYSTEM = "system"
    MANUAL = "manual"


@dataclass(frozen=True)
class SandboxSettings:
    """One sandbox process."""

    port: int = PORT
    state_dir: Path = STATE_DIR
    """Folder for what the process keeps on disk; made when needed."""
    speed: float = 1.0
    """Sandbox seconds per real second."""
    seed: int = 1
    """What the data generators start from."""
    history: timedelta = timedelta(hours=1)
    """Event time that a new Datagen connector back-fills; zero is what the service does."""
    skew: float = 0.0
    """Share of Datagen's trades, 0 to 1, that go to one account before the rest is spread."""
    clock: ClockKind = ClockKind.SYSTEM
    provisioning: str = "at-once"
    """How clusters become ready: `at-once`, `reads:N`, or a duration such as `5s`."""
    instance: str = field(default_factory=lambda: secrets.token_hex(8))
    """Tells this process's life from any other's: all state is gone when it changes."""

    @property
    def base_url(self) -> str:
        """The address of everything, without a trailing slash."""
        return f"http://{HOST}:{self.port}"
