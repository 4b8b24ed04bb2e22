"""What was printed of lung CT without a table of classes: its limits, and the sums that hold or do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from scipy.stats import binomtest

from core.data.base import DATASETS
from core.evaluation.published import FOLDER, find_published
from core.evaluation.published_summary import check_summary, count_correct, find_summary, limit_summary
from core.modalities.base import MODALITIES
from core.networks.base import build_network
from core.types import PublishedSummary


@pytest.fixture
def lung() -> PublishedSummary:
    found = find_summary("ct")
    assert found is not None
    return found


def states(summary: PublishedSummary) -> dict[str, str]:
    return {check.name: check.state for check in check_summary(summary)}


def words(summary: PublishedSummary, name: str) -> str:
    return next(check.words for check in check_summary(summary) if check.name == name)


def test_a_modality_has_a_table_or_a_summary_and_not_both(lung: PublishedSummary) -> None:
    assert find_published("ct") is None and find_summary("fundus") is None
    assert find_summary("dermoscopy") is None
    assert lung.count.code in MODALITIES.get("ct").classes and lung.differs.endswith(".")


def test_the_figures_as_printed(lung: PublishedSummary) -> None:
    assert {entry.role: (entry.name, entry.accuracy) for entry in lung.networks} == {
        "teacher": ("ViT-B", 0.9809),
        "student": ("VGG16", 0.9809),
        "control": ("VGG16", 0.9714),
    }
    assert (lung.n, sum(lung.parts), lung.count.missed, lung.count.support) == (420, 2097, 2, 112)


def test_the_public_set_is_the_one_read_here(lung: PublishedSummary) -> None:
    counts = DATASETS.get("iq_othnccd").expected["all"]
    assert (lung.count.public_support, lung.count.public_n) == (counts["malignant"], sum(counts.values()))


@pytest.mark.parametrize(("place", "architecture"), [(0, "vit_base_patch16_224"), (1, "vgg16")])
def test_parameters_are_those_of_the_networks(lung: PublishedSummary, place: int, architecture: str) -> None:
    with torch.device("meta"):
        gap = build_network("vgg16_gap", {}, 3)  # importing ours first makes timm importable here
        import timm

        whole = timm.create_model(architecture, num_classes=3)
    largest = sum(entry.numel() for entry in whole.parameters())
    smallest = sum(entry.numel() for entry in gap.parameters()) if architecture == "vgg16" else largest
    assert lung.networks[place].parameters == (smallest, largest)


def test_limits_are_wilson_s_of_the_printed_numbers(lung: PublishedSummary) -> None:
    found = limit_summary(lung)
    exact = binomtest(110, 112).proportion_ci(method="wilson")
    assert (found.recall.low, found.recall.high, found.recall.n) == pytest.approx(
        (exact.low, exact.high, 112)
    )
    near = binomtest(412, 420).proportion_ci(method="wilson")  # 412 / 420 = .98095, printed .9809
    assert found.accuracy[0].n == 420 and found.accuracy[0].value == 0.9809
    assert (found.accuracy[0].low, found.accuracy[0].high) == pytest.approx((near.low, near.high), abs=1e-4)


@pytest.mark.parametrize(
    ("accuracy", "n", "correct"),
    [(0.9714, 420, (408,)), (0.9809, 420, (412,)), (0.9810, 420, (412,)), (0.98, 420, ()), (1.0, 3, (3,))],
)
def test_whole_numbers_printed_rounded_or_cut(accuracy: float, n: int, correct: tuple[int, ...]) -> None:
    assert count_correct(accuracy, n, 4) == correct


def test_coarse_figures_allow_several_numbers() -> None:
    # of 420, .98 rounded is 410 to 413 and cut 412 to 415
    assert count_correct(0.98, 420, 2) == (410, 411, 412, 413, 414, 415)


def test_what_holds_and_what_cannot_be_decided(lung: PublishedSummary) -> None:
    assert states(lung) == {
        "Accuracies as whole cases": "consistent",
        "Missed malignant cases": "consistent",
        "Share of malignant cases": "consistent",
        "A student smaller than its teacher": "undecided",
    }
    whole = words(lung, "Accuracies as whole cases")
    assert "412 of 420 right, 8 wrong, which is 98.10 % when rounded and 98.09 % when cut" in whole
    assert "97.14 % is 408 of 420 right, 12 wrong" in whole and "same number of errors" in whole
    # a stratified 420 of 2,097 with 111 to 113 malignant: 554.2 to 564.2 of all, 561 of them public
    share = words(lung, "Share of malignant cases")
    assert "26.7 %" in share and "51.1 %" in share and "1,000 are of another origin" in share
    assert "fits 0 to 3, and then a picture's origin alone says much" in share
    # 200 of 420 fits 994 to 1,003 of all, 433 to 442 of the added ones
    many = words(replace(lung, count=replace(lung.count, support=200)), "Share of malignant cases")
    assert "fits 433 to 442." in many


def test_contradictions_are_found(lung: PublishedSummary) -> None:
    first, *others = lung.networks
    wrong = replace(lung, networks=(replace(first, accuracy=0.98), *others))
    assert states(wrong)["Accuracies as whole cases"] == "contradicted"
    assert "98.00 % is no whole number of 420" in words(wrong, "Accuracies as whole cases")
    assert "same number" not in words(wrong, "Accuracies as whole cases")
    missed = replace(lung, count=replace(lung.count, missed=9))  # the best networks make 8 errors
    assert states(missed)["Missed malignant cases"] == "contradicted"
    fewer = replace(lung, count=replace(lung.count, support=100))  # at most 504 of 2,097, 561 are public
    assert states(fewer)["Share of malignant cases"] == "contradicted"


@pytest.mark.parametrize(
    ("parameters", "state"),
    [((14_716_227, 14_716_227), "consistent"), ((134_272_835, 134_272_835), "contradicted")],
)
def test_a_known_head_decides_the_size(
    lung: PublishedSummary, parameters: tuple[int, int], state: str
) -> None:
    teacher, student, control = lung.networks
    known = replace(lung, networks=(teacher, replace(student, parameters=parameters), control))
    assert states(known)["A student smaller than its teacher"] == state


def test_what_the_source_does_not_say_is_not_checked(lung: PublishedSummary) -> None:
    silent = replace(lung, stratified=False, networks=lung.networks[1:])
    assert set(states(silent)) == {"Accuracies as whole cases", "Missed malignant cases"}


def test_a_key_too_many_is_refused(tmp_path: Path) -> None:
    source = (FOLDER / "ct4.toml").read_text(encoding="utf-8")
    (tmp_path / "a.toml").write_text(f"guess = 1\n{source}", encoding="utf-8")
    with pytest.raises(TypeError, match="guess"):
        find_summary("ct", folder=tmp_path)
