import pytest

from ksql.language import parse_expression, parse_statement, statement_text
from ksql.language.expression_text import double_text, expression_text


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        (
            "create table o with (kafka_topic='x', PARTITIONS=2) as select a, count(*) n from s x "
            "left join t on x.k = t.k window tumbling (size 5 minute, grace period 1 hour) "
            "where a > 1 group by a having count(*) > 2 emit changes limit 3;",
            "CREATE TABLE O WITH (KAFKA_TOPIC='x', PARTITIONS=2) AS SELECT\n"
            "  A,\n"
            "  COUNT(*) N\n"
            "FROM S X\n"
            "LEFT OUTER JOIN T T ON ((X.K = T.K))\n"
            "WINDOW TUMBLING ( SIZE 5 MINUTES , GRACE PERIOD 1 HOURS )\n"
            "WHERE (A > 1)\n"
            "GROUP BY A\n"
            "HAVING (COUNT(*) > 2)\n"
            "EMIT CHANGES\n"
            "LIMIT 3;",
        ),
        (
            "CREATE OR REPLACE SOURCE TABLE IF NOT EXISTS t (id int primary key, v varchar) "
            "WITH (value_format='json');",
            "CREATE OR REPLACE SOURCE TABLE IF NOT EXISTS T (ID INTEGER PRIMARY KEY, V STRING) "
            "WITH (VALUE_FORMAT='json');",
        ),
        ("select s.* from s partition by (a, b);", "SELECT S.*\nFROM S S\nPARTITION BY A, B;"),
        ("INSERT INTO `s` (a, `b`) VALUES (1, 'x');", "INSERT INTO `s` (A, `b`) VALUES (1, 'x');"),
        ("show all topics extended;", "LIST ALL TOPICS EXTENDED;"),
        ("drop stream if exists s delete topic;", "DROP STREAM IF EXISTS S DELETE TOPIC;"),
        ("terminate all;", "TERMINATE ALL;"),
        ("print 't' from beginning limit 2;", "PRINT 't' FROM BEGINNING LIMIT 2;"),
        (
            "alter stream s add a int, add column b date;",
            "ALTER STREAM S ADD COLUMN A INTEGER, ADD COLUMN B DATE;",
        ),
    ],
)
def test_a_statement_is_printed_as_the_server_shows_it(sql: str, text: str) -> None:
    assert statement_text(parse_statement(sql)) == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("a+b*c", "(A + (B * C))"),
        ("not a is null", "(NOT (A IS NULL))"),
        ("a not between 1 and 2", "(NOT (A BETWEEN 1 AND 2))"),
        ("case when a then 1 else null end", "(CASE WHEN A THEN 1 ELSE null END)"),
        ("cast(a as decimal(4,2))", "CAST(A AS DECIMAL(4, 2))"),
        ("substring(`from`, 0, 3)", "SUBSTRING(`from`, 0, 3)"),
        ("s.`lower` = 'it''s'", "(S.`lower` = 'it''s')"),
        ("-(1)", "-(1)"),
        ("true", "true"),
        ("1.50", "1.50"),
        ("timestampadd(second, 1, t)", "TIMESTAMPADD(SECONDS, 1, T)"),
    ],
)
def test_an_expression_is_printed_as_messages_show_it(written: str, text: str) -> None:
    assert expression_text(parse_expression(written)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1E0"), (15.0, "1.5E1"), (-0.00025, "-2.5E-4"), (1e300, "1E300"), (0.0, "0E0")],
)
def test_a_double_is_printed_with_an_exponent(value: float, text: str) -> None:
    assert double_text(value) == text
