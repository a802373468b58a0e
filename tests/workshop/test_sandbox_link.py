"""The operator's view of the sandbox: its life, and what is left on it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from workshop.home import Home
from workshop.sandbox_link import SandboxFailed, SandboxLink


class Answers(ThreadingHTTPServer):
    """Answers GET with the JSON for its path; 404 for others."""

    def __init__(self, answers: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = answers


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Answers)
        found = self.server.answers.get(self.path)
        body = json.dumps({"message": "no such thing"} if found is None else found).encode()
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture
def answers() -> Iterator[Answers]:
    server = Answers({})
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def link(checkout: Path, port: int, python: str = "exit 1") -> SandboxLink:
    home = Home(checkout, port)
    home.python.parent.mkdir(parents=True)
    home.python.write_text(f"#!/bin/sh\n{python}\n")
    home.python.chmod(0o755)
    return SandboxLink(home, {"PATH": "/usr/bin:/bin"})


def test_the_instance_tells_one_life_from_another(answers: Answers, tmp_path: Path) -> None:
    answers.answers["/sandbox/v1/health"] = {"instance": "i-1"}

    assert link(tmp_path, answers.server_port).instance() == "i-1"


def test_no_answer_and_a_strange_answer_are_no_sandbox(answers: Answers, tmp_path: Path) -> None:
    strange = link(tmp_path / "a", answers.server_port).instance()
    # Port 9 is the discard service's, which nothing serves.
    absent = link(tmp_path / "b", 9).instance()

    assert (strange, absent) == (None, None)


def test_only_kinds_of_which_something_exists_are_left_over(
    answers: Answers, tmp_path: Path
) -> None:
    answers.answers["/sandbox/v1/inventory"] = {"topics": [], "service_accounts": [{"id": "sa-1"}]}

    left = link(tmp_path, answers.server_port).leftovers()

    assert left == {"service_accounts": [{"id": "sa-1"}]}


def test_not_being_told_what_is_left_is_a_failure(answers: Answers, tmp_path: Path) -> None:
    with pytest.raises(SandboxFailed, match="GET /sandbox/v1/inventory: 404"):
        link(tmp_path / "a", answers.server_port).leftovers()
    with pytest.raises(SandboxFailed, match=r"http://127\.0\.0\.1:9 does not answer"):
        link(tmp_path / "b", 9).leftovers()


def test_the_sandboxs_own_words_explain_why_it_does_not_start(tmp_path: Path) -> None:
    sandbox = link(tmp_path, 9, 'echo "Error: port 9 is taken by process 1"; exit 1')

    with pytest.raises(SandboxFailed, match=r"^port 9 is taken by process 1$"):
        sandbox.start()


def test_a_sandbox_that_runs_elsewhere_is_said_to(tmp_path: Path) -> None:
    sandbox = link(tmp_path, 9, 'echo "The sandbox of this folder already runs on port 8900."')

    with pytest.raises(SandboxFailed, match=r"already runs on port 8900\.\nTo move it to another"):
        sandbox.start()
