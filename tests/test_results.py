"""Tables in docs/results are those of the stored results."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.bundle import list_pairs, load_pair
from core.card import IntervalEntry
from core.explanation_card import load_explanations
from core.figures.map_words import title_method
from core.int8_card import read_int8_report
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


def quoted(heading: str) -> dict[tuple[str, str], list[list[float]]]:
    """A table of the page on explanations: two cells of a row to the numbers of the rest, n last."""
    text = (RESULTS / "explanations.md").read_text(encoding="utf-8")
    part = text.partition(f"\n## {heading}")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in part.splitlines() if "|" in line]
    return {
        (row[0], row[1]): [
            [float(number) for number in re.findall(r"[-+]?\d+(?:\.\d+)?", cell)] for cell in row[2:]
        ]
        for row in cells[2:]
    }


def stored(entry: IntervalEntry) -> list[float]:
    return [number for number in (entry.value, entry.low, entry.high) if number is not None]


def assert_as_stored(cells: list[list[float]], entries: list[IntervalEntry], n: int) -> None:
    assert cells[-1] == [n]
    for cell, entry in zip(cells[:-1], entries, strict=True):
        assert cell == pytest.approx(stored(entry), abs=6e-3)


@pytest.mark.parametrize(
    ("pair", "heading"), [("melanoma", "Dermoscopy"), ("fundus", "Fundus"), ("lung", "Chest CT")]
)
def test_how_faithful_maps_are_is_shown_as_stored(pair: str, heading: str) -> None:
    found = load_explanations(load_pair(pair))
    (roles,) = found.faithfulness.values()
    shown = quoted(heading)
    assert len(shown) == sum(map(len, roles.values()))
    for role, methods in roles.items():
        for method, one in methods.items():
            entries = [one.deletion_auc, one.insertion_auc, one.gap, one.above_random, one.stability]
            cells = shown[title_method(method), role.replace("_", " ")]
            assert_as_stored(cells, [*entries, found.learned[role][method].all], one.without_evidence.n)


def test_pointing_and_agreement_are_shown_as_stored() -> None:
    found = load_explanations(load_pair("melanoma"))
    shown = quoted("Pointing")
    for dataset, title in (("isic2017", "ISIC 2017"), ("ph2", "PH2")):
        roles = found.localisation[dataset]
        for method in roles["teacher"]:
            both = [roles["teacher"][method], roles["student"][method]]
            entries = [entry for one in both for entry in (one.hit, one.energy)]
            assert_as_stored(shown[title, title_method(method)], entries, both[0].hit.n)
        every = roles["teacher"]["gradcam"]
        middle = shown[title, "middle of the picture, no network"]
        assert_as_stored(middle, [every.centre, every.area] * 2, every.centre.n)
    shown = quoted("Teacher against student")
    for pair in ("melanoma", "fundus", "lung"):
        card = load_explanations(load_pair(pair))
        for dataset, one in card.agreement.items():
            cells = shown[pair, card.datasets[dataset].title.split(",")[0]]
            entries = [one.same_call, one.rank, one.overlap, one.ssim, one.distance]
            assert_as_stored(cells, entries, one.same_call.n)


def test_the_readme_says_how_faithful_cheap_maps_are() -> None:
    text = (RESULTS.parent.parent / "README.md").read_text(encoding="utf-8")
    found = load_explanations(load_pair("melanoma")).faithfulness["isic2017"]["teacher"]
    own = found["gradcam"].above_random
    value, low, high = (round(100 * number) for number in stored(own))
    assert f"{value} % ({low} to {high}; n = {own.n})" in text
    others = [found[name].above_random.value for name in ("gradcam_plus_plus", "layercam", "eigencam")]
    assert f"{100 * min(others):.0f} to {100 * max(others):.0f} %" in text


IN_8_BITS = [
    (name, role)
    for name in list_pairs()
    for role in load_pair(name).served_roles
    if "int8" in load_pair(name).precisions(role)
]


@pytest.mark.parametrize(("name", "role"), IN_8_BITS)
def test_networks_in_8_bits_are_shown_as_reported(name, role) -> None:
    report = read_int8_report(load_pair(name), role)
    label = f"`{name}` {role.replace('_', ' ')}"
    text = (RESULTS / "eight-bits.md").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {label} |")]
    cells = [cell.strip() for cell in line.split("|")[2:-1]]
    assert cells[:2] == [report.plan, f"{len(report.kept_float)} of {report.layers}"]
    static = report.times["float"].median_ms / report.times["static"].median_ms
    sizes = [size / 2**20 for size in (report.float32_bytes, report.float_bytes, report.onnx_bytes)]
    wanted = [*sizes, report.float32_bytes / report.onnx_bytes, report.faster, static]
    assert [float(cell) for cell in cells[2:]] == pytest.approx(wanted, abs=6e-3)
    for dataset, drift in report.sets.items():
        (line,) = [line for line in text.splitlines() if line.startswith(f"| {label}, {dataset} |")]
        n, flipped, share, auc, mean, most = (cell.strip() for cell in line.split("|")[2:-1])
        assert (int(n), int(flipped)) == (drift.n, len(drift.flipped))
        numbers = [float(number) for number in re.findall(r"\d+\.\d+", share)]
        limits = (drift.flips.value, drift.flips.low, drift.flips.high)
        assert numbers == pytest.approx([100 * limit for limit in limits], abs=0.06)
        assert float(auc.split()[0]) == pytest.approx(drift.auc.value, abs=6e-5)
        assert [float(mean), float(most)] == pytest.approx([drift.mean, drift.largest], abs=6e-5)
