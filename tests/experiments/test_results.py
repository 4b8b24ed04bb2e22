"""From runs to files and back, the leaderboard, and two runs combined."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from core.errors import DataError
from core.evaluation.combinations import compare_combinations
from core.experiments.collect import collect_results
from core.experiments.combine import call_cases, hold_out
from core.experiments.leaderboard import build_leaderboard, rank_experiments, rank_reported, score_guess
from core.experiments.store import StoredSuite, dump_results
from core.experiments.suite import Suite
from core.experiments.tasks import Task
from core.experiments.train import plan_tasks, train_tasks
from core.types import RankColumn
from tests.experiments.conftest import COUNTS


@pytest.fixture(scope="module")
def folder(suite: Suite, world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("runs")
    train_tasks(suite, plan_tasks(suite, (1, 2, 4), 2), runs, root=world, jobs=1)
    collect_results(suite, runs, root=world, folder=runs / "results", resamples=40)
    return runs / "results"


@pytest.fixture
def stored(folder: Path) -> StoredSuite:
    return StoredSuite("tiny", folder)


def test_results_come_back_as_they_were_written(stored: StoredSuite, folder: Path) -> None:
    results = stored.results
    assert dump_results(results) == (folder / "tiny.json").read_bytes()
    assert (results.n_train, results.n_val, results.n_test) == (
        COUNTS["train"],
        COUNTS["val"],
        COUNTS["test"],
    )
    assert [entry.number for entry in results.experiments] == [1, 2, 4]
    first = results.measured(1)
    assert first is not None and [run.seed for run in first.runs] == [0, 1]
    assert [point.epoch for point in first.runs[0].curve] == [1, 2] and first.seconds > 0
    assert results.measured(3) is None
    assert results.versions["torch"] and len(results.data_sha256) == 64


def test_every_figure_follows_from_the_answers_beside_it(stored: StoredSuite) -> None:
    target = stored.target("test")
    measured = stored.results.measured(2)
    assert measured is not None
    for run, value in zip(measured.runs, measured.figures["accuracy"].by_seed, strict=True):
        assert value == pytest.approx(float((stored.probs(2, run.seed, "test").argmax(1) == target).mean()))
    np.testing.assert_allclose(stored.probs(2, 0, "val").sum(axis=1), 1)


def test_missing_and_foreign_files_are_named(stored: StoredSuite, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no results are here"):
        StoredSuite("other", folder)
    (tmp_path / "tiny.json").write_text('{"suite": "tiny"}', encoding="utf-8")
    with pytest.raises(DataError, match=r"not results of this version.*experiments run tiny"):
        StoredSuite("tiny", tmp_path)
    (tmp_path / "tiny.json").write_bytes((folder / "tiny.json").read_bytes())
    with pytest.raises(DataError, match=r"tiny\.safetensors: it cannot be read"):
        StoredSuite("tiny", tmp_path).target("test")
    save_file({"target/val": np.zeros(3, np.int8)}, tmp_path / "tiny.safetensors")
    with pytest.raises(DataError, match="it holds no 01-0/test"):
        StoredSuite("tiny", tmp_path).probs(1, 0, "test")


def test_runs_of_other_data_are_refused(suite: Suite, world: Path, tmp_path: Path) -> None:
    train_tasks(suite, plan_tasks(suite, (4,), 1), tmp_path, root=world, jobs=1)
    arrays = dict(np.load(world / "medmnist" / "dermamnist.npz"))
    arrays["train_images"] = arrays["train_images"][::-1]
    (tmp_path / "medmnist").mkdir()
    np.savez(tmp_path / "medmnist" / "dermamnist.npz", **arrays)
    with pytest.raises(DataError, match="trained on other data"):
        collect_results(suite, tmp_path, root=tmp_path, folder=tmp_path)
    with pytest.raises(DataError, match="no run is finished"):
        collect_results(suite, tmp_path / "empty", root=world, folder=tmp_path)


def test_reported_stands_beside_measured(suite: Suite, stored: StoredSuite) -> None:
    rows = build_leaderboard(suite, stored.results)
    assert rows[0].reported == {"auc": 0.7, "melanoma_recall": 0.2} and rows[1].builds_on == 1
    assert rows[2].measured is None and rows[3].origin == "ours"
    assert rank_reported(rows, "auc").ranks == {1: 2, 2: 1}
    assert rank_reported(rows, "accuracy").ranks == {}
    (column,) = rank_experiments(rows, ["auc"])
    best = max(stored.results.experiments, key=lambda entry: entry.figures["auc"].interval.value)
    assert column.ranks[best.number] == 1 and set(column.ranks) == {1, 2, 4}


def test_a_guess_is_scored_by_its_order() -> None:
    column = RankColumn("auc", {1: 1, 2: 2, 3: 3})
    assert score_guess({1: 1, 2: 2, 3: 3}, column) == pytest.approx(1)
    assert score_guess({1: 9, 2: 5, 3: 2}, column) == pytest.approx(-1)
    assert score_guess({1: 1, 2: 3, 3: 2}, column) == pytest.approx(0.5)
    assert np.isnan(score_guess({1: 1, 2: 1}, column))
    with pytest.raises(ValueError, match="at least two"):
        score_guess({1: 1}, column)


def test_two_runs_together_flag_what_either_or_both_flag(stored: StoredSuite) -> None:
    cases = hold_out(stored, Task(1, 0), Task(2, 1), part="test", positives=("mel",), title="Tiny, test")
    assert int(cases.truth.sum()) == COUNTS["test"] // 7
    first, second = (cases.positive_prob[role] for role in ("student", "teacher"))
    np.testing.assert_allclose(first, stored.probs(1, 0, "test")[:, 0])
    thresholds = {"student": float(np.median(first)), "teacher": float(np.median(second))}
    alone = [call_cases(cases, role, thresholds) for role in ("student", "teacher")]
    either, both = (call_cases(cases, way, thresholds) for way in ("either", "both"))
    flagged = (first >= thresholds["student"]) | (second >= thresholds["teacher"])
    assert either.sensitivity.value == pytest.approx(float(flagged[cases.truth].mean()))
    assert either.specificity.value == pytest.approx(float((~flagged)[~cases.truth].mean()))
    assert either.sensitivity.value >= max(one.sensitivity.value for one in alone)
    assert both.specificity.value >= max(one.specificity.value for one in alone)
    assert alone[0].second_reads.value == 0 and either.second_reads.value == 1


def test_cancers_are_pooled_by_their_summed_probability(stored: StoredSuite) -> None:
    cancers = ("mel", "bcc", "akiec")
    cases = hold_out(stored, Task(1, 0), Task(2, 0), part="val", positives=cancers, title="Tiny, val")
    columns = [stored.results.classes.index(code) for code in cancers]
    np.testing.assert_allclose(cases.positive_prob["student"], stored.probs(1, 0, "val")[:, columns].sum(1))
    assert set(cases.target[cases.truth]) == set(cancers)


def test_thresholds_may_be_chosen_on_validation_cases(stored: StoredSuite) -> None:
    asked = {"first": Task(1, 0), "second": Task(2, 0), "positives": ("mel",), "title": "Tiny"}
    validation, test = (hold_out(stored, **asked, part=part) for part in ("val", "test"))
    table = compare_combinations(validation, test, target=0.8, resamples=20)
    assert {row.name for row in table.rows} >= {"teacher", "student", "either", "both", "cascade"}
    assert table.n == COUNTS["test"] and table.validation_n == COUNTS["val"]


def test_no_picture_is_among_the_results(folder: Path) -> None:
    for name, array in load_file(folder / "tiny.safetensors").items():
        assert array.ndim == 1 or array.shape[1] == 7, name
