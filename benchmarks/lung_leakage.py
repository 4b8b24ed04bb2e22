"""What near copies are worth on IQ-OTH/NCCD: ``TWINLENS_DATA=FOLDER python -m benchmarks.lung_leakage``.

A linear probe (balanced logistic regression on standardised features of an ImageNet MobileNetV2 that never
saw a chest) answers for every slice in five-fold cross-validation, once with folds of single slices, as
publications divide them, and once with folds of whole groups. Nothing is chosen or trained for a shipped
pair here; all slices take part, because what is measured is a property of the set. Limits come from
resampling the published groups, the figure being the mean over the seeds of the folds. Prints Markdown.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.data.base import data_root, load_pixels, read_samples
from core.data.cohort import build_cohort
from core.data.iq_othnccd import NAME
from core.data.near_duplicates import GROUP_BOUND, cluster_hashes, hash_pictures
from core.data.split_table import SplitTable, TableRow
from core.modalities.base import MODALITIES
from core.networks.base import build_network
from core.networks.pretrained import load_pretrained
from core.release.split_audit import audit_table
from core.types import Sample

FOLDS = 5
SEEDS = 5
RESAMPLES = 1000
SIDE = 224
WEIGHTS = "mobilenetv2_100.tf2_coral"


def compute_features(slices: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """(N, 1280) float32 of (H, W, 3) pixels, the mean over the last feature map."""
    network = build_network("mobilenetv2_100", {"normalisation": "half", "pad_type": "same"}, 3).eval()
    load_pretrained(network, WEIGHTS)
    rows = []
    with torch.no_grad():
        for start in range(0, len(slices), 16):
            pictures = [
                Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
                for pixels in slices[start : start + 16]
            ]
            x = torch.from_numpy(np.stack([np.asarray(picture) for picture in pictures]))
            rows.append(network.forward_features(x.permute(0, 3, 1, 2).float() / 255).mean(dim=(2, 3)))
    return torch.cat(rows).numpy()


def answer(
    features: NDArray[np.float32], labels: NDArray[np.int_], groups: NDArray[np.int_] | None, seed: int
) -> NDArray[np.float64]:
    """(N, 3) probabilities, each slice's from the fold that left it out."""
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    probs = np.zeros((len(labels), 3))
    for learnt, left_out in kind(FOLDS, shuffle=True, random_state=seed).split(features, labels, groups):
        probe = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=3000))
        probe.fit(features[learnt], labels[learnt])
        probs[left_out] = probe.predict_proba(features[left_out])
    return probs


def score(
    labels: NDArray[np.int_], probs: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[float, float]:
    """Balanced accuracy and the ROC-AUC of malignancy, slices weighted."""
    right = probs.argmax(axis=1) == labels
    recalls = [np.average(right[labels == c], weights=weight[labels == c]) for c in range(3)]
    return float(np.mean(recalls)), float(roc_auc_score(labels == 2, probs[:, 2], sample_weight=weight))


def draw_weights(groups: NDArray[np.int_], labels: NDArray[np.int_]) -> Iterator[NDArray[np.float64]]:
    """How often each slice is drawn when whole groups are resampled; draws without a class do not count."""
    names, place = np.unique(groups, return_inverse=True)
    rng = np.random.default_rng(0)
    kept = 0
    while kept < RESAMPLES:
        weight = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))[place].astype(
            float
        )
        if all(weight[labels == c].sum() for c in range(3)):
            kept += 1
            yield weight


def describe(draws: NDArray[np.float64], value: float) -> str:
    low, high = np.percentile(draws, [2.5, 97.5])
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def print_probe(samples: Sequence[Sample]) -> None:
    codes = MODALITIES.get("ct").classes
    labels = np.array([codes.index(sample.label) for sample in samples])
    published = np.unique([sample.group for sample in samples], return_inverse=True)[1]
    own = cluster_hashes(hash_pictures(map(load_pixels, samples)), GROUP_BOUND)
    features = compute_features([load_pixels(sample) for sample in samples])
    arms = {"slice by slice": None, "published groups": published, "our own groups": own}
    probs = {
        arm: [answer(features, labels, groups, seed) for seed in range(SEEDS)] for arm, groups in arms.items()
    }

    def figures(weight: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array(
            [
                np.mean([score(labels, found, weight) for found in by_seed], axis=0)
                for by_seed in probs.values()
            ]
        )

    value = figures(np.ones(len(labels)))
    draws = np.stack([figures(weight) for weight in draw_weights(published, labels)])
    print(f"\n{len(samples)} slices, {FOLDS} folds, {SEEDS} seeds; features of {WEIGHTS}; limits by group\n")
    print("| folds of | groups | balanced accuracy | seeds | ROC-AUC of malignancy | seeds |")
    print("|---|---|---|---|---|---|")
    for row, (arm, by_seed) in enumerate(probs.items()):
        single = np.array([score(labels, found, np.ones(len(labels))) for found in by_seed])
        spread = [f"{single[:, c].min():.3f} to {single[:, c].max():.3f}" for c in (0, 1)]
        cells = [describe(draws[:, row, c], value[row, c]) for c in (0, 1)]
        count = len(labels) if arms[arm] is None else len(np.unique(arms[arm]))
        print(f"| {arm} | {count} | {cells[0]} | {spread[0]} | {cells[1]} | {spread[1]} |")
    gain = [describe(draws[:, 0, c] - draws[:, 1, c], value[0, c] - value[1, c]) for c in (0, 1)]
    print(f"| slice by slice minus published groups | | {gain[0]} | | {gain[1]} | |")


def print_audit(root: Path, samples: Sequence[Sample]) -> None:
    """Share of test slices with a partner in training or validation, divided 70/15/15 with seed 0."""
    group = {sample.image_id: sample.group for sample in samples}
    print(
        "\n| divided | test slices | same group | same bytes | look alike | any |\n|---|---|---|---|---|---|"
    )
    for title, grouping in (("slice by slice", "ignored"), ("by published group", "by_group")):
        cohort = build_cohort([NAME], root, grouping=grouping)
        rows = tuple(
            TableRow(s.image_id, Path(s.location), split, s.label, {"group": group[s.image_id]})
            for split, part in cohort.samples.items()
            for s in part
        )
        found = audit_table(SplitTable({"path": "image", "split": "split"}, rows))
        shares = [report.touched["test"] for report in found.checks if report.check != "pixels"]
        cells = [f"{s.value:.1%} ({s.low:.1%} to {s.high:.1%})" for s in (*shares, found.touched["test"])]
        print(f"| {title} | {found.splits['test']} | " + " | ".join(cells) + " |")


def main() -> None:
    root = data_root()
    if root is None:
        sys.exit("TWINLENS_DATA: not set. Set it to the folder of the data sets.")
    samples = read_samples(NAME, root)
    print_audit(root, samples)
    print_probe(samples)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
