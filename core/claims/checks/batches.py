"""Steps of an epoch: images over batch, rounded up where the last, smaller batch is kept."""

from __future__ import annotations

import math

from pydantic import Field, model_validator

from core.claims.base import CheckArguments, claim_check, judge, step
from core.claims.printed import Count
from core.types import CheckOutcome


class BatchArguments(CheckArguments):
    """Images, batch sizes and the steps that each is said to take."""

    images: Count = Field(description="images of an epoch")
    batches: list[Count] = Field(min_length=1, max_length=20, description="batch sizes, in order")
    steps: list[Count] = Field(min_length=1, max_length=20, description="steps of an epoch with each")

    @model_validator(mode="after")
    def _lengths(self) -> BatchArguments:
        if len(self.batches) != len(self.steps):
            raise ValueError("batches and steps must be as many")
        return self


@claim_check("batches", title="Steps of an epoch", arguments=BatchArguments)
def check_batches(given: BatchArguments) -> CheckOutcome:
    """Whether the steps follow, the last smaller batch kept or not; if not, which batch sizes they mean."""
    working, wrong = [], []
    for batch, stated in zip(given.batches, given.steps, strict=True):
        least, most = given.images // batch, math.ceil(given.images / batch)
        working.append(
            step(
                f"batch of {batch:,}",
                f"{most:,}",
                f"{given.images:,} / {batch:,} = {given.images / batch:.2f}, rounded up",
            )
        )
        meant = word_batches(given.images, stated)
        working.append(step(f"{stated:,} steps mean a batch of", meant, f"{given.images:,} / {stated:,}"))
        if stated not in (least, most):
            wrong.append(f"{batch:,} takes {most:,} steps, {stated:,} steps are a batch of {meant}")
    printed = f"{_chain(given.batches)}, {_chain(given.steps)} steps"
    computed = f"{_chain([math.ceil(given.images / batch) for batch in given.batches])} steps"
    words = (
        f"On {given.images:,} images a batch of {'; a batch of '.join(wrong)}."
        if wrong
        else f"{given.images:,} images give these steps."
    )
    return CheckOutcome(judge(fits=not wrong), printed, computed, words, tuple(working))


def word_batches(images: int, steps: int) -> str:
    """Batch sizes with that many steps, the last batch kept: ``"64"``, ``"128 to 129"``, ``"no size"``."""
    low = math.ceil(images / steps)
    if steps < 1 or math.ceil(images / low) != steps:
        return "no size"
    high = images if steps == 1 else math.ceil(images / (steps - 1)) - 1
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _chain(values: list[int]) -> str:
    return " -> ".join(f"{value:,}" for value in values)
