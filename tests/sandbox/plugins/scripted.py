"""A transport that answers from a script and remembers what it was asked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.plugins.http import Reply


@dataclass(frozen=True)
class Sent:
    """One request that a stand-in made."""

    method: str
    path: str
    """With the query, without the address."""
    body: Any
    authorization: str | None


@dataclass
class ScriptedTransport:
    """Answers each request with the next reply scripted for it; the last one stays."""

    replies: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    """Status and JSON body, by method and path without query: `GET /org/v2/environments`."""
    sent: list[Sent] = field(default_factory=list)

    def answer(self, request: str, body: Any = None, *, status: int = 200) -> None:
        """Add a reply to a request, given as method and path."""
        self.replies.setdefault(request, []).append((status, body))

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """Return the scripted reply; 501 where there is none."""
        path = "/" + url.split("/", 3)[3]
        content = None if body is None else json.loads(body)
        self.sent.append(Sent(method, path, content, headers.get("Authorization")))
        scripted = self.replies.get(f"{method} {path.partition('?')[0]}")
        if not scripted:
            return Reply(501, {}, b'{"message": "not scripted"}')
        status, answer = scripted.pop(0) if len(scripted) > 1 else scripted[0]
        return Reply(status, {}, b"" if answer is None else json.dumps(answer).encode())

    def requests(self) -> list[str]:
        """Return method and path of every request, in order."""
        return [f"{each.method} {each.path}" for each in self.sent]


class NoPause:
    """Lets no time pass."""

    def for_s(self, _seconds: float) -> bool:
        """Return at once."""
        return True
