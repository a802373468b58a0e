import pytest

from bench import history, start


def test_start_gives_one_figure_with_its_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "ROUNDS", 1)

    figures = start.measure()

    assert list(figures) == ["start"]
    assert figures["start"].floor is not None
    assert figures["start"].limit == "ratio <= 2"


def test_history_delivers_every_row_of_its_rehearsal() -> None:
    figure = history.measure()["history"]

    trades, rows = (int(word) for word in figure.note.split() if word.isdecimal())
    # An hour at half a second on average, less the ten trades per window and account that flag it.
    assert 6900 < trades < 7500
    assert trades - 3 * 13 * 10 <= rows < trades
