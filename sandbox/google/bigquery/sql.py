"""Query text into a syntax tree, and mistakes in it into BigQuery's words.

Owns parsing, positions in the text and the wording of syntax and binding errors. Leaves out what
names mean (`names`) and what DuckDB calls things (`dialect`). sqlglot is imported on first use.
"""

import re
from typing import TYPE_CHECKING, Any

from sandbox.google.errors import GoogleError, InvalidQuery, NotEmulated

if TYPE_CHECKING:
    from sqlglot.expressions import Expr
    from sqlglot.tokenizer_core import Token

POSITIONAL = "positional$"
"""Names of positional parameters begin so: no query can write it."""

STATEMENTS = {
    "SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "CREATE", "DROP",
    "ALTER", "FROM",
}  # fmt: skip
"""First words of statements that are emulated, or refused by name later."""

REFUSED = {
    "DECLARE": "Scripting (DECLARE)",
    "BEGIN": "Scripting and transactions (BEGIN)",
    "COMMIT": "Transactions (COMMIT)",
    "ROLLBACK": "Transactions (ROLLBACK)",
    "SET": "Scripting (SET)",
    "IF": "Scripting (IF)",
    "LOOP": "Scripting (LOOP)",
    "WHILE": "Scripting (WHILE)",
    "CALL": "Procedures (CALL)",
    "EXECUTE": "EXECUTE IMMEDIATE",
    "EXPORT": "EXPORT DATA",
    "LOAD": "LOAD DATA",
    "ASSERT": "ASSERT",
    "GRANT": "GRANT: change the dataset's access list instead",
    "REVOKE": "REVOKE: change the dataset's access list instead",
    "EXPLAIN": "EXPLAIN",
}

FIRST_WORD = re.compile(
    r"(?:\s|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|/\*.*?\*/|\()*(\w+|\S|$)", re.DOTALL
)

BINDING = (
    (re.compile(r'Referenced column "(.+?)" (?:not found|was not found)'), "Unrecognized name: {}"),
    (re.compile(r'Referenced table "(.+?)" not found'), "Unrecognized name: {}"),
    (re.compile(r'(?:Table|Values list) "(.+?)" does not have a column named "(.+?)"'),
     "Name {1} not found inside {0}"),
    (re.compile(r'Could not find key "(.+?)" in struct'),
     "Field name {} does not exist in STRUCT"),
    (re.compile(r'Ambiguous reference to column name "(.+?)"'), "Column name {} is ambiguous"),
    (re.compile(r'column "?(.+?)"? must appear in the GROUP BY clause', re.IGNORECASE),
     "SELECT list expression references column {} which is neither grouped nor aggregated"),
    (re.compile(r"(?:Scalar|Aggregate|Table)? ?Function with name \"?(.+?)\"? does not exist"),
     "Function not found: {}"),
    (re.compile(r"Could not convert string '(.*?)' to (\S+)"),
     'Could not cast literal "{0}" to type {1}'),
    (re.compile(r"No function matches the given name and argument types '(.+?)'"),
     "No matching signature for {}"),
    (re.compile(r"Invalid Input Error: (division by zero.*)"), "{}"),
)  # fmt: skip
"""What DuckDB's binder says, and how BigQuery puts it."""


def parse(sql: str) -> "Expr":
    """Return the tree of a text that holds one statement.

    Raises:
        GoogleError: 400 invalidQuery with its place, 501 for what is not emulated.
    """
    # 0.1 s that a sandbox without queries need not spend.
    from sqlglot import exp  # noqa: PLC0415 - see above
    from sqlglot.dialects.bigquery import BigQuery  # noqa: PLC0415 - see above
    from sqlglot.errors import ParseError, TokenError  # noqa: PLC0415 - see above

    _check_first_word(sql)
    dialect = BigQuery()
    try:
        tokens = _numbered(dialect.tokenize(sql))
        trees = [tree for tree in dialect.parser().parse(tokens, sql) if tree is not None]
    except ParseError as problem:
        raise _syntax_error(sql, problem.errors[0]) from None
    except TokenError:
        raise InvalidQuery("Syntax error: Unclosed string literal, identifier or comment") from None
    except RecursionError:
        raise InvalidQuery("Syntax error: the query is nested too deeply") from None
    if len(trees) != 1:
        raise NotEmulated(f"A script of {len(trees)} statements: send them one by one")
    if any(not select.expressions for select in trees[0].find_all(exp.Select)):
        raise InvalidQuery("Syntax error: SELECT list must not be empty")
    return trees[0]


