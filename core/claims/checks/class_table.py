"""A table of precision, recall and F1 by class: the sums of :mod:`core.evaluation.published`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.claims.base import CheckArguments, claim_check, judge, percent, show, step
from core.claims.printed import Count
from core.evaluation.published import check_arithmetic, find_published
from core.types import CheckOutcome, PublishedClass, PublishedReport, WorkingStep

What = Literal["f1", "macro_f1", "weighted_f1", "accuracy", "calls", "test_share", "strata"]
_NAMES = {
    "f1": "F1 from precision and recall",
    "macro_f1": "Macro F1",
    "weighted_f1": "Weighted F1",
    "accuracy": "Accuracy",
    "calls": "Calls and cases",
    "test_share": "Size of the test part",
    "strata": "Stratified division",
}


class ClassRow(BaseModel):
    """A row of the table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(max_length=80)
    precision: float = Field(ge=0, le=1)
    recall: float = Field(ge=0, le=1)
    f1: float = Field(ge=0, le=1)
    support: Count


class TableArguments(CheckArguments):
    """A table by name or row by row, and which sum to do."""

    figure: What = Field(description=f"which sum: {', '.join(_NAMES)}")
    published: str = Field(
        default="", max_length=60, description="modality whose published table is taken; or give classes"
    )
    classes: list[ClassRow] = Field(
        default_factory=list, max_length=60, description="rows: name, precision, recall, f1, support"
    )
    decimals: int = Field(default=2, ge=1, le=6, description="of the printed figures")
    macro_f1: float | None = Field(default=None, ge=0, le=1, description="as printed")
    weighted_f1: float | None = Field(default=None, ge=0, le=1, description="as printed")
    accuracy: float | None = Field(default=None, ge=0, le=1, description="as printed")
    source_counts: list[Count] = Field(
        default_factory=list, max_length=60, description="images of each class in the whole set"
    )
    test_share: float | None = Field(
        default=None, gt=0, lt=1, description="share that the test part is said to be"
    )

    @model_validator(mode="after")
    def _one(self) -> TableArguments:
        if bool(self.published) == bool(self.classes):
            raise ValueError("either published or classes must be given")
        self.find()
        return self

    def find(self) -> tuple[PublishedReport, str]:
        """The table, and the words of the chosen sum's heading.

        Raises:
            ValueError: there is no such table, or it lacks what the sum needs.
        """
        report = find_published(self.published) if self.published else self._build()
        if report is None:
            raise ValueError(f"published: no table about {self.published!r}")
        if _NAMES[self.figure] not in {check.name for check in check_arithmetic(report)}:
            raise ValueError(f"the table lacks what {self.figure!r} is worked out from")
        return report, _NAMES[self.figure]

    def _build(self) -> PublishedReport:
        overall = {"macro_f1": self.macro_f1, "weighted_f1": self.weighted_f1, "accuracy_top1": self.accuracy}
        if self.source_counts and len(self.source_counts) != len(self.classes):
            raise ValueError("source_counts must be as many as classes")
        rows = tuple(PublishedClass(row.name, **row.model_dump()) for row in self.classes)
        return PublishedReport(
            modality="",
            citation="",
            network="",
            data="",
            differs="",
            decimals=self.decimals,
            classes=rows,
            overall={name: value for name, value in overall.items() if value is not None},
            source_counts=tuple(self.source_counts),
            test_share=self.test_share,
            stratified=bool(self.source_counts),
        )


@claim_check("class_table", title="A table of classes and what follows from it", arguments=TableArguments)
def check_table(given: TableArguments) -> CheckOutcome:
    """One of the sums of :func:`core.evaluation.published.check_arithmetic`, with its working."""
    report, name = given.find()
    found = next(check for check in check_arithmetic(report) if check.name == name)
    rows, n = report.classes, report.n
    printed, computed, steps = _work(given.figure, report)
    verdict = judge(fits=found.state == "consistent")
    return CheckOutcome(verdict, printed, computed, found.words, tuple(steps)) if rows and n else _empty()


def _work(figure: What, report: PublishedReport) -> tuple[str, str, list[WorkingStep]]:
    rows, n, whole = report.classes, report.n, sum(report.source_counts)
    overall = report.overall
    if figure == "f1":
        values = [
            2 * r.precision * r.recall / (r.precision + r.recall) if r.precision + r.recall else 0.0
            for r in rows
        ]
        steps = [
            step(
                r.name,
                f"{v:.4f}, printed {r.f1:g}",
                f"2 x {r.precision:g} x {r.recall:g} / ({r.precision:g} + {r.recall:g})",
            )
            for r, v in zip(rows, values, strict=True)
        ]
        return ", ".join(f"{r.f1:g}" for r in rows), ", ".join(f"{v:.3f}" for v in values), steps
    if figure == "macro_f1":
        mean = sum(r.f1 for r in rows) / len(rows)
        return (
            f"{overall['macro_f1']:g}",
            show(mean),
            [step("mean of F1", mean, f"({' + '.join(f'{r.f1:g}' for r in rows)}) / {len(rows)}")],
        )
    if figure in ("weighted_f1", "accuracy"):
        part = "f1" if figure == "weighted_f1" else "recall"
        key = "weighted_f1" if figure == "weighted_f1" else "accuracy_top1"
        mean = sum(getattr(r, part) * r.support for r in rows) / n
        sums = " + ".join(f"{getattr(r, part):g} x {r.support}" for r in rows)
        return f"{overall[key]:g}", show(mean), [step(f"{part} weighted by cases", mean, f"({sums}) / {n:,}")]
    if figure == "calls":
        calls = [r.recall * r.support / r.precision if r.precision else 0.0 for r in rows]
        steps = [
            step(f"called {r.name}", f"{c:.1f}", f"{r.recall:g} x {r.support} / {r.precision:g}")
            for r, c in zip(rows, calls, strict=True)
        ]
        return f"{n:,}", f"{sum(calls):.1f}", [*steps, step("calls of all classes", f"{sum(calls):.1f}")]
    added = step("cases of all classes", n, " + ".join(str(r.support) for r in rows))
    images = step("images of the set", whole, " + ".join(f"{c:,}" for c in report.source_counts))
    if figure == "test_share":
        share = report.test_share or 0.0
        steps = [
            added,
            images,
            step("share of the set", percent(n / whole), f"{n:,} / {whole:,}"),
            step("the stated share is", f"{share * whole:.1f} images", f"{share:g} x {whole:,}"),
        ]
        return percent(share, 0), percent(n / whole), steps
    due = [n * count / whole for count in report.source_counts]
    steps = [added, images] + [
        step(r.name, f"{d:.1f}, printed {r.support}", f"{n:,} x {c:,} / {whole:,}")
        for r, d, c in zip(rows, due, report.source_counts, strict=True)
    ]
    return ", ".join(str(r.support) for r in rows), ", ".join(f"{d:.1f}" for d in due), steps


def _empty() -> CheckOutcome:
    return CheckOutcome("not_verifiable", "-", "-", "The table has no cases.", (step("cases", 0),))
