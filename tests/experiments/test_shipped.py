"""The results that ship: complete, and every figure follows from the answers that ship beside it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from core.experiments.findings import METRIC_WORDS
from core.experiments.measure import Resampled
from core.experiments.store import StoredSuite
from core.experiments.suite import load_suite
from core.experiments.tasks import Task
from core.types import ExperimentMetric

PAGE = Path(__file__).resolve().parents[2] / "docs" / "results" / "experiments.md"
SHOWN: tuple[ExperimentMetric, ...] = (
    "auc",
    "melanoma_recall",
    "cancer_superclass",
    "cancer_pooled",
    "accuracy",
)


@pytest.fixture(scope="module")
def stored() -> StoredSuite:
    return StoredSuite("dermamnist")


def test_every_experiment_was_run_from_at_least_three_seeds(stored: StoredSuite) -> None:
    suite = load_suite("dermamnist")
    for entry in suite.experiments:
        measured = stored.results.measured(entry.number)
        assert measured is not None and len(measured.runs) >= 3, entry.name
        assert all(run.curve for run in measured.runs)
    assert [found.id for found in stored.results.findings] == [recipe.id for recipe in suite.findings]
    assert (stored.results.n_train, stored.results.n_val, stored.results.n_test) == (7007, 1003, 2005)


def test_figures_follow_from_the_answers(stored: StoredSuite) -> None:
    results = stored.results
    again = Resampled(stored.target("test"), results.classes, resamples=2)
    for entry in results.experiments:
        for run in entry.runs:
            again.add(Task(entry.number, run.seed), stored.probs(entry.number, run.seed, "test"))
        for metric, figure in entry.figures.items():
            assert again.figure(metric, entry.number).by_seed == pytest.approx(figure.by_seed)
            assert figure.interval.low <= np.mean(figure.by_seed) <= figure.interval.high
            assert figure.interval.n == results.n_test and metric in METRIC_WORDS


def test_the_page_of_results_shows_them(stored: StoredSuite) -> None:
    text = PAGE.read_text(encoding="utf-8")
    for entry in stored.results.experiments:
        (line,) = [line for line in text.splitlines() if line.startswith(f"| {entry.number} |")]
        cells = line.split("|")[3:-1]
        for metric, cell in zip(SHOWN, cells[0::2], strict=True):
            interval = entry.figures[metric].interval
            shown = [float(number) for number in re.findall(r"\d?\.\d+", cell)]
            assert shown == pytest.approx([interval.value, interval.low, interval.high], abs=6e-4)
        reported = load_suite("dermamnist").experiment(entry.number).reported
        for metric, cell in zip(SHOWN, cells[1::2], strict=True):
            printed = getattr(reported, metric, None)
            assert cell.strip() == ("" if printed is None else f"{printed:.3f}")
    for finding in stored.results.findings:
        assert f"**{finding.state.capitalize()}**: {finding.words}. {finding.working}" in text
