import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ksql.language import LanguageError, parse_script, parse_statement
from ksql.language.analysis.statements import analyze
from ksql.language.resolved import AnalyzedCreate, AnalyzedCreateAs, Source
from ksql.language.tree import CreateAsSelect, CreateSource
from ksql.meaning import column_names, difference

CASES = Path(__file__).parents[3] / "shared" / "ksqldb-cases"


def between(ours: str, theirs: str) -> str | None:
    return difference(parse_statement(ours), parse_statement(theirs), rewritten=True)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            "CREATE TABLE t AS SELECT a, a + 1, COUNT(*), b AS c FROM s GROUP BY a, a + 1, b;",
            "CREATE TABLE T WITH (KAFKA_TOPIC='T', PARTITIONS=4) AS SELECT S.A A, (S.A + 1)"
            " KSQL_COL_0, COUNT(*) KSQL_COL_1, S.B C FROM S S GROUP BY S.A, (S.A + 1), S.B"
            " EMIT CHANGES;",
        ),
        (
            "CREATE STREAM j AS SELECT l.id, x FROM l LEFT JOIN r ON l.id = r.id;",
            "CREATE STREAM J AS SELECT L.ID L_ID, L.X X FROM L L LEFT OUTER JOIN R R ON"
            " ((L.ID = R.ID)) EMIT CHANGES;",
        ),
        (
            "CREATE STREAM a AS SELECT * FROM s AS x;",
            "CREATE STREAM A AS SELECT X.P P, X.Q Q FROM S X EMIT CHANGES;",
        ),
        (
            "CREATE STREAM s (a INT) WITH (format='avro', kafka_topic='s');",
            "CREATE STREAM S (A INTEGER) WITH (CLEANUP_POLICY='delete', KAFKA_TOPIC='s',"
            " KEY_FORMAT='AVRO', VALUE_FORMAT='AVRO');",
        ),
        (
            "CREATE STREAM a AS SELECT p + 1 AS one, *, q AS last FROM s;",
            "CREATE STREAM A AS SELECT (S.P + 1) ONE, S.P P, S.Q Q, S.Q LAST FROM S S;",
        ),
        (
            "CREATE STREAM a AS SELECT p + 1 FROM s;",
            "CREATE STREAM A AS SELECT (S.P + 1) KSQL_COL_4 FROM S S EMIT CHANGES;",
        ),
        (
            "CREATE STREAM s WITH (kafka_topic='s', value_format='avro');",
            "CREATE STREAM S (A INTEGER, B STRING) WITH (CLEANUP_POLICY='delete', KAFKA_TOPIC='s',"
            " KEY_FORMAT='KAFKA', VALUE_FORMAT='AVRO');",
        ),
        (
            "CREATE STREAM s (k INT KEY) WITH (kafka_topic='s', value_format='avro');",
            "CREATE STREAM S (K INTEGER KEY, B STRING) WITH (KAFKA_TOPIC='s',"
            " VALUE_FORMAT='AVRO');",
        ),
    ],
    ids=[
        "generated-names",
        "join",
        "star",
        "format",
        "star-and-more",
        "number",
        "registry",
        "registry-key",
    ],
)
def test_the_servers_rewriting_means_the_same(ours: str, theirs: str) -> None:
    assert between(ours, theirs) is None


@pytest.mark.parametrize(
    ("theirs", "part"),
    [
        ("CREATE TABLE A AS SELECT S.P P FROM S S EMIT CHANGES;", "the kind: STREAM against TABLE"),
        ("CREATE STREAM B AS SELECT S.P P FROM S S;", "the name: A against B"),
        ("CREATE STREAM A AS SELECT S.P P FROM OTHER S;", "FROM"),
        ("CREATE STREAM A AS SELECT S.Q P FROM S S;", "the projection"),
        ("CREATE STREAM A AS SELECT S.P Q FROM S S;", "the projection"),
        ("CREATE STREAM A AS SELECT S.P KSQL_COL_0 FROM S S;", "the projection"),
        ("CREATE STREAM A AS SELECT S.P P FROM S S WHERE (S.P > 1);", "WHERE"),
        ("CREATE STREAM A AS SELECT S.P P FROM S S PARTITION BY S.P;", "PARTITION BY"),
        ("CREATE STREAM A AS SELECT S.P P FROM S S LIMIT 3;", "LIMIT"),
        (
            "CREATE STREAM A WITH (WRAP_SINGLE_VALUE=false) AS SELECT S.P P FROM S S;",
            "the setting WRAP_SINGLE_VALUE: None against False",
        ),
        ("CREATE STREAM A (P INT) WITH (KAFKA_TOPIC='a');", "the kind of statement"),
    ],
)
def test_the_first_part_that_differs_is_named(theirs: str, part: str) -> None:
    assert between("CREATE STREAM a AS SELECT p FROM s;", theirs) == part


