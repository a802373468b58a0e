import pytest

from ksql.language import SemanticError, parse_script, parse_statement
from ksql.language.tree import ColumnRef, Literal, Query
from ksql.language.types import STRING
from ksql.language.variables import references, substitute


def test_a_variable_stands_for_a_number_a_name_or_a_part_of_text() -> None:
    filled = substitute(
        "SELECT ${col} FROM s WHERE a > ${n} AND b = 'x-${part}';",
        {"col": "price", "n": "-10", "part": "y"},
    )

    assert filled == "SELECT price FROM s WHERE a > -10 AND b = 'x-y';"


def test_text_from_a_variable_stays_inside_its_quotes() -> None:
    query = parse_statement("SELECT '${v}' FROM s;", {"v": "a' OR 'b"})

    assert isinstance(query, Query)
    assert query.select[0].expression == Literal("a' OR 'b", STRING)  # type: ignore[union-attr]  # not a star


def test_a_variable_cannot_stand_for_more_than_one_word() -> None:
    with pytest.raises(SemanticError) as caught:
        substitute("DROP STREAM ${name};", {"name": "a; DROP STREAM b"})

    assert "Got: 'a; DROP STREAM b'" in caught.value.message


def test_an_undefined_variable_is_refused_with_the_closest_name() -> None:
    with pytest.raises(SemanticError) as caught:
        substitute("SELECT ${treshold} FROM s;", {"threshold": "1"})

    assert caught.value.message == "Undefined variable: treshold"
    assert caught.value.suggestions == ("threshold",)
    assert str(caught.value.at) == "1:8"


def test_define_takes_effect_on_the_statements_after_it() -> None:
    script = parse_script("DEFINE c = 'price'; SELECT ${c} FROM s;")

    query = script[1].statement
    assert isinstance(query, Query)
    assert query.select[0].expression == ColumnRef("PRICE")  # type: ignore[union-attr]  # not a star


def test_undefine_takes_a_variable_back() -> None:
    with pytest.raises(SemanticError, match="Undefined variable: c"):
        parse_script("DEFINE c = 'price'; UNDEFINE c; SELECT ${c} FROM s;")


def test_references_are_found_in_words_and_in_quotes_but_not_in_comments() -> None:
    text = "SELECT ${a}, 'x${b}', `${a}` /* ${c} */ FROM s; -- ${d}"

    assert references(text) == ("a", "b")
