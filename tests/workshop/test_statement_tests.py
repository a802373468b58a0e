"""`python -m workshop test`: what its options take."""

from click.testing import CliRunner

from workshop.commands.test import command


def test_a_variable_without_a_value_is_refused() -> None:
    result = CliRunner().invoke(command, ["--variable", "alert_threshold"])

    assert result.exit_code == 2
    assert "'alert_threshold' has no '=': write NAME=VALUE" in result.output
