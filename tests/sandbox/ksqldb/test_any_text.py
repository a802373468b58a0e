"""Whatever a caller sends, the answer is a result or one of the server's errors."""

import re
from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.ksqldb.errors import KsqlError
from sandbox.ksqldb.queries import Queries
from sandbox.ksqldb.testing.cases import read_cases
from sandbox.ksqldb.wire import Form
from tests.sandbox.ksqldb.engine import Engine

CASES = [c for p in sorted((Path(__file__).parent / "cases").glob("*.json")) for c in read_cases(p)]
STATEMENTS = sorted({text for case in CASES for text in case.statements})
TOKEN = re.compile(r"\w+|'[^']*'|\S")
TOKENS = sorted({token for text in STATEMENTS for token in TOKEN.findall(text)})


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A statement of ours with a few tokens replaced, removed or added."""
    tokens = TOKEN.findall(draw(st.sampled_from(STATEMENTS)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(tokens) - 1)) if tokens else 0
        tokens[at : at + draw(st.integers(0, 1))] = draw(
            st.lists(st.sampled_from(TOKENS), max_size=1)
        )
    return " ".join(tokens)


def answer(engine: Engine, text: str) -> None:
    with suppress(KsqlError):
        if text.lstrip().upper().startswith("SELECT"):
            Queries(engine.server).answer(text, {}, {}, Form.ROWS).whole()
        else:
            engine.execute(text)


@settings(deadline=None, max_examples=300)
@given(texts=st.lists(damaged(), min_size=1, max_size=4))
def test_damaged_statements_get_a_result_or_an_error_of_ours(texts: list[str]) -> None:
    engine = Engine()
    for topic in ("t", "u", "trades", "users"):
        engine.topic(topic)

    for text in texts:
        answer(engine, text)

    engine.server.stop()


@settings(deadline=None, max_examples=200)
@given(text=st.text())
def test_any_text_gets_a_result_or_an_error_of_ours(text: str) -> None:
    engine = Engine()

    answer(engine, text)
    answer(engine, f"SELECT {text}")
