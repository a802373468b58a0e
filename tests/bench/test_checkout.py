import pytest

from bench.checkout import CommandFailed, copied_checkout


def test_a_copy_holds_the_program_and_no_run_time_state_and_goes_with_the_block() -> None:
    with copied_checkout() as checkout:
        assert (checkout.path / "Pulumi.yaml").is_file()
        assert (checkout.path / ".venv" / "bin" / "python").exists()
        assert not (checkout.path / ".workshop").exists()
        assert checkout.run("sh", "-c", 'echo "$PORT"') == f"{checkout.port}\n"

    assert not checkout.path.exists()


def test_a_command_that_fails_is_told_with_its_exit_code_and_last_words() -> None:
    with (
        copied_checkout() as checkout,
        pytest.raises(CommandFailed, match=r"^sh -c echo no; exit 3: exit 3\nno\n$"),
    ):
        checkout.run("sh", "-c", "echo no; exit 3")
