"""What holds for all tests of the program's resources."""

import asyncio
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def event_loop() -> Iterator[None]:
    """Give Pulumi's mocks the main thread's event loop that they ask for.

    Other tests run loops of their own, and the main thread has none once those are closed.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()
