"""What an ablation's report says of given answers."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score, recall_score, roc_auc_score

from core.errors import DataError
from core.metrics.flip_rate import TURNS
from core.release.ablation import REPORT_NAME, as_interval, report_ablation
from core.training.ablation import TEST_NAME
from core.training.presets import load_recipe
from core.training.recipe import AblationRecipe
from core.training.runs import Asked, close_run

GRADES = ("no_dr", "mild", "moderate", "severe", "proliferative")


def write_run(folder, answers, target, groups, *, split="s"):
    """A finished run with given answers (4, N, 5)."""
    folder.mkdir(parents=True)
    asked = Asked(stage=folder.name, recipe={}, data={}, split_sha256=split)
    close_run(folder, asked, b"x", history=(), validation_roc_auc=0.5, best_epoch=0, sessions=())
    tables = [
        pd.DataFrame(
            {
                "case": [f"a/{row}" for row in range(len(target))],
                "group": groups,
                "target": [GRADES[grade] for grade in target],
                "degrees": degrees,
                **{f"prob_{code}": answers[turn, :, place] for place, code in enumerate(GRADES)},
            }
        )
        for turn, degrees in enumerate(TURNS)
    ]
    pd.concat(tables, ignore_index=True).to_parquet(folder / TEST_NAME, index=False)


def draw_answers(target, skill, seed):
    random = np.random.default_rng(seed)
    logits = random.normal(size=(len(target), 5)) + skill * np.eye(5)[target]
    turned = (
        logits[None] + 0.3 * random.normal(size=(4, len(target), 5)) * np.array([0, 1, 1, 1])[:, None, None]
    )
    probs = np.exp(turned)
    return probs / probs.sum(axis=2, keepdims=True)


@pytest.fixture
def fundus():
    recipe = load_recipe("dr5")
    pair = recipe.pair.model_copy(update={"name": "tiny"})
    return recipe.model_copy(update={"pair": pair, "ablation": AblationRecipe(student=recipe.student)})


@pytest.fixture
def runs(tmp_path):
    """Three seeds of the plain arm and of two others; ``kd`` is better, ``cbam`` is the plain one again."""
    target = np.repeat(np.arange(5), 24)
    groups = [f"g{row // 2}" for row in range(len(target))]
    for seed in range(3):
        for arm, skill, offset in (("plain", 1.0, 0), ("kd", 2.5, 10), ("cbam", 1.0, 0)):
            folder = tmp_path / "tiny-ablation" / f"{arm}-{seed}"
            write_run(folder, draw_answers(target, skill, seed + offset), target, groups)
    return tmp_path


def test_figures_are_those_of_scikit_learn_averaged_over_seeds(fundus, runs):
    report = report_ablation(fundus, runs, resamples=50)
    target = np.repeat(np.arange(5), 24)
    expected: dict[str, list[float]] = {}
    for seed in range(3):
        probs = draw_answers(target, 2.5, seed + 10)
        called = probs[0].argmax(1)
        for name, value in {
            "accuracy": accuracy_score(target, called),
            "macro_f1": f1_score(target, called, average="macro"),
            "quadratic_kappa": cohen_kappa_score(target, called, weights="quadratic"),
            "roc_auc": roc_auc_score(target >= 2, probs[0][:, 2:].sum(1)),
            "recall_mild": recall_score(target, called, labels=[1], average="macro"),
            "flip_rate": (probs.argmax(2)[1:] != called).any(0).mean(),
        }.items():
            expected.setdefault(name, []).append(float(value))
    for name, values in expected.items():
        figure = report.arms["kd"].figures[name]
        assert figure.by_seed == pytest.approx(values), name
        assert figure.value == pytest.approx(np.mean(values)), name
        assert figure.low <= figure.value <= figure.high
    assert (report.n, report.groups) == (120, 60)


def test_differences_are_paired(fundus, runs):
    report = report_ablation(fundus, runs, resamples=200)
    same = report.arms["cbam"].minus["accuracy"]
    assert (same.value, same.low, same.high) == (0, 0, 0)
    better = report.arms["kd"].minus["accuracy"]
    figures = [report.arms[name].figures["accuracy"].value for name in ("kd", "plain")]
    assert better.value == pytest.approx(figures[0] - figures[1])
    assert better.low > 0
    assert not report.arms["plain"].minus
    assert report.arms["kd"].against == "plain"


def test_limits_know_of_seeds_that_disagree(fundus, tmp_path):
    target = np.repeat(np.arange(5), 24)
    widths = []
    for name, skills in (("alike", (1.5, 1.5, 1.5)), ("apart", (0.0, 1.5, 4.0))):
        for seed, skill in enumerate(skills):
            write_run(
                tmp_path / name / "tiny-ablation" / f"plain-{seed}",
                draw_answers(target, skill, 0),
                target,
                [str(row) for row in range(120)],
            )
        figure = report_ablation(fundus, tmp_path / name, resamples=300).arms["plain"].figures["accuracy"]
        widths.append(figure.high - figure.low)
    assert widths[1] > 2 * widths[0]


def test_what_is_not_finished_yet_is_left_out(fundus, runs):
    folder = runs / "tiny-ablation"
    (folder / "plain-2" / "result.json").unlink()
    (folder / "cbam-0" / TEST_NAME).unlink()
    report = report_ablation(fundus, runs, resamples=20)
    assert report.arms["plain"].seeds == (0, 1)
    assert report.arms["kd"].seeds == (0, 1, 2)
    assert len(report.arms["kd"].minus["accuracy"].by_seed) == 2
    assert len(report.arms["cbam"].minus["accuracy"].by_seed) == 1


def test_report_is_written_and_its_figures_can_be_printed(fundus, runs):
    report = report_ablation(fundus, runs, resamples=20)
    stored = json.loads((runs / "tiny-ablation" / REPORT_NAME).read_text())
    assert stored == report.model_dump(mode="json")
    interval = as_interval(report.arms["kd"].figures["accuracy"], report)
    assert (interval.n, interval.level) == (120, 0.95)


def test_runs_that_do_not_belong_together_are_refused(fundus, runs, tmp_path):
    with pytest.raises(DataError, match="no arm is trained yet"):
        report_ablation(fundus, tmp_path / "nowhere")
    target = np.repeat(np.arange(5), 24)
    groups = [f"g{row // 2}" for row in range(120)]
    write_run(runs / "tiny-ablation" / "all-0", draw_answers(target, 1, 0), target, groups, split="other")
    with pytest.raises(DataError, match="different splits"):
        report_ablation(fundus, runs)
    write_run(runs / "tiny-ablation" / "all-1", draw_answers(target[:60], 1, 0), target[:60], groups[:60])
    with pytest.raises(DataError, match=r"all-1.*other test cases"):
        report_ablation(fundus, runs)
