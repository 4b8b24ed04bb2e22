"""The figures of all classes on a shipped pair's card, against scikit-learn, over every pair there is."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score, roc_auc_score

from core.bundle import list_pairs, load_pair
from core.evaluation.held_out import list_held_out, load_held_out
from core.evaluation.per_class import report_held_out
from core.types import Role

EACH = pytest.mark.parametrize("name", list_pairs())
ROLES: tuple[Role, ...] = ("teacher", "student", "control")


@pytest.mark.parametrize("name", ["melanoma", "fundus"])
def test_the_pair_is_shipped(name: str) -> None:
    """Without it the other tests here would pass by having nothing to look at."""
    assert name in list_pairs(), f"run: python -m core save {name}"


@EACH
@pytest.mark.parametrize("role", ROLES)
def test_figures_of_all_classes_follow_from_the_predictions(name: str, role: Role) -> None:
    pair = load_pair(name)
    for dataset, report in pair.card.reports.items():
        rows = pair.predictions().query("role == @role and dataset == @dataset and split != 'val'")
        probs = rows[[f"prob_{code}" for code in pair.card.classes]].to_numpy()
        truth = np.array([pair.card.classes.index(code) for code in rows["target"]])
        called = probs.argmax(axis=1)
        figures = report.metrics[role]
        if len(np.unique(truth)) < probs.shape[1]:
            assert not {"accuracy_top1", "macro_f1", "quadratic_kappa"} & set(figures)
            continue
        expected = {
            "accuracy_top1": accuracy_score(truth, called),
            "macro_auc": roc_auc_score(truth, probs, multi_class="ovr"),
            "macro_f1": f1_score(truth, called, average="macro"),
            "weighted_f1": f1_score(truth, called, average="weighted"),
        }
        if pair.modality.scale == "ordinal":
            expected["quadratic_kappa"] = cohen_kappa_score(truth, called, weights="quadratic")
            expected["mean_absolute_grade_error"] = np.abs(called - truth).mean()
        of_grades = {"quadratic_kappa", "mean_absolute_grade_error"}
        assert of_grades & set(figures) == of_grades & set(expected)
        for metric, value in expected.items():
            assert figures[metric].value == pytest.approx(value, abs=1e-9), (dataset, metric)


@EACH
def test_the_confusion_matrix_counts_every_case_once(name: str) -> None:
    pair = load_pair(name)
    held_out = load_held_out(pair, list_held_out(pair)[0])
    report = report_held_out(held_out, "student", scale=pair.modality.scale, resamples=20)
    counts = np.array(report.confusion.counts)
    assert counts.sum() == report.n == held_out.n
    assert counts.sum(axis=1).tolist() == [figures.support for figures in report.classes]
    assert counts.sum(axis=0).tolist() == [figures.called for figures in report.classes]
    assert np.trace(counts) / report.n == pytest.approx(report.overall["accuracy_top1"].value)
