"""Engines for the tests."""

from collections.abc import Iterator

import pytest

from tests.sandbox.ksqldb.engine import Client, Engine, serving


@pytest.fixture
def engine() -> Iterator[Engine]:
    """A fresh engine, called directly."""
    made = Engine()
    yield made
    made.server.stop()


@pytest.fixture
def port(engine: Engine) -> Iterator[int]:
    """The port that the engine's REST API is served on."""
    with serving(engine) as found:
        yield found


@pytest.fixture
def client(port: int) -> Iterator[Client]:
    """A client of the served engine."""
    made = Client(port)
    yield made
    made.close()
