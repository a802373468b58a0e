import os
from contextlib import closing

import pytest

from bench.account import Connection
from bench.sandbox_process import NotReady, cpu_seconds, resident_mb, running_sandbox


def test_the_sandbox_answers_in_the_block_and_is_gone_after_it() -> None:
    with running_sandbox("--clock", "manual") as sandbox:
        with closing(Connection(sandbox.port)) as connection:
            assert connection.call("GET", "/sandbox/v1/health")["pid"] == sandbox.pid
        assert sandbox.resident_mb() > 5

    with closing(Connection(sandbox.port)) as connection, pytest.raises(ConnectionRefusedError):
        connection.call("GET", "/sandbox/v1/health")


def test_a_sandbox_that_refuses_its_options_is_told_with_its_words() -> None:
    with (
        pytest.raises(NotReady, match=r"No such option .*--nonsense"),
        running_sandbox("--nonsense"),
    ):
        pass


def test_processor_time_and_memory_of_this_process_are_known() -> None:
    assert cpu_seconds(os.getpid()) > 0
    assert resident_mb(os.getpid()) > 5