@pytest.mark.parametrize(
    ("ours", "theirs", "part"),
    [
        ("SELECT * FROM s", "SELECT S.P P, (S.Q + 1) Q FROM S S", "the projection"),
        ("SELECT p AS a, * FROM s", "SELECT S.P B, S.Q Q FROM S S", "the projection"),
        ("SELECT *, q AS last FROM s", "SELECT S.P P, S.P LAST FROM S S", "the projection"),
        ("SELECT a, b, * FROM s", "SELECT S.A A FROM S S", "the projection"),
    ],
)
def test_a_star_stands_for_columns_and_for_nothing_else(ours: str, theirs: str, part: str) -> None:
    assert between(f"CREATE STREAM t AS {ours};", f"CREATE STREAM T AS {theirs};") == part


def test_between_two_texts_of_ours_nothing_is_taken_for_an_addition_of_the_server() -> None:
    ours = parse_statement("CREATE STREAM a AS SELECT * FROM s;")

    for theirs, part in (
        ("CREATE STREAM a AS SELECT p FROM s;", "the projection"),
        ("CREATE STREAM a AS SELECT s.* FROM s;", "the projection"),
        ("CREATE STREAM a WITH (replicas=3) AS SELECT * FROM s;", "the setting REPLICAS: None"),
    ):
        found = difference(ours, parse_statement(theirs))
        assert found is not None
        assert found.startswith(part)


def test_a_key_that_only_one_side_names_is_a_difference() -> None:
    ours = "CREATE STREAM s (a INT) WITH (kafka_topic='s', value_format='avro');"
    theirs = "CREATE STREAM S (A INTEGER, B STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='AVRO');"

    assert between(ours, theirs) == "the columns"


@pytest.mark.parametrize(
    ("theirs", "part"),
    [
        ("CREATE STREAM t (a INT) WITH (kafka_topic='s');", "the name: S against T"),
        ("CREATE TABLE s (a INT PRIMARY KEY) WITH (kafka_topic='s');", "the kind: STREAM against"),
        ("CREATE STREAM s (a BIGINT) WITH (kafka_topic='s');", "the columns"),
        ("CREATE STREAM s (a INT) WITH (kafka_topic='x');", "the setting KAFKA_TOPIC: s against x"),
    ],
)
def test_sources_differ_in_the_first_part_that_does(theirs: str, part: str) -> None:
    found = between("CREATE STREAM s (a INT) WITH (kafka_topic='s');", theirs)

    assert found is not None
    assert found.startswith(part)


@pytest.mark.parametrize(
    ("theirs", "part"),
    [
        ("INSERT INTO T SELECT S.P P FROM S S EMIT CHANGES;", None),
        ("INSERT INTO U SELECT S.P P FROM S S;", "INSERT INTO"),
        ("INSERT INTO T WITH (QUERY_ID='x') SELECT S.P P FROM S S;", "INSERT INTO"),
        ("INSERT INTO T SELECT S.P P FROM S S WHERE (S.P > 1);", "WHERE"),
        ("SELECT S.P P FROM S S;", "the kind of statement"),
    ],
)
def test_inserts_are_compared_by_target_and_query(theirs: str, part: str | None) -> None:
    assert between("INSERT INTO t SELECT p FROM s;", theirs) == part


def test_a_read_only_source_is_another_one() -> None:
    ours = "CREATE SOURCE STREAM s (a INT) WITH (kafka_topic='s', value_format='avro');"

    assert between(ours, ours.replace("SOURCE ", "")) == "SOURCE"


def test_a_setting_of_ours_that_the_server_lacks_is_a_difference() -> None:
    ours = "CREATE STREAM a WITH (partitions=3) AS SELECT p FROM s;"

    assert between(ours, "CREATE STREAM A AS SELECT S.P P FROM S S;") == (
        "the setting PARTITIONS: 3 against None"
    )


def test_unnamed_columns_are_numbered_past_names_that_are_taken() -> None:
    query = parse_statement("CREATE STREAM a AS SELECT p, p + 1, p AS KSQL_COL_0, p + 2 FROM s;")

    assert isinstance(query, CreateAsSelect)
    assert column_names(query.query.select) == ["P", "KSQL_COL_1", "KSQL_COL_0", "KSQL_COL_2"]


class Catalogue(dict[str, Source]):
    """The sources that a case has made so far."""

    def source(self, name: str) -> Source | None:
        return self.get(name)

    def names(self) -> list[str]:
        return list(self)


def rewritings() -> Iterator[tuple[str, str]]:
    """Yield every creation of the shared cases that analysis takes, as sent and as rewritten."""
    for file in sorted(CASES.rglob("*.json")):
        for case in json.loads(file.read_text()).get("tests", []):
            catalogue = Catalogue()
            for text in case.get("statements", []):
                yield from _rewritten(text.replace("{FORMAT}", "AVRO"), catalogue)


def _rewritten(text: str, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    try:
        for parsed in parse_script(text):
            if isinstance(parsed.statement, CreateSource | CreateAsSelect):
                made = analyze(parsed.statement, catalogue)
                if isinstance(made, AnalyzedCreate | AnalyzedCreateAs):
                    catalogue[made.source.name] = made.source
                if isinstance(made, AnalyzedCreateAs):
                    yield parsed.text, made.rewritten
    except LanguageError:
        return


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not beside this checkout")
def test_every_statement_of_the_shared_cases_means_what_it_is_rewritten_to() -> None:
    found = list(rewritings())

    differing = [(sent, shown, part) for sent, shown in found if (part := between(sent, shown))]
    assert len(found) > 200
    assert differing == []
