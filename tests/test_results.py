"""Tables in docs/results are those of the stored results."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.bundle import load_pair
from core.release.ablation import AblationReport, FigureOfArm

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results"
COLUMNS = ("accuracy", "quadratic_kappa", "roc_auc", "recall_mild", "flip_rate")


@pytest.fixture(scope="module")
def report() -> AblationReport:
    return AblationReport.model_validate_json((RESULTS / "fundus-ablation.json").read_text(encoding="utf-8"))


def rows(label: str, page: str = "fundus") -> list[list[float]]:
    """The numbers of the table row that begins with a label, one list a cell."""
    text = (RESULTS / f"{page}.md").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {label} |")]
    return [
        [float(number) for number in re.findall(r"[-+]?\d+\.\d+", cell)] for cell in line.split("|")[2:-1]
    ]


def numbers(figure: FigureOfArm) -> list[float]:
    return [figure.value, figure.low, figure.high]


def test_every_arm_and_difference_is_shown_as_stored(report: AblationReport) -> None:
    for name, arm in report.arms.items():
        for column, cell in zip(COLUMNS, rows(f"`{name}`"), strict=True):
            assert cell == pytest.approx(numbers(arm.figures[column]), abs=6e-4)
        if arm.against is None:
            continue
        for column, cell in zip(COLUMNS, rows(f"`{name}` − `{arm.against}`"), strict=True):
            assert cell == pytest.approx(numbers(arm.minus[column]), abs=6e-4)


def test_three_seeds_on_the_shipped_pairs_split(report: AblationReport) -> None:
    card = load_pair("fundus").card
    assert report.split_sha256 == card.split.sha256
    assert report.n == card.reports["aptos2019"].n
    assert {len(arm.seeds) for arm in report.arms.values()} == {3}


@pytest.mark.parametrize(
    ("label", "metric"),
    [
        ("balanced accuracy, three classes", "macro_recall"),
        ("accuracy", "accuracy_top1"),
        ("ROC-AUC of malignancy", "roc_auc"),
        ("sensitivity at its threshold", "sensitivity"),
    ],
)
def test_the_lung_networks_are_shown_as_their_card_says(label: str, metric: str) -> None:
    report = load_pair("lung").card.reports["iq_othnccd"]
    for role, cell in zip(
        ("teacher", "student", "second_student", "control"), rows(label, "lung"), strict=True
    ):
        found = report.metrics[role][metric]
        value, low, high = (abs(number) for number in cell)  # the dash between limits is no minus
        assert (value, low, high) == pytest.approx((found.value, found.low, found.high), abs=6e-4)
