"""A specificity at a sensitivity, and the ROC-AUC beside it: which pairs can be true together?

A curve that reaches sensitivity s at specificity p and not before leaves an area of at least s p (all other
points as low as they may be) and at most s (1 - p) + p; where cases tie, straight lines between points allow
(1 + s) / 2 (1 - p) + p. A curve without dents (a higher probability never means a lower risk) lies under a
straight line through its point: its area is at most 1 - (1 - s) / (2 p) for p up to a half, and at most
1 - 2 (1 - p) (1 - s) above; and it lies over the straight lines from the corners to its point.
"""

from __future__ import annotations

from pydantic import Field

from core.claims.base import CheckArguments, claim_check, percent, show, step
from core.claims.printed import Area, Count, Share
from core.types import CheckOutcome


class PointArguments(CheckArguments):
    """An operating point and the area under the curve that it lies on."""

    auc: Area = Field(description="ROC-AUC, between 0.5 and 1")
    sensitivity: Share = Field(description='"95 %" or 0.95')
    specificity: Share = Field(description='"0 %" or 0')
    positives: Count | None = Field(
        default=None, description="positive cases, for the number that must be tied"
    )


@claim_check(
    "specificity_at_sensitivity", title="An operating point and its ROC-AUC", arguments=PointArguments
)
def check_point(given: PointArguments) -> CheckOutcome:
    """Contradicted outside every bound; not verifiable where only a curve with dents or ties fits."""
    s, area = given.sensitivity.value, given.auc
    low, high = max(given.specificity.low, 0.0), min(given.specificity.high, 1.0)
    p = min(max(given.specificity.value, 0.0), 1.0)
    least, tied = s * low, (1 + s) / 2 * (1 - high) + high
    needed, chord = least_specificity(area.low, s), s * (1 - low) / 2 + low * (1 + s) / 2
    lost = (
        f"{int((1 - s) * given.positives + 1e-9) + 1} of {given.positives:,} positives"
        if given.positives
        else ""
    )
    steps = [
        step("smallest area with this point", least, f"{s:g} x {low:g}"),
        step(
            "largest area with this point, no ties",
            s * (1 - high) + high,
            f"{s:g} x (1 - {high:g}) + {high:g}",
        ),
        step("largest area, ties counted half", tied, f"(1 + {s:g}) / 2 x (1 - {high:g}) + {high:g}"),
        step(
            "smallest area of a curve without dents",
            chord,
            f"({s:g} x (1 - {low:g}) + {low:g} x (1 + {s:g})) / 2",
        ),
        step("least specificity of a curve without dents", percent(needed), _word_least(area.low, s)),
        step(
            "specificity if both classes' scores are normal with one spread",
            percent(usual_specificity(area.value, s)),
            f"Phi(sqrt(2) Phi^-1({area.value:g}) - Phi^-1({s:g}))",
        ),
    ]
    if lost:
        steps.append(
            step(
                "positives that would stand below the point",
                lost,
                f"more than {1 - s:.3g} x {given.positives:,}",
            )
        )
    printed = (
        f"specificity {given.specificity.text} at sensitivity {given.sensitivity.text}, ROC-AUC {area.text}"
    )
    computed = f"at least {percent(needed, 0)} without dents"
    if area.low > tied + 1e-9 or area.high < least - 1e-9:
        between = f"{show(least, 3)} and {show(tied, 3)}"
        words = f"With this point the area lies between {between}; {area.text} does not."
        return CheckOutcome("contradicted", printed, computed, words, tuple(steps))
    if high < needed - 1e-9:
        below = "every negative" if p == 0 else "the point"
        words = (
            f"A curve without dents and with this area has at least {percent(needed, 0)} specificity there. "
            f"{given.specificity.text} is possible only if "
            f"{lost or f'more than {percent(1 - s, 0)} of the positives'} share the lowest scores or lie "
            f"below {below}: saturated probabilities that tie, or a grid of thresholds too coarse to hold "
            "the point. It is then a state (everyone is flagged) and no property of the network."
        )
        return CheckOutcome("not_verifiable", printed, computed, words, tuple(steps))
    if area.high < chord - 1e-9:
        words = (
            f"A curve without dents through this point has an area of at least {show(chord, 3)}; "
            f"{area.text} needs one with dents."
        )
        return CheckOutcome("not_verifiable", printed, computed, words, tuple(steps))
    return CheckOutcome(
        "consistent",
        printed,
        computed,
        "Point and area can be those of one curve without dents.",
        tuple(steps),
    )


def least_specificity(area: float, sensitivity: float) -> float:
    """Smallest specificity in [0, 1] at a sensitivity, of curves without dents that have that area."""
    lost, above = 1 - sensitivity, 1 - area
    if above <= 0 or lost <= 0:
        return 1.0 if above <= 0 else 0.0
    found = lost / (2 * above) if area <= sensitivity else 1 - above / (2 * lost)
    return min(1.0, max(found, lost))


def usual_specificity(area: float, sensitivity: float) -> float:
    """Specificity of a binormal curve with equal spreads, in (0, 1)."""
    from scipy.special import ndtr, ndtri

    area, sensitivity = (min(max(value, 1e-6), 1 - 1e-6) for value in (area, sensitivity))
    return float(ndtr(2**0.5 * ndtri(area) - ndtri(sensitivity)))


def _word_least(area: float, s: float) -> str:
    return (
        f"(1 - {s:g}) / (2 x (1 - {area:.4g}))" if area <= s else f"1 - (1 - {area:.4g}) / (2 x (1 - {s:g}))"
    )
