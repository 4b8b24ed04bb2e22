"""One ROC-AUC above another on the same cases: more than those cases can tell?"""

from __future__ import annotations

from pydantic import Field

from core.claims.areas import Z95, difference_error, error_steps
from core.claims.base import CheckArguments, claim_check, show, step
from core.claims.printed import Area, Count
from core.types import CheckOutcome


class DifferenceArguments(CheckArguments):
    """Two areas, and the cases they were measured on."""

    better: Area = Field(description="area of the network that is said to be better, between 0 and 1")
    others: dict[str, Area] = Field(
        min_length=1, max_length=30, description="name = area of those that it is set against"
    )
    cases: list[Count] = Field(
        min_length=2,
        max_length=30,
        description="positives and negatives; for a mean over three or more classes, cases of each class",
    )
    correlation: float = Field(
        default=0.9,
        ge=0,
        lt=1,
        description="of two networks' areas on the same cases; 0.9 if not given, which is high",
    )


@claim_check("auc_difference", title="One ROC-AUC above another", arguments=DifferenceArguments)
def check_difference(given: DifferenceArguments) -> CheckOutcome:
    """Consistent where each difference is beyond its limits even without correlation; else not verifiable.

    Contradicted where another area is higher than the one said to be the best.
    """
    best = given.better.value
    error, steps = error_steps(best, given.cases)
    within, above, spans = [], [], []
    for name, figure in given.others.items():
        gap = best - figure.value
        other, _ = error_steps(figure.value, given.cases)
        apart, paired = (difference_error(error, other, r) for r in (0.0, given.correlation))
        limits = f"{gap - Z95 * paired:.3f} to {gap + Z95 * paired:.3f}"
        steps.append(
            step(
                f"{name}: difference",
                f"{gap:.3f}, 95 % limits {limits}",
                f"{given.better.text} - {figure.text}; {Z95:.2f} x {show(paired, 2)} at correlation "
                f"{given.correlation:g}",
            )
        )
        needed = 1 - (gap / Z95) ** 2 / (2 * error * other)
        if gap > 0 and gap <= Z95 * apart:
            steps.append(
                step(f"{name}: correlation from which that would differ from 0", show(max(needed, 0.0), 4))
            )
        spans.append(f"{gap:.3f} ({limits})")
        if figure.low > given.better.high:
            above.append(name)
        elif gap <= Z95 * apart:
            within.append(name)
    printed = f"{given.better.text} above {', '.join(figure.text for figure in given.others.values())}"
    computed = "; ".join(spans)
    if above:
        return CheckOutcome(
            "contradicted", printed, computed, f"The area of {', '.join(above)} is higher.", tuple(steps)
        )
    if not within:
        return CheckOutcome(
            "consistent",
            printed,
            computed,
            "The differences are beyond what these cases leave open, however little the answers agree.",
            tuple(steps),
        )
    words = (
        f"On {sum(given.cases):,} cases the standard error of one area is {show(error, 2)}. The difference "
        f"to {', '.join(within)} is not shown without knowing how much the networks' answers agree: on these "
        "figures one network cannot be called better."
    )
    return CheckOutcome("not_verifiable", printed, computed, words, tuple(steps))
