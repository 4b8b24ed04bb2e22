"""One figure over another, and what the ratio is said to be; with other ratios that might have been meant."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.claims.base import CheckArguments, claim_check, judge, percent, show, step
from core.claims.printed import Figure, FigureRange, Positive, Printed, range_meets, word_range
from core.types import CheckOutcome

Pair = Annotated[list[Positive], Field(min_length=2, max_length=2)]


class RatioArguments(CheckArguments):
    """A ratio and what was meant by it."""

    over: Figure = Field(description="what is divided")
    under: Positive = Field(description="what it is divided by, above 0")
    claimed: FigureRange = Field(description='the ratio, or a list of the lowest and the highest; "11.1 %"')
    alternatives: dict[str, Pair] = Field(
        default_factory=dict, max_length=20, description="name = [over, under] of ratios that may be meant"
    )


@claim_check("ratio", title="One figure over another", arguments=RatioArguments)
def check_ratio(given: RatioArguments) -> CheckOutcome:
    """Whether the ratio follows; where it does not, which of the alternatives it is, if any."""
    as_percent = "%" in given.claimed[0].text
    found, low, high = _divide(given.over, given.under)
    fits = range_meets(given.claimed, low, high)
    steps = [step("divide", _word(found, as_percent=as_percent), f"{given.over.text} / {given.under.text}")]
    if low != high:
        steps.append(
            step(
                "as they were rounded",
                f"{_word(low, as_percent=as_percent)} to {_word(high, as_percent=as_percent)}",
            )
        )
    meant = []
    for name, (over, under) in given.alternatives.items():
        other, least, most = _divide(over, under)
        steps.append(step(name, _word(other, as_percent=as_percent), f"{over.text} / {under.text}"))
        if range_meets(given.claimed, least, most):
            meant.append(name)
    printed, computed = word_range(given.claimed), _word(found, as_percent=as_percent)
    if fits:
        words = f"{given.over.text} over {given.under.text} is {computed}, as printed."
    else:
        words = f"{given.over.text} over {given.under.text} is {computed}, not {printed}."
        if meant:
            words += f" {printed} is the ratio of: {', '.join(meant)}."
        elif given.alternatives:
            nearest = ", ".join(
                f"{name} {_word(_divide(*pair)[0], as_percent=as_percent)}"
                for name, pair in given.alternatives.items()
            )
            words += f" Nor is it another one that may be meant: {nearest}."
    return CheckOutcome(judge(fits=fits), printed, computed, words, tuple(steps))


def _divide(over: Printed, under: Printed) -> tuple[float, float, float]:
    """The ratio, and the smallest and largest that it may be."""
    ends = [one / other for one in (over.low, over.high) for other in (under.low, under.high)]
    return over.value / under.value, min(ends), max(ends)


def _word(value: float, *, as_percent: bool) -> str:
    return percent(value, 2) if as_percent else show(value, 3)
