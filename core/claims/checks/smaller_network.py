"""A student that is said to be lighter than its teacher: weights and work of both, as built."""

from __future__ import annotations

from pydantic import Field

from core.claims.base import CheckArguments, claim_check, judge, show, step
from core.claims.counting import SIDE, get_count
from core.claims.printed import Count
from core.types import CheckOutcome


class SmallerArguments(CheckArguments):
    """Which network is said to be the lighter one."""

    lighter: str = Field(max_length=60, description="network that is said to be lighter")
    heavier: str = Field(max_length=60, description="network that it is set against")
    outputs: Count = Field(description="outputs of both")

    def named_networks(self) -> tuple[tuple[str, int], ...]:
        """Both, with their outputs."""
        return ((self.lighter, self.outputs), (self.heavier, self.outputs))


@claim_check("smaller_network", title="A network lighter than another", arguments=SmallerArguments)
def check_smaller(given: SmallerArguments) -> CheckOutcome:
    """Whether it has fewer weights; its work is in the working and does not decide."""
    small, large = (get_count(name, given.outputs) for name in (given.lighter, given.heavier))
    ratio, work = small.parameters / large.parameters, small.macs / large.macs
    steps = (
        step(f"weights of {given.lighter}", small.parameters),
        step(f"weights of {given.heavier}", large.parameters),
        step("divide", ratio, f"{small.parameters:,} / {large.parameters:,}"),
        step(
            f"work at {SIDE} pixels, billions of multiply-accumulates",
            work,
            f"{small.macs / 1e9:.2f} / {large.macs / 1e9:.2f}",
        ),
    )
    fits = ratio < 1
    words = (
        f"{given.lighter} has {small.parameters / 1e6:.1f} million weights, {show(ratio, 3)} times the "
        f"{large.parameters / 1e6:.1f} million of {given.heavier}, and {show(work, 3)} times its work."
    )
    return CheckOutcome(
        judge(fits=fits),
        f"{given.lighter} is the lighter one",
        f"{show(ratio, 3)} times the weights",
        words,
        steps,
    )
