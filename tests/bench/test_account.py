"""The connections of the measurements."""

import socket
import threading

import pytest

from bench.account import CallFailed, Connection

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
REFUSED = b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"


class Server:
    """Answers one request per connection and closes it, without having said that it would."""

    def __init__(self, answer: bytes) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.closed = threading.Semaphore(0)
        self.requests: list[bytes] = []
        self._answer = answer
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listening.accept()
            with connection:
                request = connection.recv(65536)
                if not request:
                    return
                self.requests.append(request.splitlines()[0])
                connection.sendall(self._answer)
            self.closed.release()

    def end(self) -> None:
        """Stop serving."""
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._listening.close()


def test_a_connection_that_was_closed_while_idle_is_opened_anew() -> None:
    server = Server(ANSWER)
    connection = Connection(server.port)

    for _ in range(2):
        assert connection.call("POST", "/ksql", {}) == {}
        assert server.closed.acquire(timeout=10)

    connection.close()
    server.end()
    assert server.requests == [b"POST /ksql HTTP/1.1"] * 2


def test_an_error_is_told_with_its_call_and_its_text() -> None:
    server = Server(REFUSED)
    connection = Connection(server.port)

    with pytest.raises(CallFailed, match=r"^GET /topics: HTTP 404: gone$"):
        connection.call("GET", "/topics")

    connection.close()
    server.end()
