"""`stack`: `pulumi up` and `destroy` of the whole stack, against plugins that answer at once.

The floor is the same program with the same engine, so that what remains is what the stand-ins
and the sandbox add. An empty stack tells what the engine takes to start at all. The seven
statements alone are held against seven resources whose provider does nothing.
"""

import json
import statistics
from contextlib import closing
from dataclasses import dataclass, field

from bench.account import Account, open_account
from bench.figures import Figure, against_floor, paired
from bench.programs.statements import VARIABLE
from bench.projects import EMPTY, Bench, Project, bench

ROUNDS = 3


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
        unchanged = _unchanged_statements(made)
    return {
        **unchanged,
        "stack_up": _figure(whole.up, null.up, empty.up),
        "stack_destroy": _figure(whole.destroy, null.destroy, empty.destroy),
    }


def _unchanged_statements(made: Bench) -> dict[str, Figure]:
    """Return the cost of an `up` that finds seven statements as they should be."""
    program = "from bench.programs.{0} import declare\n\ndeclare()\n"
    with closing(open_account(made.checkout.port)) as account:
        for topic in ("stocks_topic", "users_topic"):
            account.create_topic(topic)
        cluster = {VARIABLE: json.dumps(_ksqldb_of(account))}
        statements = made.of_program("statements", program.format("statements"), cluster)
        nothing = made.of_program("nothing", program.format("nothing"))
        statements.up()
        nothing.up()
        ours, floor = paired(statements.up, nothing.up, rounds=ROUNDS)
    return {"statements_unchanged": against_floor(ours, floor, "s", limit="ratio <= 2")}


def _ksqldb_of(account: Account) -> dict[str, str]:
    key, secret = account.key_for(account.ksqldb_id, account.environment)
    endpoint = f"http://127.0.0.1:{account.port}{account.ksqldb_path}"
    return {"endpoint": endpoint, "key": key, "secret": secret}


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
