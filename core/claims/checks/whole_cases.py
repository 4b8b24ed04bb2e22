"""A printed share of so many cases: is there a whole number of cases whose share is printed so?

This is the GRIM test (Brown and Heathers 2017); counts are those of
:func:`core.evaluation.published_summary.count_correct`.
"""

from __future__ import annotations

import math

from pydantic import Field, model_validator

from core.claims.base import CheckArguments, claim_check, judge, percent, step
from core.claims.printed import Count, Share
from core.evaluation.intervals import wilson_interval
from core.evaluation.published_summary import count_correct
from core.types import CheckOutcome


class WholeArguments(CheckArguments):
    """Printed shares, each of so many cases."""

    shares: dict[str, Share] = Field(
        min_length=1, max_length=50, description='name = share, "98.09 %" or ".69"'
    )
    cases: dict[str, Count] = Field(
        min_length=1, max_length=50, description="name = cases that it is a share of; one entry serves all"
    )

    @model_validator(mode="after")
    def _names(self) -> WholeArguments:
        if len(self.cases) > 1 and set(self.cases) != set(self.shares):
            raise ValueError("cases must have one entry, or the names of shares")
        return self


@claim_check("whole_cases", title="Shares as whole cases", arguments=WholeArguments)
def check_whole(given: WholeArguments) -> CheckOutcome:
    """Whether some whole number of cases is printed so, rounded or cut; with Wilson limits of each."""
    steps, wrong, counts, cut = [], [], [], []
    for name, share in given.shares.items():
        n = given.cases.get(name, next(iter(given.cases.values())))
        unit = 2 * (share.value - share.low) or 1e-9
        found = count_correct(share.value, n, -round(math.log10(unit)))
        steps.append(step(f"{name}: share times cases", f"{share.value * n:.2f}", f"{share.text} x {n:,}"))
        if not found:
            below, above = int(share.value * n), int(share.value * n) + 1
            near = f"{percent(below / n, 2)} and {percent(above / n, 2)}"
            steps.append(step(f"{name}: shares next to it", near, f"{below} / {n}, {above} / {n}"))
            wrong.append(f"{share.text} is no whole number of {n:,} cases ({near} are next to it)")
            continue
        shown = f"{found[0]:,}" if len(found) == 1 else f"{found[0]:,} to {found[-1]:,}"
        low, high = wilson_interval(min(max(share.value, 0.0), 1.0), n)
        limits = f"95 % limits {percent(low)} to {percent(high)}"
        steps.append(
            step(f"{name}: whole cases printed so", f"{shown} of {n:,}", f"{found[0] / n:.5f} x {n:,}")
        )
        steps.append(step(f"{name}: what they leave open", limits))
        counts.append(f"{shown} of {n:,}")
        if not any(share.meets(count / n) for count in found):
            exact = percent(found[0] / n, 3)
            cut.append(f"{found[0]:,} of {n:,} is {exact} ({name})")
    printed = ", ".join(dict.fromkeys(share.text for share in given.shares.values()))
    which = ", ".join(dict.fromkeys(counts)) if len(counts) < 6 else f"{len(counts)} shares fit"
    words = "; ".join(wrong) + "." if wrong else f"Every share is a whole number of cases: {which}."
    if cut:
        words += f" Cut, not rounded: {', '.join(cut)}."
    return CheckOutcome(judge(fits=not wrong), printed, which if counts else "none", words, tuple(steps))
