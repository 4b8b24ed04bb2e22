"""Widths of a chain of layers: do they begin where the input ends and end where the next part begins?"""

from __future__ import annotations

import math

from pydantic import Field

from core.claims.base import CheckArguments, claim_check, judge, step
from core.claims.printed import Count
from core.types import CheckOutcome


class ChainArguments(CheckArguments):
    """Widths, and what they have to fit."""

    widths: list[Count] = Field(min_length=2, max_length=50, description="of the layers, in order")
    input_shape: list[Count] = Field(
        min_length=1, max_length=6, description="of what is flattened into the first"
    )
    joined: Count | None = Field(default=None, description="width after joining with other features")
    beside: Count | None = Field(default=None, description="width of those other features")
    output: Count | None = Field(default=None, description="width that the last one must have")


@claim_check("layer_chain", title="Widths of a chain of layers", arguments=ChainArguments)
def check_chain(given: ChainArguments) -> CheckOutcome:
    """Whether the first width is the flattened input's, and the last what the next part takes."""
    flat = math.prod(given.input_shape)
    shape = " x ".join(map(str, given.input_shape))
    steps = [step("the input, flattened", flat, shape), step("the first width", given.widths[0])]
    wrong = (
        []
        if flat == given.widths[0]
        else [f"the input has {flat:,} numbers and the first layer takes {given.widths[0]:,}"]
    )
    last = given.output
    if given.joined and given.beside:
        last = given.joined - given.beside
        steps.append(step("left for the last width", last, f"{given.joined:,} - {given.beside:,}"))
    if last is not None:
        steps.append(step("the last width", given.widths[-1]))
        if last != given.widths[-1]:
            wrong.append(f"the last layer gives {given.widths[-1]:,} where {last:,} are taken")
    printed = " -> ".join(f"{width:,}" for width in given.widths)
    computed = f"{flat:,} -> ... -> {last:,}" if last is not None else f"{flat:,} -> ..."
    words = "; ".join(wrong) or "the chain fits what stands before and behind it"
    return CheckOutcome(
        judge(fits=not wrong),
        printed,
        computed,
        f"{words[:1].upper()}{words[1:]}.",
        tuple(steps),
    )
