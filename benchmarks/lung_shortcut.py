"""Where in a slice of IQ-OTH/NCCD the class can be read: ``python -m benchmarks.lung_shortcut``.

Set ``TWINLENS_DATA``. The probe of :mod:`benchmarks.lung_leakage`, in folds of whole published groups, is
shown the whole slice, the body's box alone, and everything but that box (the table, the noise of the air, the
edge of the field). Malignancy that can be read off the last is not read off the patient. The last column asks
for benign against normal alone. Prints Markdown.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from benchmarks import lung_leakage
from core.data.base import data_root, load_pixels, read_samples
from core.data.iq_othnccd import NAME
from core.modalities.base import MODALITIES
from core.modalities.body import find_body

AIR = 42
"""Grey of air in the published pictures, put where the body was."""

Pixels = NDArray[np.uint8]


def keep_body(pixels: Pixels) -> Pixels:
    """The box of the body alone."""
    return np.ascontiguousarray(find_body(pixels).crop(pixels))


def blank_body(pixels: Pixels) -> Pixels:
    """The slice with air in the box of the body."""
    box = find_body(pixels)
    blanked = pixels.copy()
    blanked[box.top : box.top + box.height, box.left : box.left + box.width] = AIR
    return blanked


PARTS: dict[str, Callable[[Pixels], Pixels]] = {
    "whole slice": lambda pixels: pixels,
    "body's box only": keep_body,
    "all but the body's box": blank_body,
}


def main() -> None:
    root = data_root()
    if root is None:
        sys.exit("TWINLENS_DATA: not set. Set it to the folder of the data sets.")
    samples = read_samples(NAME, root)
    codes = MODALITIES.get("ct").classes
    labels = np.array([codes.index(sample.label) for sample in samples])
    groups = np.unique([sample.group for sample in samples], return_inverse=True)[1]
    weights = list(lung_leakage.draw_weights(groups, labels))
    print(f"{len(samples)} slices, {lung_leakage.FOLDS} folds of whole groups, {lung_leakage.SEEDS} seeds\n")
    print("| the probe sees | balanced accuracy | ROC-AUC of malignancy | ROC-AUC of benign against normal |")
    print("|---|---|---|---|")
    for title, cut in PARTS.items():
        features = lung_leakage.compute_features([cut(load_pixels(sample)) for sample in samples])
        found = [lung_leakage.answer(features, labels, groups, seed) for seed in range(lung_leakage.SEEDS)]
        draws = np.array([score_all(labels, found, weight) for weight in weights])
        value = score_all(labels, found, np.ones(len(labels)))
        print(f"| {title} | " + " | ".join(map(lung_leakage.describe, draws.T, value)) + " |", flush=True)


def score_all(
    labels: NDArray[np.int_], found: list[NDArray[np.float64]], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The three figures, mean over the seeds."""
    mild = labels < 2
    return np.mean(
        [
            (
                *lung_leakage.score(labels, probs, weight),
                roc_auc_score(
                    labels[mild] == 1,
                    probs[mild, 1] / probs[mild, :2].sum(axis=1),
                    sample_weight=weight[mild],
                ),
            )
            for probs in found
        ],
        axis=0,
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
