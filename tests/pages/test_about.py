"""The page about the networks shows the card, and nothing that is not on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import bundle
from core.evaluation.held_out import load_held_out
from core.evaluation.per_class import report_held_out
from tests.graded_pair import DATASET as GRADED
from tests.graded_pair import NAME, TEST, build_graded_models
from tests.lung_pair import LUNG_DATASET, LUNG_PAIR
from tests.pair_factory import PAIR, ROOT


@pytest.fixture
def about(complete_models: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(bundle, "MODELS_DIR", complete_models)
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    return at.switch_page("pages/9_About_the_networks.py").run()


def test_figures_are_the_card_s(about: AppTest, complete_models: Path) -> None:
    card = bundle.load_pair(PAIR, complete_models).card
    assert not about.exception
    tables = [element.value for element in about.table]
    classes = 3  # each class, by teacher and by student, and all together
    limits = 2  # of the confusion matrices
    assert len(tables) == 1 + len(card.reports) + classes + limits + 1
    for table, report in zip(tables[1:], card.reports.values(), strict=False):
        assert list(table.columns[1:]) == [role.capitalize() for role in report.metrics]
        row = table[table.iloc[:, 0] == "ROC-AUC"].iloc[0]
        for role, metrics in report.metrics.items():
            value = metrics["roc_auc"].value
            assert row[role.capitalize()].startswith("undefined" if value is None else f"{value:.3f} (")


def test_data_limits_and_fingerprint_are_named(about: AppTest, complete_models: Path) -> None:
    card = bundle.load_pair(PAIR, complete_models).card
    text = "\n".join(element.value for element in (*about.markdown, *about.caption))
    assert card.intended_use in text
    assert card.split.sha256 in text
    assert all(limit in text for limit in card.limits)
    sources = about.table[-1].value
    assert list(sources["Number"]) == [f"{source.n:,}" for source in card.sources]


def test_classes_of_grades_stand_beside_the_published_table(
    complete_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_graded_models(complete_models, tmp_path)
    monkeypatch.setattr(bundle, "MODELS_DIR", tmp_path)
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.switch_page("pages/9_About_the_networks.py").run()
    assert not at.exception
    pair = bundle.load_pair(NAME, tmp_path)
    found = report_held_out(load_held_out(pair, GRADED), "student", scale="ordinal")
    teacher, student, together, published = (element.value for element in at.table[1:5])
    assert list(teacher["Class"]) == [finding.name for finding in pair.modality.findings]
    recall = found.classes[1].recall
    assert student["Recall %"][1].startswith(f"{100 * recall.value:.0f} (")
    kappa = together[together.iloc[:, 0] == "Quadratic weighted kappa"].iloc[0]
    assert kappa["Student"].startswith(f"{found.overall['quadratic_kappa'].value:.2f} (")
    assert list(together["Published"])[:4] == ["0.85", "–", "0.74", "0.86"]
    assert published["Precision %"][1].endswith("vs 50")
    assert f"n = {TEST}" in "\n".join(element.value for element in at.caption)
    assert "5 of 7 checks hold" in at.expander[0].label


def test_a_summary_stands_beside_all_networks_of_lung(
    lung_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "MODELS_DIR", lung_models)
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    at.switch_page("pages/9_About_the_networks.py").run()
    assert not at.exception
    pair = bundle.load_pair(LUNG_PAIR, lung_models)
    held_out = load_held_out(pair, LUNG_DATASET)
    tables = [element.value for element in at.table]
    (summary,) = [table for table in tables if "Recall of malignant" in table]
    assert list(summary["Network"]) == [
        "Printed: ViT-B, teacher",
        "Printed: VGG16, student",
        "Printed: VGG16, without a teacher",
        "Printed: network not named",
        *(f"Here: {name}" for name in ("teacher", "student", "second student", "control")),
    ]
    by_class = [table for table in tables if "Precision %" in table]
    matrices = [table for table in tables if "malignant" in table]
    assert len(by_class) == len(matrices) == len(pair.served_roles) == 3
    for role, figures, matrix in zip(pair.served_roles, by_class, matrices, strict=True):
        found = report_held_out(held_out, role, scale="nominal")
        for title, limit in (("Precision %", "precision"), ("Recall %", "recall"), ("F1 %", "f1")):
            value = getattr(found.classes[2], limit).value
            assert figures[title][2].startswith(f"{100 * value:.0f} (")
        assert matrix["malignant"][2].startswith(f"{found.confusion.counts[2][2]}: ")
        assert "(" in matrix["malignant"][2]
    said = "\n".join(element.value for element in at.caption)
    assert any("cannot be compared with each other" in element.value for element in at.markdown)
    assert "n = 180 in 90 groups" in said
    labels = [element.label for element in at.expander]
    assert any("3 of 4 checks hold, 1 cannot be decided" in label for label in labels)


def test_a_pair_without_predictions_says_so(models: Path) -> None:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.switch_page("pages/9_About_the_networks.py").run()
    assert not at.exception
    assert any("no held-out predictions" in element.value for element in at.markdown)
    assert at.table[-1].value.columns[0] == "Pictures"
