"""How uncertain a printed ROC-AUC is, from its value and the cases behind it alone.

Source: Hanley and McNeil 1982, "The meaning and use of the area under a receiver operating characteristic
(ROC) curve"; for two networks on the same cases, the same authors 1983, with the correlation of the two areas
as an unknown. Both assume independent cases; images of one lesion are not, so true limits are wider.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.claims.base import step
from core.types import WorkingStep

Z95 = 1.959964
"""Standard errors to either side of 95 % limits."""


def area_error(area: float, positives: int, negatives: int) -> float:
    """Standard error of a ROC-AUC.

    Args:
        area: in (0, 1).
        positives, negatives: cases, at least 1 of each.
    """
    one = area / (2 - area)
    two = 2 * area * area / (1 + area)
    variance = area * (1 - area) + (positives - 1) * (one - area**2) + (negatives - 1) * (two - area**2)
    return math.sqrt(max(variance, 0.0) / (positives * negatives))


def macro_error(area: float, class_counts: Sequence[int]) -> float:
    """Standard error of a mean over classes of one-against-rest areas, all of that size and independent."""
    total = sum(class_counts)
    parts = [area_error(area, count, total - count) ** 2 for count in class_counts]
    return math.sqrt(sum(parts)) / len(parts)


def error_steps(area: float, class_counts: Sequence[int]) -> tuple[float, list[WorkingStep]]:
    """The error with its working: of one area for two counts (positives, negatives), of a mean for more."""
    if len(class_counts) > 2:
        total = sum(class_counts)
        each = ", ".join(f"{area_error(area, count, total - count):.4f}" for count in class_counts)
        which = ", ".join(f"{count:,}" for count in class_counts)
        error = macro_error(area, class_counts)
        return error, [
            step(f"standard error of each class against the rest ({which} of {total:,} cases)", each),
            step(
                "standard error of the mean over classes",
                error,
                f"sqrt(sum of squares) / {len(class_counts)}",
            ),
        ]
    positives, negatives = class_counts
    one, two = area / (2 - area), 2 * area * area / (1 + area)
    error = area_error(area, positives, negatives)
    return error, [
        step(
            "Q1 and Q2",
            f"{one:.4f}, {two:.4f}",
            f"{area:g} / (2 - {area:g}), 2 x {area:g}^2 / (1 + {area:g})",
        ),
        step(
            "standard error of one area",
            error,
            f"sqrt(({area:g} x {1 - area:.3g} + {positives - 1:,} x {one - area**2:.4f} + "
            f"{negatives - 1:,} x {two - area**2:.4f}) / ({positives:,} x {negatives:,}))",
        ),
    ]


def difference_error(first: float, second: float, correlation: float) -> float:
    """Standard error of a difference of two areas with these standard errors and that correlation."""
    return math.sqrt(max(first**2 + second**2 - 2 * correlation * first * second, 0.0))
