"""What a printed figure stands for."""

from __future__ import annotations

import pytest

from core.claims.printed import parse_count, parse_printed, parse_range


@pytest.mark.parametrize(
    ("given", "low", "high"),
    [
        (733, 733, 733),
        ("733", 732.5, 733.5),
        ("0.90", 0.895, 0.905),
        (".924", 0.9235, 0.9245),
        ("85 %", 0.845, 0.855),
        ("1,805", 1804.5, 1805.5),
        ("134 M", 133.5e6, 134.5e6),
        ("-0.2", -0.25, -0.15),
        ({"published": "dr11", "at": "networks.0.gflops"}, 1.85, 1.95),
        ({"published": "dr10", "at": "source_counts.0"}, 1805, 1805),
    ],
)
def test_a_figure_stands_for_what_rounds_to_it(given, low, high) -> None:
    found = parse_printed(given)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.meets(low) and found.meets(high) and not found.meets(high + 1e-3 * abs(high) + 1e-6)


@pytest.mark.parametrize(
    "given",
    [
        *(True, None, "", "about 3", "1e9", "3 ms", ".", "9" * 60, [1, 2]),
        *(float("nan"), float("inf"), 1e300, 10**400),
        {"at": "x"},
        {"published": "../secret", "at": "x"},
        {"published": "dr11", "at": "nowhere"},
        {"published": "dr11", "at": "networks"},
    ],
)
def test_anything_else_is_refused(given) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_printed(given)


def test_ranges_and_counts() -> None:
    low, high = parse_range(["36", "40"])
    assert (low.value, high.value) == (36, 40)
    with pytest.raises(ValueError, match="lowest figure comes first"):
        parse_range(["40", "36"])
    assert parse_count({"published": "dr10", "at": "classes.0.support"}) == 364
    for wrong in (0, -1, 1.5, True, "7", 10_000_001):
        with pytest.raises(ValueError, match="whole number"):
            parse_count(wrong)
