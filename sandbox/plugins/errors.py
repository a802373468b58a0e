"""How a stand-in fails. Every message is for the person who ran `pulumi`.

PluginError
├── NotConfigurable      the provider's own settings cannot be used
├── SandboxUnreachable   nothing answers at the address
├── Refused              the service answered with an error; `status` tells which
├── NotSettled           created, but it will not become usable; the resource stays in the state
└── NotEmulated          the engine asked for something that the stand-ins do not do
"""


class PluginError(Exception):
    """Something that the user should read; never holds a secret."""


class NotConfigurable(PluginError):
    """The provider's own settings cannot be used."""


class SandboxUnreachable(PluginError):
    """Nothing answers at the sandbox's address."""

    def __init__(self, address: str, reason: str) -> None:
        self.address = address
        super().__init__(
            f"no sandbox answers at {address} ({reason}): start it with `python -m sandbox up`,"
            " or start everything with `make up`"
        )


class Refused(PluginError):
    """The service answered with an error."""

    def __init__(self, method: str, path: str, status: int, detail: str) -> None:
        self.status = status
        self.detail = detail
        super().__init__(f"{method} {path} was refused with {status}: {detail}")


class NotSettled(PluginError):
    """A created resource will not become usable."""


class NotEmulated(PluginError):
    """The engine asked for something that the stand-ins do not do."""
