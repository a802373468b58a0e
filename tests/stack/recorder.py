"""What a program declares, of statements alone: no function of a provider is called."""

from typing import Any

import pulumi


class Recorder(pulumi.runtime.Mocks):
    """Keeps the inputs of each resource, by its logical name."""

    def __init__(self) -> None:
        self.inputs: dict[str, Any] = {}

    def new_resource(
        self, args: pulumi.runtime.MockResourceArgs
    ) -> tuple[str | None, dict[str, Any]]:
        self.inputs[args.name] = args.inputs
        return args.name, {**args.inputs, "incarnation": "1a", "command_sequence_number": 1}

    def call(
        self, args: pulumi.runtime.MockCallArgs
    ) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
        raise AssertionError(f"the program calls {args.token}")


def recording() -> Recorder:
    """Let what is declared from now on, in a project named `mine`, be recorded."""
    recorder = Recorder()
    pulumi.runtime.set_mocks(recorder, project="mine", stack="test", preview=False)
    return recorder
