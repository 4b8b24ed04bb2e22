from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, recall_score, roc_auc_score

from core.evaluation.positives import pooled_recall, superclass_call
from core.experiments.findings import judge_findings
from core.experiments.measure import CANCER, Resampled
from core.experiments.suite import FindingRecipe, Suite
from core.experiments.tasks import Task

CLASSES = ("mel", "nv", "bcc", "akiec", "bkl", "df", "vasc")
TARGET = np.arange(140) % 7


def probs(seed: int, skill: float = 1.0) -> np.ndarray:
    random = np.random.default_rng(seed)
    logits = random.normal(size=(len(TARGET), 7)) + skill * np.eye(7)[TARGET]
    shares = np.exp(logits)
    return shares / shares.sum(axis=1, keepdims=True)


def resampled(**runs: float) -> Resampled:
    """Runs "e<number>_<seed>" of so much skill."""
    found = Resampled(TARGET, CLASSES, resamples=60)
    for name, skill in runs.items():
        number, seed = (int(part) for part in name.removeprefix("e").split("_"))
        found.add(Task(number, seed), probs(100 * number + seed, skill))
    return found


def test_figures_are_those_of_scikit_learn_and_of_the_projects_own_definitions() -> None:
    found, said = resampled(e1_0=1.0), probs(100)
    called, member = said.argmax(axis=1), np.isin(CLASSES, CANCER)
    value = {name: draws[0] for name, draws in found.runs[Task(1, 0)].items()}
    assert value["auc"] == pytest.approx(roc_auc_score(TARGET, said, multi_class="ovr", average="macro"))
    assert value["melanoma_auc"] == pytest.approx(roc_auc_score(TARGET == 0, said[:, 0]))
    assert value["melanoma_recall"] == pytest.approx(recall_score(TARGET == 0, called == 0))
    assert value["accuracy"] == pytest.approx(accuracy_score(TARGET, called))
    assert value["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(TARGET, called))
    assert value["cancer_pooled"] == pytest.approx(pooled_recall(said, TARGET, member))
    assert value["cancer_superclass"] == pytest.approx(superclass_call(said, TARGET, member))
    assert value["cancer_superclass"] > value["cancer_pooled"]


def test_a_figure_is_the_mean_over_seeds_and_names_them() -> None:
    found = resampled(e1_0=1.0, e1_1=2.0)
    figure = found.figure("accuracy", 1)
    assert figure.interval.value == pytest.approx(np.mean(figure.by_seed))
    assert figure.interval.low <= figure.interval.value <= figure.interval.high
    assert figure.interval.n == len(TARGET) and "2 seeds" in figure.interval.method


def test_limits_widen_where_seeds_differ() -> None:
    alike, apart = resampled(e1_0=1.0, e1_1=1.0), resampled(e1_0=0.2, e1_1=3.0)

    def width(found: Resampled) -> float:
        interval = found.figure("accuracy", 1).interval
        return interval.high - interval.low

    assert width(apart) > 2 * width(alike)


def test_an_experiment_minus_itself_is_nothing() -> None:
    found = resampled(e1_0=1.0, e1_1=1.0)
    interval, seeds = found.difference("auc", 1, 1)
    assert (interval.value, interval.low, interval.high, seeds) == (0, 0, 0, 2)


def test_only_shared_seeds_are_compared() -> None:
    found = resampled(e1_0=1.0, e1_1=1.0, e2_1=1.0, e3_5=1.0)
    assert found.difference("auc", 1, 2)[1] == 1
    with pytest.raises(ValueError, match="share no seed"):
        found.difference("auc", 1, 3)


def suite_with(suite: Suite, *findings: dict[str, object]) -> Suite:
    recipes = tuple(FindingRecipe.model_validate({"words": "Said", **finding}) for finding in findings)
    return suite.model_copy(update={"findings": recipes})


@pytest.mark.parametrize(
    ("skills", "state"),
    [
        ({"e1_0": 0.5, "e1_1": 0.5, "e2_0": 3.0, "e2_1": 3.0}, "reproduced"),
        ({"e1_0": 3.0, "e1_1": 3.0, "e2_0": 0.5, "e2_1": 0.5}, "contradicted"),
        ({"e1_0": 1.0, "e1_1": 1.0, "e2_0": 1.0, "e2_1": 1.0}, "undecided"),
        ({"e1_0": 0.5, "e2_0": 3.0}, "undecided"),  # one seed says nothing of another
    ],
)
def test_a_difference_is_judged_by_its_limits(suite: Suite, skills: dict[str, float], state: str) -> None:
    (finding,) = judge_findings(suite, resampled(**skills))
    assert finding.state == state and finding.difference is not None
    assert f"{finding.difference.value:+.3f}" in finding.working and "run 2 (Normalised)" in finding.working


def test_ranks_and_champions_are_judged_over_resamples(suite: Suite) -> None:
    asked = suite_with(
        suite,
        {"id": "worst", "metric": "auc", "kind": "near_worst", "of": 1},
        {"id": "two", "metric": "auc", "kind": "other_champion", "other_metric": "accuracy"},
    )
    found = resampled(e1_0=0.0, e2_0=4.0, e3_0=0.5, e4_0=9.0)
    worst, two = judge_findings(asked, found)
    assert worst.state == "reproduced" and "rank 3 of 3" in worst.working  # run 4 is ours and not ranked
    assert two.state == "contradicted" and "run 2 (Normalised)" in two.working


def test_what_is_not_run_is_not_judged(suite: Suite) -> None:
    assert judge_findings(suite, resampled(e1_0=1.0)) == ()
    asked = suite_with(suite, {"id": "worst", "metric": "auc", "kind": "near_worst", "of": 1})
    assert judge_findings(asked, resampled(e1_0=1.0, e2_0=1.0)) == ()
