"""The published table: as printed, and the sums that hold or do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from scipy.stats import binomtest

from core.evaluation.published import check_arithmetic, find_published, limit_recalls
from core.modalities.base import MODALITIES
from core.types import PublishedReport


@pytest.fixture
def fundus() -> PublishedReport:
    found = find_published("fundus")
    assert found is not None
    return found


def states(published: PublishedReport) -> dict[str, str]:
    return {check.name: check.state for check in check_arithmetic(published)}


def test_every_table_fits_its_modality() -> None:
    tables = {name: find_published(name) for name in MODALITIES.names()}
    assert tables["fundus"] is not None and tables["dermoscopy"] is None
    for name, published in tables.items():
        if published is not None:
            assert tuple(entry.code for entry in published.classes) == MODALITIES.get(name).classes
            assert published.citation and published.differs.endswith(".")


def test_the_figures_as_printed(fundus: PublishedReport) -> None:
    mild = fundus.classes[1]
    assert (mild.precision, mild.recall, mild.f1, mild.support) == (0.50, 0.69, 0.58, 58)
    assert fundus.overall == {"accuracy_top1": 0.85, "macro_f1": 0.74, "weighted_f1": 0.86}
    assert (fundus.n, sum(fundus.source_counts)) == (733, 3662)


def test_the_figures_agree_and_the_division_does_not(fundus: PublishedReport) -> None:
    found = states(fundus)
    assert {name for name, state in found.items() if state == "contradicted"} == {
        "Size of the test part",
        "Stratified division",
    }
    assert len(found) == 7
    words = {check.name: check.words for check in check_arithmetic(fundus)}
    # (.98 + .58 + .81 + .65 + .68) / 5 and (.98 * 364 + .69 * 58 + .79 * 211 + .63 * 100) / 733
    assert "is 0.7400 (0.735 to 0.745 as rounded)" in words["Macro F1"]
    assert "0.8546" in words["Accuracy"] and "0.8565" in words["Weighted F1"]
    assert "733, 20.0 % of 3,662" in words["Size of the test part"]
    assert "361, 74, 200, 39, 59" in words["Stratified division"]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("Macro F1", {"overall": {"macro_f1": 0.76}}),
        ("Weighted F1", {"overall": {"weighted_f1": 0.88}}),
        ("Accuracy", {"overall": {"accuracy_top1": 0.87}}),
    ],
)
def test_a_mean_that_does_not_follow_is_found(fundus: PublishedReport, name: str, change: dict) -> None:
    assert states(replace(fundus, **change))[name] == "contradicted"


def test_an_f1_that_does_not_follow_is_named(fundus: PublishedReport) -> None:
    wrong = replace(fundus.classes[1], f1=0.70)
    other = replace(fundus, classes=(fundus.classes[0], wrong, *fundus.classes[2:]))
    (check,) = [check for check in check_arithmetic(other) if check.name == "F1 from precision and recall"]
    assert check.state == "contradicted" and check.words.startswith("Mild gives 0.57")


def test_calls_that_do_not_add_up(fundus: PublishedReport) -> None:
    wrong = replace(fundus.classes[0], precision=0.80, f1=0.88)
    other = replace(fundus, classes=(wrong, *fundus.classes[1:]))
    assert states(other)["Calls and cases"] == "contradicted"


def test_what_the_source_does_not_say_is_not_checked(fundus: PublishedReport) -> None:
    silent = replace(fundus, source_counts=(), overall={}, test_share=None, stratified=False)
    assert set(states(silent)) == {"F1 from precision and recall", "Calls and cases"}
    share = replace(fundus, test_share=733 / 3662)
    assert states(share)["Size of the test part"] == "consistent"


def test_recalls_have_the_limits_of_their_cases(fundus: PublishedReport) -> None:
    severe = limit_recalls(replace(fundus, classes=(replace(fundus.classes[3], recall=31 / 49),)))[0]
    expected = binomtest(31, 49).proportion_ci(method="wilson")
    assert (severe.low, severe.high, severe.n) == pytest.approx((expected.low, expected.high, 49))


def test_two_tables_about_one_modality_are_refused(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.toml").write_text('modality = "fundus"\n')
    with pytest.raises(ValueError, match="2 published tables"):
        find_published("fundus", folder=tmp_path)
    assert find_published("dermoscopy", folder=tmp_path) is None
