"""Divided image by image: how likely is it that no group of look-alikes or of one person crosses?"""

from __future__ import annotations

import math

from pydantic import Field, model_validator

from core.claims.base import CheckArguments, claim_check, percent, step
from core.claims.printed import Count, Figure
from core.types import CheckOutcome, ClaimVerdict, WorkingStep


class DivisionArguments(CheckArguments):
    """Parts of a division, and the groups among the images."""

    parts: dict[str, Count] = Field(
        min_length=2, max_length=6, description="name = images of each part; the last one is the test part"
    )
    groups: dict[str, Count] = Field(
        default_factory=dict, max_length=400, description='"size of a group" = number of such groups'
    )
    images: Count | None = Field(default=None, description="where sizes are not known: images in all groups")
    distinct: Count | None = Field(default=None, description="and the number of groups")
    measured_on: str = Field(max_length=300, description="where the groups are from")
    crossings: Figure | None = Field(
        default=None,
        description="test images found to have a near copy among the training images, where measured",
    )
    reported_cases: Count | None = Field(default=None, description="test images that were looked at for it")

    @model_validator(mode="after")
    def _groups(self) -> DivisionArguments:
        if bool(self.groups) == bool(self.images and self.distinct):
            raise ValueError("either groups, or images and distinct, must be given")
        if any(not size.isdigit() or not 1 <= int(size) <= 100_000 for size in self.groups):
            raise ValueError("keys of groups are sizes, whole numbers from 1")
        if self.images and self.distinct and self.distinct > self.images:
            raise ValueError("there are more groups than images")
        return self


@claim_check("random_division", title="Chance that no group crosses a division", arguments=DivisionArguments)
def check_division(given: DivisionArguments) -> CheckOutcome:
    """Contradicted below a chance of one in a thousand, or with crossings found; consistent above 95 %."""
    total = sum(given.parts.values())
    shares = {name: count / total for name, count in given.parts.items()}
    steps = [
        step(
            "share of each part",
            ", ".join(f"{name} {share:.3f}" for name, share in shares.items()),
            " + ".join(f"{n:,}" for n in given.parts.values()) + f" = {total:,}",
        )
    ]
    if given.groups:
        logarithm = _by_sizes(given.groups, list(shares.values()), steps)
    else:
        beyond = (given.images or 1) - (given.distinct or 1)
        biggest = max(shares.values())
        logarithm = beyond * math.log10(biggest)
        steps += [
            step("images beyond the first of their group", beyond, f"{given.images:,} - {given.distinct:,}"),
            step(
                "chance that all join the first of theirs, at most",
                _chance(logarithm),
                f"{biggest:.3f}^{beyond:,}",
            ),
        ]
    printed = "no group on both sides"
    computed = f"chance {_chance(logarithm)}"
    if given.crossings is not None and given.crossings.value > 0:
        n = f" of {given.reported_cases:,}" if given.reported_cases else ""
        steps.append(step("test images found with a near copy in training", f"{given.crossings.text}{n}"))
        words = (
            f"{given.crossings.text}{n} test images have a near copy among the training images, as was to "
            f"be expected: the chance that no group crosses is {_chance(logarithm)}."
        )
        return CheckOutcome("contradicted", printed, f"{given.crossings.text}{n} cross", words, tuple(steps))
    if logarithm < -3:
        words = (
            f"A division image by image leaves no group on both sides with a chance of {_chance(logarithm)} "
            f"({given.measured_on})."
        )
        return CheckOutcome("contradicted", printed, computed, words, tuple(steps))
    verdict: ClaimVerdict = "consistent" if logarithm > math.log10(0.95) else "not_verifiable"
    words = f"The chance that no group crosses is {_chance(logarithm)} ({given.measured_on})."
    return CheckOutcome(verdict, printed, computed, words, tuple(steps))


def _by_sizes(groups: dict[str, int], shares: list[float], steps: list[WorkingStep]) -> float:
    images = sum(int(size) * count for size, count in groups.items())
    number = sum(groups.values())
    alone = sum(count for size, count in groups.items() if int(size) == 1)
    logarithm = sum(count * _stay(int(size), shares) for size, count in groups.items())
    test = shares[-1]
    touched = (
        sum(count * int(size) * (1 - test ** (int(size) - 1)) for size, count in groups.items()) / images
    )
    pair = sum(share**2 for share in shares)
    steps += [
        step("images and groups", f"{images:,} in {number:,}, {alone:,} of them single"),
        step("chance that a pair stays together", pair, " + ".join(f"{share:.3f}^2" for share in shares)),
        step(
            "chance that every group does",
            _chance(logarithm),
            "product over groups of the sum over parts of share^size",
        ),
        step(
            "share of test images expected to have one of their group elsewhere",
            percent(touched),
            f"1 - {test:.3f}^(size - 1), over images",
        ),
    ]
    return logarithm


def _chance(logarithm: float) -> str:
    return percent(10**logarithm) if logarithm > -3 else f"1 in 10^{-logarithm:.0f}"


def _stay(size: int, shares: list[float]) -> float:
    """Logarithm to base 10 of the chance that a group of that size falls into one part."""
    most = max(shares)
    return size * math.log10(most) + math.log10(sum((share / most) ** size for share in shares))
