"""Targets after label smoothing (Szegedy et al. 2016): spread over all classes, the true one too.

A tenth spread over seven classes leaves 1 - .1 + .1 / 7 for the true one and .1 / 7 for each other one.
"""

from __future__ import annotations

from pydantic import Field

from core.claims.base import CheckArguments, claim_check, judge, step
from core.claims.printed import Count, Share
from core.types import CheckOutcome


class SmoothingArguments(CheckArguments):
    """Classes, share, and the targets where they are printed."""

    classes: Count = Field(description="number of classes")
    smoothing: Share = Field(description="share that is spread, between 0 and 1")
    true_class: Share | None = Field(default=None, description="printed target of the true class")
    other_classes: Share | None = Field(default=None, description="printed target of each other class")


@claim_check("label_smoothing", title="Targets after label smoothing", arguments=SmoothingArguments)
def check_smoothing(given: SmoothingArguments) -> CheckOutcome:
    """Whether printed targets are those of the usual definition; without any, what they would be."""
    share, k = given.smoothing.value, given.classes
    others = share / k
    true = 1 - share + others
    steps = [
        step("each other class", f"{others:.4f}", f"{share:g} / {k}"),
        step("the true class", f"{true:.4f}", f"1 - {share:g} + {share:g} / {k}"),
        step(
            "all targets together", f"{true + (k - 1) * others:.4f}", f"{true:.4f} + {k - 1} x {others:.4f}"
        ),
        step(
            "if the true class took no part in the spread",
            f"{1 - share:.4f} and {share / max(k - 1, 1):.4f}",
            f"1 - {share:g}, {share:g} / {k - 1}",
        ),
    ]
    computed = f"{true:.4f} and {others:.4f}"
    given_ones = [(given.true_class, true), (given.other_classes, others)]
    printed = " and ".join(figure.text for figure, _ in given_ones if figure) or "not handed down"
    if not (given.true_class or given.other_classes):
        words = (
            f"The printed targets are not handed down. By the usual definition they are {computed}; "
            "any other pair is wrong."
        )
        return CheckOutcome("not_verifiable", printed, computed, words, tuple(steps))
    if given.true_class and given.other_classes:
        both = given.true_class.value + (k - 1) * given.other_classes.value
        steps.append(
            step(
                "the printed targets together",
                f"{both:.4f}",
                f"{given.true_class.text} + {k - 1} x {given.other_classes.text}",
            )
        )
    fits = all(figure.meets(value) for figure, value in given_ones if figure)
    words = f"Smoothing {share:g} over {k} classes gives {computed}" + (
        ", as printed." if fits else f", not {printed}."
    )
    return CheckOutcome(judge(fits=fits), printed, computed, words, tuple(steps))
