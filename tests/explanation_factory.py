"""A made-up record of explanations for a pair, as ``python -m core explanations`` would write one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.bundle import Pair, save_pair
from core.card import IntervalEntry
from core.explanation_card import (
    EXPLANATIONS_NAME,
    AgreedCase,
    AgreementFigures,
    ExplanationCard,
    FaithfulnessFigures,
    LearnedFigures,
    LocalisationFigures,
    MeasuredSet,
    served_weights,
)

METHODS = ("gradcam", "layercam", "scorecam")
TITLE = "A made-up set"


def make_entry(value: float | None, n: int = 40) -> IntervalEntry:
    """A figure with limits 0.05 to either side; None is undefined."""
    if value is None:
        return IntervalEntry(value=None, low=None, high=None, level=0.95, n=n, method="no case")
    return IntervalEntry(value=value, low=value - 0.05, high=value + 0.05, level=0.95, n=n, method="made up")


def make_case(image_id: str, label: str, called: tuple[str, str], rank: float | None) -> AgreedCase:
    """``called``: by teacher and by student."""
    return AgreedCase(
        image_id=image_id,
        group=image_id,
        label=label,
        called={"teacher": called[0], "student": called[1]},
        rank=rank,
        overlap=0.25,
        ssim=0.5,
        distance=0.125,
    )


def make_explanations(pair: Pair, dataset: str, cases: Sequence[AgreedCase]) -> ExplanationCard:
    """The student lacks the last method; the slow one saw fewer cases."""

    def judged(value: float, n: int) -> FaithfulnessFigures:
        names = FaithfulnessFigures.model_fields
        figures = dict.fromkeys(names, make_entry(0.5, n)) | {
            "gap": make_entry(value, n),
            "above_random": make_entry(value + 0.1, n),
            "stability": make_entry(-0.25, n),
        }
        return FaithfulnessFigures(**figures)

    def pointed(value: float) -> LocalisationFigures:
        names = LocalisationFigures.model_fields
        figures = dict.fromkeys(names, make_entry(0.5)) | {
            "hit": make_entry(value),
            "energy": make_entry(value / 2),
            "area": make_entry(0.2),
            "centre": make_entry(0.9),
        }
        return LocalisationFigures(**figures)

    counts = {"gradcam": 40, "layercam": 40, "scorecam": 24}
    teacher = {method: judged(0.3, n) for method, n in counts.items()}
    student = {method: judged(0.2, n) for method, n in counts.items() if method != "scorecam"}
    learned = {"gradcam": LearnedFigures(head=make_entry(0.1, 12), all=make_entry(0.05, 12))}
    return ExplanationCard(
        pair=pair.card.pair,
        classes=pair.card.classes,
        explained="the class that the teacher calls",
        seed=0,
        weights=served_weights(pair.card),
        slow_methods=("scorecam",),
        random_orders=10,
        datasets={dataset: MeasuredSet(title=TITLE, split="test", n=max(len(cases), 1))},
        faithfulness={dataset: {"teacher": teacher, "student": student}},
        learned={"teacher": learned, "student": learned},
        localisation={dataset: {"teacher": {"gradcam": pointed(0.8)}, "student": {"gradcam": pointed(0.6)}}},
        agreement={
            dataset: AgreementFigures(
                method="gradcam",
                rank=make_entry(0.4),
                overlap=make_entry(0.3),
                chance_overlap=1 / 9,
                ssim=make_entry(0.5),
                distance=make_entry(0.1),
                same_call=make_entry(0.9, len(cases)),
                cases=tuple(cases),
            )
        },
        versions={},
    )


def save_with_explanations(pair: Pair, explanations: ExplanationCard, folder: Path) -> Pair:
    """Save a pair again with its record."""
    card = pair.card.model_copy(update={"explanations": EXPLANATIONS_NAME})
    files = {name: pair.read(name) for name in pair.card.files}
    return save_pair(card, {**files, EXPLANATIONS_NAME: explanations.dump()}, folder)
