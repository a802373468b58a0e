import pytest

from sandbox.ksqldb.java.regex import compiled, expansion


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"\p{Upper}\p{Lower}+", "an Example", "Example"),
        (r"[\p{Punct}x]+", "a?!x.", "?!x."),
        (r"\P{Alpha}+", "ab12-c", "12-"),
        (r"\w+", "ü1_a", "1_a"),
        (r"\d", "٣3", "3"),
        (r"\Qa.b\E+", "aXb a.bb", "a.bb"),
        (r"\Q[x", "a[xb", "[x"),
        (r"(?<first>\w)\k<first>", "abba", "bb"),
        (r"(?<=a)b", "cb ab", "b"),
        (r"a\z", "a\na", "a"),
        (r"a\Z", "a\n", "a"),
        (r"\x{41}\x42", "xAB", "AB"),
        (r"\h\R", "a\u00a0\r\nb", "\u00a0\r\n"),
        (r"[^\h\v]+", " \nab\t", "ab"),
        (r"[]a]+", "x]a]", "]a]"),
        (r"[^]]+", "]ab]", "ab"),
        (r"x\[\d]", "x[5]", "x[5]"),
        (r"\\d", r"5\d", r"\d"),
    ],
)
def test_java_finds(pattern: str, text: str, found: str) -> None:
    match = compiled(pattern).search(text)

    assert match is not None
    assert match[0] == found


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(a", r"missing \), unterminated subpattern.*: \(a"),
        ("[a-z&&[^b]]", "character classes in classes are not emulated"),
        ("[a[bc]]", "character classes in classes are not emulated"),
        (r"\p{IsGreek}", r"\\p\{IsGreek\} is not emulated"),
        (r"[\P{Alpha}]", r"\\P\{Alpha\} is not emulated"),
        (r"\y", r"bad escape \\y"),
        ("a\\", "bad escape"),
    ],
)
def test_what_is_no_pattern_here_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compiled(pattern)


@pytest.mark.parametrize(
    ("replacement", "result"),
    [
        ("<$0>", "<ab>"),
        ("$2$1", "ba"),
        ("$12", "a2"),
        ("${first}!", "a!"),
        (r"\$1\\", "$1\\"),
        ("$3-", "-"),
        ("", ""),
    ],
)
def test_a_replacement_has_groups(replacement: str, result: str) -> None:
    pattern = compiled("(?<first>a)(b)(c)?")

    assert pattern.sub(expansion(replacement, pattern), "ab") == result


@pytest.mark.parametrize(
    ("replacement", "message"),
    [
        ("$4", "No group 4"),
        ("${x}", "No group with name {x}"),
        ("5$", "Illegal"),
        ("\\", "Illegal"),
    ],
)
def test_a_replacement_without_its_group_is_refused(replacement: str, message: str) -> None:
    pattern = compiled("(?<first>a)(b)(c)?")

    with pytest.raises(ValueError, match=message):
        expansion(replacement, pattern)
