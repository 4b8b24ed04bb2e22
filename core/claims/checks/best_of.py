"""The best of several on the cases that are reported: how far ahead would chance alone put the first one?"""

from __future__ import annotations

import math

import numpy as np
from pydantic import Field, model_validator

from core.claims.areas import Z95, error_steps
from core.claims.base import CheckArguments, claim_check, show, step
from core.claims.printed import Area, Count
from core.types import CheckOutcome


class BestArguments(CheckArguments):
    """Areas of all candidates, and the cases on which one was chosen and reported."""

    areas: dict[str, Area] = Field(
        min_length=2, max_length=60, description="name = ROC-AUC of every candidate"
    )
    best: str = Field(max_length=80, description="name of the one that is called best")
    cases: list[Count] = Field(
        min_length=2,
        max_length=30,
        description="positives and negatives; for a mean over three or more classes, cases of each class",
    )
    correlation: float = Field(
        default=0.5, ge=0, lt=1, description="of two candidates' areas on the same cases; 0.5 if not given"
    )

    @model_validator(mode="after")
    def _candidate(self) -> BestArguments:
        if self.best not in self.areas:
            raise ValueError(f"best: {self.best!r} is not among the areas")
        return self


@claim_check("best_of", title="The best of several, chosen where it is reported", arguments=BestArguments)
def check_best(given: BestArguments) -> CheckOutcome:
    """Contradicted if another one is higher; consistent if its lead is beyond chance; else not verifiable."""
    ranked = sorted(given.areas, key=lambda name: given.areas[name].value, reverse=True)
    first, second = ranked[0], ranked[1]
    top, next_ = given.areas[first], given.areas[second]
    error, steps = error_steps(top.value, given.cases)
    own = error * math.sqrt(1 - given.correlation)
    lead = top.value - next_.value
    gains, leads = expected_maximum(len(ranked)), expected_lead(len(ranked))
    alike = [name for name in ranked if top.value - given.areas[name].value <= Z95 * math.sqrt(2) * own]
    steps += [
        step("its lead over the second", lead, f"{top.text} ({first}) - {next_.text} ({second})"),
        step(
            "part of the error that is a candidate's own",
            own,
            f"{show(error, 2)} x sqrt(1 - {given.correlation:g})",
        ),
        step(
            f"by how much the best of {len(ranked)} equally good ones beats their true value, by chance",
            f"{gains * own:.4f}",
            f"{gains:.2f} x {show(own, 2)}",
        ),
        step("its lead over the second, by chance", f"{leads * own:.4f}", f"{leads:.2f} x {show(own, 2)}"),
        step(
            f"candidates that {Z95:.2f} standard errors of a difference do not part from the best",
            f"{len(alike)} of {len(ranked)}: {', '.join(alike)}",
            f"{Z95:.2f} x sqrt(2) x {show(own, 2)} = {show(Z95 * math.sqrt(2) * own, 2)}",
        ),
    ]
    printed = f"{given.best} {given.areas[given.best].text} is the best of {len(ranked)}"
    computed = f"ahead by {lead:.3f}; by chance {leads * own:.3f}"
    if first != given.best and top.low > given.areas[given.best].high:
        return CheckOutcome(
            "contradicted", printed, computed, f"{first} is higher, {top.text}.", tuple(steps)
        )
    if len(alike) == 1:
        return CheckOutcome(
            "consistent", printed, computed, "Its lead is beyond what these cases leave open.", tuple(steps)
        )
    words = (
        f"{len(alike)} of {len(ranked)} candidates cannot be told apart on these cases, and the best was "
        f"chosen on the cases that it is reported on: of equally good ones the first would look "
        f"{gains * own:.3f} too good."
    )
    return CheckOutcome("not_verifiable", printed, computed, words, tuple(steps))


def expected_maximum(count: int) -> float:
    """Expected largest of ``count`` independent standard normal numbers."""
    return _order(count)[0]


def expected_lead(count: int) -> float:
    """Expected largest minus second largest of ``count`` >= 2 independent standard normal numbers."""
    first, second = _order(count)
    return first - second


def _order(count: int) -> tuple[float, float]:
    from scipy.special import ndtr

    grid = np.linspace(-9.0, 9.0, 20_001)
    below = ndtr(grid)
    density = np.exp(-(grid**2) / 2) / math.sqrt(2 * math.pi)
    first = count * below ** (count - 1) * density
    second = count * (count - 1) * below ** (count - 2) * (1 - below) * density
    width = grid[1] - grid[0]
    return float((grid * first).sum() * width), float((grid * second).sum() * width)
