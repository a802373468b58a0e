import pytest

from tests.ksql.scripted import Clock, Says, ScriptedServer, client_of, refusal

BUSY = refusal(50302, "KSQL is not yet ready to serve requests.")


def test_retry_after_may_be_a_moment() -> None:
    clock = Clock()
    until = {
        "Date": "Tue, 24 Nov 2026 02:00:00 GMT",
        "Retry-After": "Tue, 24 Nov 2026 02:00:07 GMT",
    }
    server = ScriptedServer(Says(BUSY.body, 503, until), Says([]))

    client_of(server, clock).look("SHOW STREAMS;")

    assert clock.pauses == [7.0]


@pytest.mark.parametrize("text", ["soon", "-3", "3\xb2", "Tue, 24 Nov 2026 02:00:07 GMT"])
def test_a_retry_after_without_sense_leaves_us_our_own_pause(text: str) -> None:
    clock = Clock()
    server = ScriptedServer(Says(BUSY.body, 503, {"Retry-After": text}), Says([]))

    client_of(server, clock).look("SHOW STREAMS;")

    assert clock.pauses == [0.2]
