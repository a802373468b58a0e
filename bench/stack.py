"""`stack`: `pulumi up` and `destroy` of the whole stack, against plugins that answer at once.

The floor is the same program with the same engine, so that what remains is what the stand-ins
and the sandbox add. An empty stack tells what the engine takes to start at all.
"""

import statistics
from dataclasses import dataclass, field

from bench.figures import Figure
from bench.projects import Project, bench

ROUNDS = 3
EMPTY = "import pulumi  # an empty stack: what the engine and its language host take to start\n"


@dataclass
class Times:
    """Seconds of one variant's runs."""

    up: list[float] = field(default_factory=list)
    destroy: list[float] = field(default_factory=list)

    def take(self, project: Project) -> None:
        """Bring the stack up and down once."""
        self.up.append(project.up())
        self.destroy.append(project.destroy())


def measure() -> dict[str, Figure]:
    """Return the figures of the whole stack."""
    whole, null, empty = Times(), Times(), Times()
    with bench() as made:
        projects = (
            (whole, made.whole()),
            (null, made.null()),
            (empty, made.of_program("empty", EMPTY)),
        )
        # In turn, so that a noisy minute meets all of them.
        for _ in range(ROUNDS):
            for times, project in projects:
                times.take(project)
    return {
        "stack_up": _figure(whole.up, null.up, empty.up),
        "stack_destroy": _figure(whole.destroy, null.destroy, empty.destroy),
    }


def _figure(whole: list[float], null: list[float], empty: list[float]) -> Figure:
    seconds, floor = statistics.median(whole), statistics.median(null)
    times = seconds / statistics.median(empty)
    return Figure(
        seconds,
        "s",
        floor=floor,
        ratio=seconds / floor,
        limit="ratio <= 2 (aim 1.5)",
        note=f"floor: null plugins; {times:.1f} times an empty stack",
    )