def _numbered(tokens: "list[Token]") -> "list[Token]":
    """Return tokens in which each `?` is a named parameter: trees do not keep the text's order."""
    from sqlglot.tokenizer_core import Token, TokenType  # noqa: PLC0415 - see `parse`

    numbered: list[Token] = []
    count = 0
    for token in tokens:
        if token.token_type is not TokenType.PLACEHOLDER:
            numbered.append(token)
            continue
        count += 1
        where = {name: getattr(token, name) for name in ("line", "col", "start", "end")}
        numbered.append(Token(TokenType.PARAMETER, "@", **where))
        numbered.append(Token(TokenType.VAR, f"{POSITIONAL}{count}", **where))
    return numbered


def _check_first_word(sql: str) -> None:
    match = FIRST_WORD.match(sql)
    word = match[1] if match else ""
    if not word:
        raise InvalidQuery("Syntax error: Unexpected end of statement at [1:1]")
    if word.upper() in REFUSED:
        raise NotEmulated(REFUSED[word.upper()])
    if word.upper() not in STATEMENTS:
        assert match is not None
        raise InvalidQuery(
            f"Syntax error: Unexpected {_described(word)} {place(sql, match.start(1))}"
        )


def _syntax_error(sql: str, error: dict[str, Any]) -> InvalidQuery:
    token = error["highlight"] or ""
    if not token:
        return InvalidQuery(f"Syntax error: {error['description']} {place(sql, len(sql))}")
    line, column = error["line"], error["col"] - len(token) + 1
    if error["description"].startswith("Expecting") and not error["end_context"].strip():
        wanted = error["description"].removeprefix("Expecting ")
        return InvalidQuery(
            f'Syntax error: Expected "{wanted}" but got end of script {place(sql, len(sql))}'
        )
    return InvalidQuery(f"Syntax error: Unexpected {_described(token)} at [{line}:{column}]")


def _described(token: str) -> str:
    from sqlglot.dialects.bigquery import BigQuery  # noqa: PLC0415 - see `parse`

    if token.upper() in BigQuery.Tokenizer.KEYWORDS:
        return f"keyword {token.upper()}" if token[0].isalpha() else f'"{token}"'
    if token[0].isdigit():
        return f'integer literal "{token}"'
    if token[0].isalpha() or token[0] == "_":
        return f'identifier "{token}"'
    return f'"{token}"'


def place(sql: str, position: int) -> str:
    """Return `at [line:column]`, both counted from 1, for a position in a text."""
    before = sql[:position]
    return f"at [{before.count(chr(10)) + 1}:{position - (before.rfind(chr(10)) + 1) + 1}]"


def place_of(node: "Expr") -> str:
    """Return ` at [line:column]` of a tree's first identifier; empty where that is unknown."""
    from sqlglot import exp  # noqa: PLC0415 - see `parse`

    for each in node.find_all(exp.Identifier, exp.Anonymous):
        if "col" in each.meta:
            width = each.meta["end"] - each.meta["start"]
            return f" at [{each.meta['line']}:{each.meta['col'] - width}]"
    return ""


def binding_error(sql: str, problem: str) -> GoogleError:
    """Return what BigQuery would say where DuckDB says `problem` about a query."""
    for pattern, wording in BINDING:
        match = pattern.search(problem)
        if match:
            return InvalidQuery(wording.format(*match.groups()) + _place_of_name(sql, match[1]))
    first = problem.split("\n", 1)[0]
    if first.startswith("Parser Error"):
        # It parsed as BigQuery's: what cannot be said in DuckDB's words is our limit.
        return NotEmulated(f"Something in this query ({first})")
    return InvalidQuery(re.sub(r"^(?:Binder|Catalog|Conversion|Invalid Input) Error: ", "", first))


def _place_of_name(sql: str, name: str) -> str:
    word = re.split(r"[.(]", name)[-1] if "(" not in name else name.split("(", maxsplit=1)[0]
    match = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", sql, re.IGNORECASE) if word else None
    return f" {place(sql, match.start())}" if match else ""
