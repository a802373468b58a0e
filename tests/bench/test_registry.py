import json

import pytest
from click.testing import CliRunner

from bench import __main__ as command
from bench.figures import Figure


@pytest.mark.parametrize("name", sorted(command.MEASUREMENTS))
def test_every_measurement_can_be_loaded(name: str) -> None:
    assert callable(command.load(name))


def test_json_is_one_object_with_a_key_per_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {"one": Figure(1.0, "s"), "two": Figure(4.0, "s", floor=2.0, ratio=2.0)}
    monkeypatch.setattr(command, "load", lambda _name: lambda: figures)

    answer = CliRunner().invoke(command.main, ["start", "--json"])

    assert json.loads(answer.stdout) == {
        "one": {"value": 1.0, "unit": "s"},
        "two": {"value": 4.0, "unit": "s", "floor": 2.0, "ratio": 2.0},
    }


def test_unknown_measurement_is_refused_with_the_names_there_are() -> None:
    answer = CliRunner().invoke(command.main, ["speed"])

    assert answer.exit_code == 2
    assert "'speed' is not one of 'history', 'pipeline'" in answer.stderr
