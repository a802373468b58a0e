import json

import pytest

from workshop.showing import print_json, show_chart, show_pairs, show_table


def test_the_longest_bar_takes_all_the_room(capsys: pytest.CaptureFixture[str]) -> None:
    show_chart("QUANTITY", {"12:00": 200, "12:05": 100, "12:10": 1, "12:15": 0})

    assert capsys.readouterr().out.splitlines() == [
        "",
        "QUANTITY",
        f"  12:00  {'█' * 40} 200",
        f"  12:05  {'█' * 20} 100",
        "  12:10  █ 1",
        "  12:15   0",
    ]


def test_a_chart_of_nothing_is_its_title(capsys: pytest.CaptureFixture[str]) -> None:
    show_chart("QUANTITY", {})

    assert capsys.readouterr().out == "\nQUANTITY\n"


def test_a_table_shows_null_and_brackets_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    show_table("t", ["A", "B"], [("[red]x", None)])

    lines = [line.strip() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines[0] == "t"
    assert lines[1].split() == ["A", "B"]
    assert lines[-1].split() == ["[red]x", "NULL"]


def test_json_has_an_object_per_row(capsys: pytest.CaptureFixture[str]) -> None:
    print_json(["A", "B"], [(1, None), (2, "x")])

    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line) for line in lines] == [{"A": 1, "B": None}, {"A": 2, "B": "x"}]


def test_pairs_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    show_pairs("Next", {"a": "1", "long": "2"})

    assert capsys.readouterr().out == "\nNext\n  a     1\n  long  2\n"
