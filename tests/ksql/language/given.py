"""What the language's tests start from: a catalogue, and ways to judge a statement against it."""

from ksql.language import (
    Inference,
    LanguageError,
    MemoryCatalog,
    Settings,
    analyze,
    parse_script,
    parse_statement,
)
from ksql.language.resolved import (
    AnalyzedCreate,
    AnalyzedCreateAs,
    AnalyzedSelect,
    Expr,
    Source,
)

SOURCES = """
CREATE STREAM S (
  K INT KEY, I INT, L BIGINT, D DOUBLE, M DECIMAL(4, 2), T STRING, B BOOLEAN,
  TS TIMESTAMP, DT DATE, TM TIME, RAW BYTES
) WITH (kafka_topic = 's', value_format = 'JSON');
CREATE TABLE U (ID INT PRIMARY KEY, I INT, NAME STRING)
  WITH (kafka_topic = 'u', value_format = 'JSON');
CREATE STREAM W (K INT KEY, I INT)
  WITH (kafka_topic = 'w', value_format = 'JSON', window_type = 'SESSION');
CREATE STREAM NOKEY (I INT, T STRING) WITH (kafka_topic = 'n', format = 'JSON');
CREATE STREAM TWO (A INT KEY, B INT KEY, V INT) WITH (kafka_topic = 'two', format = 'JSON');
CREATE TABLE TOTALS AS SELECT I, COUNT(*) AS N FROM S GROUP BY I;
CREATE TABLE PERIODS AS SELECT I, COUNT(*) AS N FROM S
  WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY I;
"""


def catalog(script: str = SOURCES) -> MemoryCatalog:
    """The sources that a script makes."""
    made = MemoryCatalog()
    for parsed in parse_script(script):
        made.apply(analyze(parsed.statement, made))
    return made


GIVEN = catalog()
"""The sources of `SOURCES`; not to be changed."""


def judged(
    sql: str, settings: Settings | None = None, inference: Inference | None = None
) -> object:
    """The result of analysing one statement against `GIVEN`."""
    return analyze(parse_statement(sql), GIVEN, settings or Settings(), inference, text=sql)


def made_after(script: str, sql: str, settings: Settings | None = None) -> Source:
    """The source that a CREATE makes where a script ran before it."""
    result = analyze(parse_statement(sql), catalog(script), settings or Settings())
    assert isinstance(result, AnalyzedCreate | AnalyzedCreateAs)
    return result.source


def made(sql: str, settings: Settings | None = None, inference: Inference | None = None) -> Source:
    """The source that a CREATE makes."""
    result = judged(sql, settings, inference)
    assert isinstance(result, AnalyzedCreate | AnalyzedCreateAs)
    return result.source


def created(sql: str) -> AnalyzedCreateAs:
    """A CREATE … AS SELECT, analysed."""
    result = judged(sql)
    assert isinstance(result, AnalyzedCreateAs)
    return result


def selected(sql: str) -> AnalyzedSelect:
    """A SELECT, analysed."""
    result = judged(sql)
    assert isinstance(result, AnalyzedSelect)
    return result


def expression(text: str, source: str = "S") -> Expr:
    """An expression over a source, resolved."""
    sql = f"SELECT {text} AS X FROM {source} EMIT CHANGES;"
    [column] = selected(sql).query.columns
    return column.expr


def type_of(text: str) -> str:
    """The type of an expression over S, as ksqlDB prints it."""
    return str(expression(text).type)


def refusal(
    sql: str, settings: Settings | None = None, inference: Inference | None = None
) -> LanguageError:
    """The error that refuses a statement."""
    try:
        judged(sql, settings, inference)
    except LanguageError as problem:
        return problem
    raise AssertionError(f"accepted: {sql}")


def first_line(problem: LanguageError) -> str:
    """The first line of an error's message."""
    return problem.message.split("\n")[0]
