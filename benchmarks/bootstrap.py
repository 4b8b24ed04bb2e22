"""What limits by resampling cost, beside a loop over scikit-learn: ``python -m benchmarks.bootstrap``.

ROC-AUC, ECE, sensitivity and specificity on 2,000 resamples of 10,000 simulated cases, one thread. The loop
runs fewer resamples in the same rounds, taking turns (A-B-A-B), and its time is multiplied up to 2,000, which
is fair as every turn of a loop costs the same. Both draw the same resamples and the printed difference of
their values says that both compute the same figures. Prints one JSON object; seconds are of this machine,
only the ratios can be compared.
"""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve
from sklearn.metrics import recall_score, roc_auc_score
from threadpoolctl import threadpool_limits

from core.evaluation.report import BINARY
from core.evaluation.resampling import resample_groups, resample_metrics
from core.latency import measure_interleaved, read_machine_load
from core.metrics.ece import BINS
from core.types import LatencyReport

CASES, RESAMPLES, OF_LOOP, ROUNDS = 10_000, 2_000, 50, 7
FIGURES = ("roc_auc", "ece", "sensitivity", "specificity")
THRESHOLD = 0.3


def main() -> None:
    prob, truth = simulate()
    groupings = np.arange(CASES), np.random.default_rng(1).integers(0, CASES // 2, CASES)
    with threadpool_limits(limits=1):
        result = {f"{len(np.unique(groups)):,} groups": compare(prob, truth, groups) for groups in groupings}
    sizes = {"cases": CASES, "resamples": RESAMPLES, "resamples timed of the loop": OF_LOOP, "rounds": ROUNDS}
    print(json.dumps({**sizes, "load_per_core": read_machine_load(), **result}, indent=1))


def simulate() -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Calibrated probabilities, two in ten cases positive."""
    generator = np.random.default_rng(0)
    prob = generator.beta(0.6, 2.4, CASES)
    return prob, generator.random(CASES) < prob


def compare(
    prob: NDArray[np.float64], truth: NDArray[np.bool_], groups: NDArray[np.int64]
) -> dict[str, object]:
    """Seconds of both ways, their ratio, and how far their values are apart."""

    def ours(names: tuple[str, ...] = FIGURES) -> dict[str, NDArray[np.float64]]:
        return resample_metrics(names, prob, truth, groups, threshold=THRESHOLD, resamples=RESAMPLES)

    def loop() -> NDArray[np.float64]:
        drawn = resample_groups(groups, truth, resamples=OF_LOOP, seed=0)
        return np.array([with_scikit_learn(prob[chosen], truth[chosen]) for chosen in drawn])

    values = np.stack([ours()[name][:OF_LOOP] for name in FIGURES], axis=1)
    reports = measure_interleaved(
        {"ours": ours, "loop": loop, "report": lambda: ours(BINARY)}, threads=1, n=ROUNDS, warmup=1
    )
    times = RESAMPLES / OF_LOOP
    return {
        "seconds": in_seconds(reports["ours"]),
        f"seconds of all {len(BINARY)} figures of a report": in_seconds(reports["report"]),
        "seconds of the loop, extrapolated": in_seconds(reports["loop"], times),
        "ratio of medians": round(reports["loop"].median_ms * times / reports["ours"].median_ms, 1),
        "noisy": [label for label, report in reports.items() if report.noisy],
        "largest difference of a value": float(np.abs(values - loop()).max()),
    }


def with_scikit_learn(prob: NDArray[np.float64], truth: NDArray[np.bool_]) -> list[float]:
    """The four figures; scikit-learn has no ECE, its calibration curve has all but the sizes of the bins."""
    flagged = prob >= THRESHOLD
    shares, means = calibration_curve(truth, prob, n_bins=BINS)
    sizes = np.histogram(prob, BINS, (0, 1))[0]
    return [
        roc_auc_score(truth, prob),
        float(np.abs(shares - means) @ sizes[sizes > 0] / prob.size),
        recall_score(truth, flagged),
        recall_score(truth, flagged, pos_label=False),
    ]


def in_seconds(report: LatencyReport, times: float = 1) -> dict[str, float]:
    """Median, smallest and largest of the rounds."""
    parts = {"median": report.median_ms, "min": report.min_ms, "max": report.max_ms}
    return {title: round(value * times / 1000, 3) for title, value in parts.items()}


if __name__ == "__main__":
    main()
