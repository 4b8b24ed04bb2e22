"""Sensitivity for a group of classes: one name, two definitions, and what the members' recalls allow.

Pooled recall counts a case only if its own class is called; the call of the group counts it if any member is.
The second is never lower than the first.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from core.claims.base import CheckArguments, claim_check, percent, step
from core.claims.printed import Count, Share
from core.types import CheckOutcome


class PooledArguments(CheckArguments):
    """Runs with the printed sensitivity for the group and the recall of its members that is printed."""

    supports: dict[str, Count] = Field(
        min_length=2, max_length=20, description="class of the group = test cases"
    )
    runs: dict[str, dict[str, Share]] = Field(
        min_length=1,
        max_length=40,
        description="run = { group = figure, CLASS = recall }, with the classes whose recall is printed",
    )

    @model_validator(mode="after")
    def _runs(self) -> PooledArguments:
        for run, figures in self.runs.items():
            if "group" not in figures:
                raise ValueError(f"runs.{run} has no figure for the group")
            if strange := set(figures) - set(self.supports) - {"group"}:
                raise ValueError(f"runs.{run}: {min(strange)!r} is not among the supports")
        return self


@claim_check("pooled_recall", title="Sensitivity for a group of classes", arguments=PooledArguments)
def check_pooled(given: PooledArguments) -> CheckOutcome:
    """Contradicted below what the known recalls force; not verifiable where either definition is possible."""
    total = sum(given.supports.values())
    steps = [
        step("cases of the group", total, " + ".join(f"{n:,} ({name})" for name, n in given.supports.items()))
    ]
    wrong, superclass, decided, spans = [], [], True, []
    for run, figures in given.runs.items():
        group = figures["group"]
        known = {name: figure for name, figure in figures.items() if name in given.supports}
        low = sum(figure.low * given.supports[name] for name, figure in known.items()) / total
        rest = sum(n for name, n in given.supports.items() if name not in known)
        high = (sum(figure.high * given.supports[name] for name, figure in known.items()) + rest) / total
        sums = (
            " + ".join(f"{figure.text} x {given.supports[name]:,}" for name, figure in known.items()) or "0"
        )
        steps.append(
            step(
                f"{run}: pooled recall lies between",
                f"{percent(max(low, 0))} and {percent(min(high, 1))}; printed {group.text}",
                f"({sums} + 0 to {rest:,}) / {total:,}",
            )
        )
        if rest:
            others = (
                group.value * total - sum(f.value * given.supports[name] for name, f in known.items())
            ) / rest
            steps.append(
                step(
                    f"{run}: recall of the other classes, if pooled",
                    percent(others),
                    f"({group.text} x {total:,} - {sums}) / {rest:,}",
                )
            )
        spans.append(f"{percent(max(low, 0), 0)} to {percent(min(high, 1), 0)}")
        if group.high < low - 1e-9:
            wrong.append(
                f"{run}: {group.text} is below the {percent(low)} that the printed recalls alone make"
            )
        elif group.low > high + 1e-9:
            superclass.append(run)
        decided &= not rest
    printed = ", ".join(figures["group"].text for figures in given.runs.values())
    computed = "; ".join(spans)
    if wrong:
        return CheckOutcome("contradicted", printed, computed, "; ".join(wrong) + ".", tuple(steps))
    if superclass:
        words = (
            f"Above every pooled recall in {', '.join(superclass)}: there it must be the call of the group."
        )
        return CheckOutcome("consistent", printed, computed, words, tuple(steps))
    if decided:
        return CheckOutcome(
            "consistent", printed, computed, "The printed figures are the pooled recalls.", tuple(steps)
        )
    words = (
        "Every figure can be the pooled recall, and every one can be the call of the group; which is meant "
        "cannot be told from these figures."
    )
    return CheckOutcome("not_verifiable", printed, computed, words, tuple(steps))
