import re

import pytest

from ksql.language.types import BYTES, INTEGER, STRING
from ksql.language.values import SqlValue
from tests.sandbox.ksqldb.functions.calling import Typed, call

NULL: Typed = (None, STRING)


@pytest.mark.parametrize(
    ("name", "args", "result"),
    [
        ("LCASE", ("AbC",), "abc"),
        ("UCASE", ("AbC",), "ABC"),
        ("LEN", ("abc",), 3),
        ("LEN", ("a\U0001f600",), 3),
        ("LEN", (b"\0\1",), 2),
        ("TRIM", ("  a b\t\n",), "a b"),
        ("CONCAT", ("a", NULL, "b"), "ab"),
        ("CONCAT", (b"a", b"b"), b"ab"),
        ("CONCAT_WS", (", ", "a", NULL, "b"), "a, b"),
        ("CONCAT_WS", (NULL, "a", "b"), None),
        ("SUBSTRING", ("stream", 0, 2), "st"),
        ("SUBSTRING", ("stream", 1, 4), "stre"),
        ("SUBSTRING", ("stream", 3), "ream"),
        ("SUBSTRING", ("stream", -2), "am"),
        ("SUBSTRING", ("stream", -20, 3), "str"),
        ("SUBSTRING", ("stream", 9, 3), ""),
        ("SUBSTRING", ("stream", 2, -1), ""),
        ("SUBSTRING", (b"stream", 2, 2), b"tr"),
        ("REPLACE", ("a-b-c", "-", "+"), "a+b+c"),
        ("REVERSE", ("abc",), "cba"),
        ("LPAD", ("7", 3, "0"), "007"),
        ("LPAD", ("1234", 3, "0"), "123"),
        ("LPAD", ("1", 4, "ab"), "aba1"),
        ("LPAD", ("1", -1, "a"), None),
        ("LPAD", ("1", 3, ""), None),
        ("RPAD", ("7", 3, "ab"), "7ab"),
        ("RPAD", (b"7", 3, b"a"), b"7aa"),
        ("INITCAP", ("the qUICK  fox",), "The Quick  Fox"),
        ("ELT", (2, "a", "b"), "b"),
        ("ELT", (3, "a", "b"), None),
        ("ELT", (0, "a", "b"), None),
        ("FIELD", ("b", "a", "b"), 2),
        ("FIELD", ("c", "a", "b"), 0),
        ("FIELD", (NULL, "a", NULL), 0),
        ("INSTR", ("corporate floor", "or"), 2),
        ("INSTR", ("corporate floor", "or", 4), 5),
        ("INSTR", ("corporate floor", "or", 1, 3), 14),
        ("INSTR", ("corporate floor", "or", 1, 4), 0),
        ("INSTR", ("corporate floor", "or", -4, 2), 2),
        ("INSTR", ("corporate floor", "or", -3), 5),
        ("INSTR", ("corporate floor", "or", -2), 14),
        ("INSTR", ("short", "or", -4, 2), 0),
        ("INSTR", ("corporate floor", "or", -30), 0),
        ("INSTR", ("corporate floor", "or", 1, 2_147_483_647), 0),
        ("INSTR", ("corporate floor", "or", -1, 2_147_483_647), 0),
        ("INSTR", ("abc", "", -1, 2_147_483_647), 0),
        ("INSTR", (NULL, "or"), 0),
        ("ASCII", ("Aa",), 65),
        ("CHR", (75,), "K"),
        ("CHR", ("\\u004b",), "K"),
        ("CHR", ("K",), None),
        ("CHR", (-1,), None),
        ("MD5", ("abc",), "900150983cd24fb0d6963f7d28e17f72"),
        ("MASK", ("Card 12-a",), "Xxxx-nn-x"),
        ("MASK", ("Ab1-", "Q", "q", NULL, "#"), "Qq1#"),
        ("MASK_LEFT", ("abc12", 2), "xxc12"),
        ("MASK_RIGHT", ("abc12", 2), "abcnn"),
        ("MASK_KEEP_LEFT", ("abc12", 2), "abxnn"),
        ("MASK_KEEP_RIGHT", ("abc12", 2), "xxx12"),
        ("MASK_KEEP_RIGHT", ("abc12", 9), "abc12"),
        ("ENCODE", ("Ab", "utf8", "hex"), "4162"),
        ("ENCODE", ("4162", "hex", "base64"), "QWI="),
        ("ENCODE", ("QWI=", "base64", "ascii"), "Ab"),
        ("TO_BYTES", ("QWI=", "base64"), b"Ab"),
        ("FROM_BYTES", (b"Ab", "utf8"), "Ab"),
        ("INT_FROM_BYTES", (b"\0\0\1\0",), 256),
        ("BIGINT_FROM_BYTES", (b"\1\0\0\0\0\0\0\0", "LITTLE_ENDIAN"), 1),
        ("DOUBLE_FROM_BYTES", (b"\x3f\xf8\0\0\0\0\0\0",), 1.5),
        ("REGEXP_EXTRACT", ("(a)(b+)", "xabbb", 2), "bbb"),
        ("REGEXP_EXTRACT", ("z", "xabbb"), None),
        ("REGEXP_EXTRACT", ("(a)", "xabbb", 3), None),
        ("REGEXP_REPLACE", ("2020-01", "(\\d+)-(\\d+)", "$2/$1"), "01/2020"),
        ("REGEXP_REPLACE", ("a.b", "\\.", "\\$"), "a$b"),
        ("UUID", (bytes(range(16)),), "00010203-0405-0607-0809-0a0b0c0d0e0f"),
        ("UUID", (b"short",), None),
        ("URL_ENCODE_PARAM", ("a b&c~*",), "a+b%26c%7E*"),
        ("URL_DECODE_PARAM", ("a+b%26c",), "a b&c"),
        ("URL_EXTRACT_HOST", ("https://u@h.example:8080/p%20q?a=1#f",), "h.example"),
        ("URL_EXTRACT_HOST", ("http://[::1]:90/a",), "[::1]"),
        ("URL_EXTRACT_HOST", ("/relative",), None),
        ("URL_EXTRACT_PATH", ("https://h.example",), ""),
        ("URL_EXTRACT_PATH", ("mailto:x@y.z",), None),
        ("URL_EXTRACT_PORT", ("https://u@h.example:8080/p",), 8080),
        ("URL_EXTRACT_PORT", ("https://h.example/p",), None),
        ("URL_EXTRACT_PATH", ("https://h.example/p%20q?a=1",), "/p q"),
        ("URL_EXTRACT_QUERY", ("https://h.example/p?a=1&b",), "a=1&b"),
        ("URL_EXTRACT_FRAGMENT", ("https://h.example/p#f",), "f"),
        ("URL_EXTRACT_PROTOCOL", ("https://h.example",), "https"),
        ("URL_EXTRACT_PARAMETER", ("https://h.example?a=1&b=x%20y", "b"), "x y"),
        ("URL_EXTRACT_PARAMETER", ("https://h.example?a%20b=1%26c=2", "a b"), "1"),
        ("URL_EXTRACT_PARAMETER", ("https://h.example", ""), None),
        ("EXTRACTJSONFIELD", ('{"a":{"b":[1,2.50]}}', "$.a.b[1]"), "2.50"),
        ("EXTRACTJSONFIELD", ('{"a":{"b":[1,"x"]}}', "$.a"), '{"b":[1,"x"]}'),
        ("EXTRACTJSONFIELD", ('{"a":"text"}', "$.a"), "text"),
        ("EXTRACTJSONFIELD", ('[{"b": 1, "a": null}]', "$[0]"), '{"b":1,"a":null}'),
        ("EXTRACTJSONFIELD", ('{"a":null}', "$.a"), None),
        ("EXTRACTJSONFIELD", ('{"a":1}', "$.b"), None),
        ("IS_JSON_STRING", ("[1, 2]",), True),
        ("IS_JSON_STRING", ("abc",), False),
        ("IS_JSON_STRING", (NULL,), False),
        ("JSON_ARRAY_LENGTH", ("[1, 2]",), 2),
        ("JSON_ARRAY_LENGTH", ("{}",), None),
        ("JSON_ARRAY_CONTAINS", ("[1, 2]", 2), True),
        ("JSON_ARRAY_CONTAINS", ('["2"]', 2), False),
        ("JSON_CONCAT", ('{"a":1}', '{"b":2}'), '{"a":1,"b":2}'),
        ("JSON_CONCAT", ('{"z":1,"y":"q\\""}', '{"a":2,"z":3}'), '{"z":3,"y":"q\\"","a":2}'),
        ("JSON_CONCAT", ("[1]", "2"), "[1,2]"),
        ("TO_JSON_STRING", (1.5,), "1.5"),
        ("TO_JSON_STRING", ('a"',), '"a\\""'),
        ("TO_JSON_STRING", (NULL,), "null"),
        ("COALESCE", (NULL, "b"), "b"),
        ("IFNULL", (NULL, "b"), "b"),
        ("NULLIF", ("a", "a"), None),
        ("NULLIF", ("a", "b"), "a"),
        ("GREATEST", ("apple", NULL, "banana"), "banana"),
        ("LEAST", (b"\x80", b"\x01"), b"\x80"),
        ("AS_VALUE", ("a",), "a"),
    ],
)
def test_results(name: str, args: tuple[SqlValue | Typed, ...], result: SqlValue) -> None:
    found = call(name, *args)

    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize(
    ("name", "args", "message"),
    [
        ("ENCODE", ("a", "utf8", "rot13"), "Unknown encoding 'rot13'"),
        ("INT_FROM_BYTES", (b"\0",), "Number of bytes must be equal to 4, but found 1"),
        ("MASK_LEFT", ("a", -1), "the number of characters must not be negative: -1"),
        ("LPAD", ("a", 2_147_483_647, "b"), "cannot pad to 2147483647: the most is 16777216"),
        ("RPAD", (b"a", 16_777_217, b"b"), "cannot pad to 16777217"),
        ("URL_DECODE_PARAM", ("%zz",), "Illegal hex characters in escape (%) pattern: %zz"),
        ("REGEXP_EXTRACT", ("(", "a"), "missing ), unterminated subpattern"),
        ("EXTRACTJSONFIELD", ("{}", "a"), "Invalid JSON path: a"),
    ],
)
def test_a_call_that_fails_is_null_and_reported(
    name: str, args: tuple[SqlValue, ...], message: str
) -> None:
    failures: list[tuple[str, str]] = []

    found = call(name, *args, failed=lambda function, why: failures.append((function, str(why))))

    assert found is None
    [(function, why)] = failures
    assert function == name
    assert why.startswith(message)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("LEN", (NULL,)),
        ("SUBSTRING", ("a", (None, INTEGER))),
        ("REPLACE", ("a", NULL, "b")),
        ("TO_BYTES", (NULL, "hex")),
        ("FROM_BYTES", ((None, BYTES), "hex")),
        ("MASK", (NULL,)),
    ],
)
def test_null_gives_null(name: str, args: tuple[SqlValue | Typed, ...]) -> None:
    assert call(name, *args) is None


def test_uuids_are_random() -> None:
    first, second = call("UUID"), call("UUID")

    assert first != second
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(first))
