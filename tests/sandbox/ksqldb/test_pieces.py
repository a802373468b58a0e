"""Expressions that are too high for one of Python's: where they are cut, and what they read."""

from ksql.language.resolved import Arithmetic, ColumnRef, Expr, Literal
from ksql.language.types import INTEGER
from sandbox.ksqldb.expressions import compile_expression
from sandbox.ksqldb.pieces import HIGHEST, Read, cuts, parts_of, reads_of

A, B = ColumnRef(0, "A", INTEGER), ColumnRef(0, "B", INTEGER)


def sum_of(terms: list[ColumnRef]) -> Expr:
    """Return their sum, nested from the left."""
    found: Expr = terms[0]
    for term in terms[1:]:
        found = Arithmetic("+", found, term, INTEGER)
    return found


def test_a_low_expression_is_not_cut() -> None:
    assert cuts(sum_of([A] * (HIGHEST - 1))) == []


def test_a_high_expression_is_cut_each_time_it_reaches_the_height() -> None:
    assert len(cuts(sum_of([A] * (3 * HIGHEST + 5)))) == 3


def test_a_piece_reads_each_column_once() -> None:
    assert set(reads_of(sum_of([A, B, A, B]), {})) == {A, B}


def test_the_parts_of_an_expression_are_its_operands_not_its_type() -> None:
    assert set(parts_of(Arithmetic("+", A, Literal(1, INTEGER), INTEGER))) == {
        A,
        Literal(1, INTEGER),
    }


def test_a_cut_expression_computes_what_its_parts_do_nulls_included() -> None:
    texts: dict[Read, str] = {A: "r[0]", B: "r[1]"}
    compute = compile_expression(sum_of([A, B] * 100), texts.__getitem__)

    assert compute((1, 2)) == 300
    assert compute((2_147_483_647, 1)) == -(2**31) * 100 % 2**32
    assert compute((1, None)) is None
