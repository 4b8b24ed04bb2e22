"""The few figures of a source without a table, by :mod:`core.evaluation.published_summary`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from core.claims.base import CheckArguments, claim_check, percent, step
from core.evaluation.published_summary import check_summary, find_summary
from core.types import CheckOutcome, PublishedSummary

What = Literal["missed", "share"]


class SummaryArguments(CheckArguments):
    """A summary that is shipped, and which of its sums to do."""

    published: str = Field(max_length=60, description="modality whose published summary is taken")
    figure: What = Field(
        description='"missed" (missed cases against errors) or "share" (of the class, against the public set)'
    )

    @model_validator(mode="after")
    def _there(self) -> SummaryArguments:
        self.find()
        return self

    def find(self) -> PublishedSummary:
        """The summary.

        Raises:
            ValueError: there is none about that modality.
        """
        summary = find_summary(self.published)
        if summary is None or not summary.stratified:
            raise ValueError(f"published: no summary about {self.published!r} that has this sum")
        return summary


@claim_check(
    "published_summary", title="A few printed figures and the public set", arguments=SummaryArguments
)
def check_published(given: SummaryArguments) -> CheckOutcome:
    """The sum's verdict; what hangs on something that is not stated is not verifiable."""
    summary = given.find()
    count, n, whole = summary.count, summary.n, sum(summary.parts)
    start = {"missed": "Missed", "share": "Share"}[given.figure]
    found = next(check for check in check_summary(summary) if check.name.startswith(start))
    if given.figure == "missed":
        recall = 1 - count.missed / count.support
        wrong = [round((1 - network.accuracy) * n) for network in summary.networks]
        steps = [
            step(
                f"share of the {count.name} cases found",
                percent(recall, 2),
                f"1 - {count.missed} / {count.support}",
            ),
            *(
                step(f"errors of the {network.role}", errors, f"(1 - {network.accuracy:g}) x {n:,}")
                for network, errors in zip(summary.networks, wrong, strict=True)
            ),
            step("missed cases are among the errors", f"{count.missed} of {min(wrong)} at the fewest"),
        ]
        return CheckOutcome(
            "contradicted" if found.state == "contradicted" else "consistent",
            f"{count.missed} of {count.support} missed",
            percent(recall, 2),
            found.words,
            tuple(steps),
        )
    added = whole - count.public_n
    steps = [
        step(f"{count.name} in the test part", percent(count.support / n), f"{count.support} / {n:,}"),
        step(
            f"{count.name} in the public set",
            percent(count.public_support / count.public_n),
            f"{count.public_support} / {count.public_n:,}",
        ),
        step("all slices", whole, " + ".join(f"{part:,}" for part in summary.parts)),
        step("of unstated origin", added, f"{whole:,} - {count.public_n:,}"),
        step(
            f"{count.name} among all, if the parts are stratified",
            f"{count.support * whole / n:.0f}",
            f"{count.support} / {n:,} x {whole:,}",
        ),
        step(
            f"{count.name} among those of unstated origin, at most",
            f"{(count.support + 1) * whole / n - count.public_support:.0f}",
            f"({count.support} + 1) / {n:,} x {whole:,} - {count.public_support}",
        ),
    ]
    return CheckOutcome(
        "contradicted" if found.state == "contradicted" else "not_verifiable",
        f"{count.support} of {n:,} {count.name}",
        f"{percent(count.public_support / count.public_n)} in the public set",
        found.words,
        tuple(steps),
    )
