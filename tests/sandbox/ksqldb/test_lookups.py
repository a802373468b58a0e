"""Look-ups by key that are prepared once: right for every key, and for no other question."""

import pytest

from sandbox.ksqldb.lookups import template_of
from tests.sandbox.ksqldb.engine import Engine


@pytest.fixture
def table(engine: Engine) -> Engine:
    engine.topic("t")
    engine.execute(
        "CREATE STREAM s (k VARCHAR, i INT) WITH (kafka_topic='t', format='JSON');"
        "CREATE TABLE x AS SELECT k, i, COUNT(*) AS c FROM s GROUP BY k, i;"
        "CREATE TABLE y AS SELECT k, COUNT(*) AS c FROM s GROUP BY k;"
    )
    engine.produce("t", *[{"k": k, "i": i} for k in ("a", "b", "it's") for i in (1, 2, 2)])
    return engine


def test_the_same_shape_answers_for_other_keys(table: Engine) -> None:
    asked = [table.pull(f"SELECT * FROM y WHERE k = '{k}';") for k in ("a", "b", "nope")]
    several = [
        table.pull(f"SELECT c, k FROM x WHERE i = {i} AND k = '{k}';")
        for k, i in (("a", 1), ("b", 2), ("b", 3))
    ]

    assert asked == [[["a", 3]], [["b", 3]], []]
    assert several == [[[1, "a"]], [[2, "b"]], []]


def test_what_looks_alike_and_is_not_goes_the_long_way(table: Engine) -> None:
    assert table.pull("SELECT * FROM y WHERE k = 'a';") == [["a", 3]]

    assert table.pull("SELECT * FROM y WHERE k = 'it''s';") == [["it's", 3]]
    assert table.pull("SELECT * FROM y WHERE k = 'a' LIMIT 0;") == []
    assert table.pull("SELECT *, 'a' AS e FROM y WHERE k = 'b';") == [["b", 3, "a"]]
    assert table.pull("SELECT *, 'x' AS e FROM y WHERE k = 'a';") == [["a", 3, "x"]]


def test_a_source_made_anew_is_looked_up_anew(table: Engine) -> None:
    assert table.pull("SELECT * FROM y WHERE k = 'a';") == [["a", 3]]

    table.execute(
        "DROP TABLE y DELETE TOPIC;CREATE TABLE y AS SELECT k, SUM(i) AS total FROM s GROUP BY k;"
    )
    table.server.settle()

    assert table.pull("SELECT * FROM y WHERE k = 'b';") == [["b", 5]]


@pytest.mark.parametrize("text", ["SELECT 1 -- x", 'SELECT "a"', "SELECT /* 1 */ 2", "a ''"])
def test_texts_that_need_a_tokenizer_have_no_template(text: str) -> None:
    assert template_of(text) is None


def test_a_number_and_a_text_are_different_shapes() -> None:
    number, text = template_of("k = 1"), template_of("k = '1'")

    assert number is not None
    assert text is not None
    assert number.shape != text.shape
    assert (number.values, text.values) == (("1",), ("1",))
