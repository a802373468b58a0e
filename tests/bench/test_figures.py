from collections.abc import Iterator

import pytest

from bench.figures import Figure, against_floor, paired, percentile


def test_json_leaves_out_what_a_figure_does_not_have() -> None:
    assert Figure(1.23456, "s").as_json() == {"value": 1.2346, "unit": "s"}


def test_json_holds_everything_that_a_figure_has() -> None:
    figure = Figure(3.0, "s", floor=2.0, peer=4.0, ratio=1.5, limit="ratio <= 2", note="twice")

    assert figure.as_json() == {
        "value": 3.0,
        "unit": "s",
        "floor": 2.0,
        "peer": 4.0,
        "ratio": 1.5,
        "limit": "ratio <= 2",
        "note": "twice",
    }


def test_ratio_to_a_floor_is_value_by_floor() -> None:
    assert against_floor(3.0, 1.5, "s", limit="ratio <= 2") == Figure(
        3.0, "s", floor=1.5, ratio=2.0, limit="ratio <= 2"
    )


def test_paired_alternates_and_returns_medians() -> None:
    order: list[str] = []
    ours, floor = iter((9.0, 2.0, 3.0)), iter((1.0, 7.0, 5.0))

    def run(name: str, values: Iterator[float]) -> float:
        order.append(name)
        return next(values)

    assert paired(lambda: run("ours", ours), lambda: run("floor", floor), rounds=3) == (3.0, 5.0)
    assert order == ["ours", "floor"] * 3


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.5, 3.0), (0.99, 5.0), (1.0, 5.0)])
def test_percentile_of_unsorted_samples(share: float, expected: float) -> None:
    assert percentile([5.0, 1.0, 4.0, 2.0, 3.0], share) == expected
