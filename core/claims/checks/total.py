"""Parts and the total that they are said to make."""

from __future__ import annotations

from pydantic import Field

from core.claims.base import CheckArguments, claim_check, judge, show, step
from core.claims.printed import Figure
from core.types import CheckOutcome


class TotalArguments(CheckArguments):
    """Parts by name, and their total."""

    parts: dict[str, Figure] = Field(min_length=2, max_length=200, description="name of each part = figure")
    total: Figure = Field(description="what they are said to add up to")


@claim_check("total", title="Parts and their total", arguments=TotalArguments)
def check_total(given: TotalArguments) -> CheckOutcome:
    """Whether parts, as they were rounded, can add up to the total."""
    parts = given.parts.values()
    low, high = sum(part.low for part in parts), sum(part.high for part in parts)
    middle = sum(part.value for part in parts)
    fits = given.total.meets(low, high)
    steps = [step("add the parts", middle, " + ".join(part.text for part in parts))]
    if low != high:
        steps.append(step("as they were rounded", f"{show(low)} to {show(high)}"))
    steps.append(
        step("against the printed total", middle - given.total.value, f"{show(middle)} - {given.total.text}")
    )
    words = (
        f"The parts add up to {show(middle)}, as printed."
        if fits
        else f"The parts add up to {show(middle)}, not to {given.total.text}."
    )
    return CheckOutcome(judge(fits=fits), given.total.text, show(middle), words, tuple(steps))
