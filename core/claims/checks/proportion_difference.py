"""Two networks' shares of the same cases: the difference, whatever the unknown overlap of their errors is.

Among n cases that both networks answered, only those that one has right and the other wrong count (McNemar).
How many these are is rarely printed, but the two shares bound it.
"""

from __future__ import annotations

import math

from pydantic import Field

from core.claims.areas import Z95
from core.claims.base import CheckArguments, claim_check, percent, step
from core.claims.printed import Count, Share
from core.evaluation.intervals import wilson_interval
from core.types import CheckOutcome


class ProportionArguments(CheckArguments):
    """Two shares of the same cases, the first said to be higher."""

    higher: Share = Field(description='share that is said to be higher, "41 %"')
    lower: Share = Field(description="share that it is set against")
    cases: Count = Field(description="cases that both are shares of")


@claim_check("proportion_difference", title="Two shares of the same cases", arguments=ProportionArguments)
def check_proportions(given: ProportionArguments) -> CheckOutcome:
    """Consistent if beyond chance at most disagreement; contradicted if reversed; else not verifiable."""
    n, first, second = given.cases, given.higher.value, given.lower.value
    gap = (first - second) * n
    most = min(first + second, 2 - first - second) * n
    least = max(abs(gap), 1e-9)
    spans = [wilson_interval(min(max(share, 0.0), 1.0), n) for share in (first, second)]
    weak, strong = gap / math.sqrt(max(most, least)), gap / math.sqrt(least)
    half = Z95 * math.sqrt(max(most - gap**2 / n, 0.0)) / n
    limits = (
        f"{percent(first - second)} ({percent(first - second - half)} to {percent(first - second + half)})"
    )
    steps = [
        step(
            f"95 % limits of {given.higher.text}, n = {n:,}",
            _word(spans[0]),
        ),
        step(
            f"95 % limits of {given.lower.text}, n = {n:,}",
            _word(spans[1]),
        ),
        step("cases that they differ by", f"{gap:.1f}", f"({first:g} - {second:g}) x {n:,}"),
        step(
            "cases that only one has, at least and at most",
            f"{abs(gap):.1f} to {most:.1f}",
            f"min({first:g} + {second:g}, 2 - {first:g} - {second:g}) x {n:,}",
        ),
        step("z at the most disagreement", f"{weak:.2f}", f"{gap:.1f} / sqrt({most:.1f})"),
        step("z at the least", f"{strong:.2f}", f"{gap:.1f} / sqrt({abs(gap):.1f})"),
        step(
            "the difference with its widest 95 % limits",
            limits,
        ),
    ]
    printed = f"{given.higher.text} above {given.lower.text}"
    computed = limits
    if given.higher.high < given.lower.low:
        return CheckOutcome(
            "contradicted", printed, computed, "The share said to be higher is the lower one.", tuple(steps)
        )
    if weak > Z95:
        words = f"On {n:,} cases the difference is beyond chance, however the two networks' errors overlap."
        return CheckOutcome("consistent", printed, computed, words, tuple(steps))
    words = f"On {n:,} cases the difference is not beyond chance"
    words += (
        " unless the two networks' errors overlap closely, which is not printed."
        if strong > Z95
        else " at all."
    )
    return CheckOutcome("not_verifiable", printed, computed, words, tuple(steps))


def _word(span: tuple[float, float]) -> str:
    return f"{percent(span[0])} to {percent(span[1])}"
