import pytest

from ksql.language import SemanticError
from ksql.language.functions import FUNCTIONS, OUT_OF_SCOPE, find_function
from ksql.language.overloads import choose
from ksql.language.types import BIGINT, DOUBLE, INTEGER, STRING, TIMESTAMP, SqlType, decimal
from tests.ksql.language.given import refusal, type_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ABS(M)", "DECIMAL(4, 2)"),
        ("ROUND(M)", "DECIMAL(2, 0)"),
        ("ROUND(M, 1)", "DECIMAL(4, 2)"),
        ("ROUND(D)", "BIGINT"),
        ("ROUND(D, 2)", "DOUBLE"),
        ("TRUNC(I)", "INTEGER"),
        ("SQRT(M)", "DOUBLE"),
        ("POWER(I, D)", "DOUBLE"),
        ("LEN(RAW)", "INTEGER"),
        ("SUBSTRING(RAW, 1)", "BYTES"),
        ("COALESCE(NULL, T)", "STRING"),
        ("IFNULL(I, 5)", "INTEGER"),
        ("GREATEST(M, 12.345)", "DECIMAL(5, 3)"),
        ("LEAST(TS, '2020-01-01')", "TIMESTAMP"),
        ("AS_VALUE(DT)", "DATE"),
        ("TIMESTAMPTOSTRING(ROWTIME, 'yyyy')", "STRING"),
        ("TIMESTAMPADD(HOURS, 1, TS)", "TIMESTAMP"),
        ("UNIX_TIMESTAMP()", "BIGINT"),
        ("UNIX_DATE(DT)", "INTEGER"),
        ("TO_JSON_STRING(M)", "STRING"),
        ("URL_EXTRACT_PORT(T)", "INTEGER"),
    ],
)
def test_a_call_has_the_type_its_signature_gives(text: str, expected: str) -> None:
    assert type_of(text) == expected


def test_an_exact_match_goes_before_one_by_widening() -> None:
    signature = choose(FUNCTIONS["ABS"], [INTEGER])

    assert str(signature) == "INTEGER"


def test_a_null_argument_fits_every_parameter() -> None:
    signature = choose(FUNCTIONS["CONCAT"], [None, STRING])

    assert str(signature) == "STRING..."


@pytest.mark.parametrize(
    ("name", "arguments", "listed"),
    [
        ("GREATEST", [INTEGER, BIGINT], "(INTEGER, BIGINT)"),
        ("GREATEST", [INTEGER, decimal(5, 2)], "(INTEGER, DECIMAL(5, 2))"),
        ("LEAST", [None, None], "(null, null)"),
        ("COALESCE", [None], "(null)"),
        ("POWER", [INTEGER, BIGINT], "(INTEGER, BIGINT)"),
    ],
)
def test_a_call_that_fits_several_signatures_alike_is_refused(
    name: str, arguments: list[SqlType | None], listed: str
) -> None:
    if name == "GREATEST" and arguments[1] == decimal(5, 2):
        # DOUBLE and DECIMAL both hold the two.
        listed = "(INTEGER, DECIMAL(5, 2))"

    with pytest.raises(SemanticError) as caught:
        choose(FUNCTIONS[name], arguments)

    assert caught.value.message.startswith(
        f"Function '{name.lower()}' cannot be resolved due to ambiguous method parameters {listed}."
    )


@pytest.mark.parametrize(
    ("name", "arguments", "listed"),
    [
        ("GREATEST", [], "()"),
        ("COALESCE", [], "()"),
        ("LEAST", [STRING, INTEGER], "(STRING, INTEGER)"),
        ("SUBSTRING", [STRING, DOUBLE], "(STRING, DOUBLE)"),
        ("TIMESTAMPADD", [TIMESTAMP, INTEGER, TIMESTAMP], "(TIMESTAMP, INTEGER, TIMESTAMP)"),
    ],
)
def test_a_call_that_fits_no_signature_is_refused_with_the_alternatives(
    name: str, arguments: list[SqlType | None], listed: str
) -> None:
    with pytest.raises(SemanticError) as caught:
        choose(FUNCTIONS[name], arguments)

    first, second, *_ = caught.value.message.split("\n")
    assert first == f"Function '{name.lower()}' does not accept parameters {listed}."
    assert second == "Valid alternatives are:"


def test_a_misspelt_function_names_the_closest() -> None:
    assert refusal("SELECT CONCATT(T) FROM S EMIT CHANGES;").suggestions[0] == "CONCAT"


def test_functions_are_found_in_any_case() -> None:
    assert find_function("timestampToString") is FUNCTIONS["TIMESTAMPTOSTRING"]
    assert find_function("NOSUCH") is None


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_is_described_and_callable(name: str) -> None:
    function = FUNCTIONS[name]

    assert function.name == name == name.upper()
    assert function.description.endswith(".")
    assert function.signatures
    assert len(set(function.signatures)) == len(function.signatures)
    assert name not in OUT_OF_SCOPE
