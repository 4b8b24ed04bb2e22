"""How far a network in 8 bits is from the float one it was made from, on one set of cases."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.bundle import Pair
from core.card import Int8Allowance, IntervalEntry
from core.evaluation.delong import compare_auc
from core.evaluation.intervals import proportion_interval
from core.int8_card import FlippedCase, Int8Drift
from core.predict import compute_positive_prob, compute_probs
from core.types import Role, Sample

DIGITS = 6


def measure_drift(
    pair: Pair,
    role: Role,
    samples: Sequence[Sample],
    logits: tuple[NDArray[np.floating], NDArray[np.floating]],
    *,
    title: str,
) -> Int8Drift:
    """Compare probabilities, decisions at the card's operating point, and ROC-AUC.

    Args:
        pair, role: for temperature, threshold and classes, which both networks share.
        samples: N cases.
        logits: (N, C) of the float network, and of the one in 8 bits.
        title: of the set.
    """
    threshold = pair.operating_point(role).threshold
    before, after = (compute_probs(each, pair.network(role).temperature) for each in logits)
    first, second = (
        compute_positive_prob(probs, pair.card.classes, pair.card.positives) for probs in (before, after)
    )
    flips = (first >= threshold) != (second >= threshold)
    groups = [sample.group for sample in samples]
    truth = np.array([sample.label in pair.card.positives for sample in samples])
    everyone, moved = np.ones(len(samples), dtype=bool), np.abs(first - second)
    return Int8Drift(
        title=title,
        n=len(samples),
        threshold=threshold,
        flips=IntervalEntry.of(proportion_interval(flips, everyone, groups)),
        calls=IntervalEntry.of(
            proportion_interval(before.argmax(axis=1) != after.argmax(axis=1), everyone, groups)
        ),
        mean=round(float(moved.mean()), DIGITS),
        p95=round(float(np.percentile(moved, 95)), DIGITS),
        largest=round(float(moved.max()), DIGITS),
        auc=IntervalEntry.of(compare_auc(second, first, truth, groups).difference),
        flipped=tuple(
            FlippedCase(
                image_id=samples[place].image_id,
                target=samples[place].label,
                float_prob=round(float(first[place]), DIGITS),
                int8_prob=round(float(second[place]), DIGITS),
            )
            for place in np.flatnonzero(flips)
        ),
    )


def keeps_to(drift: Int8Drift, allowance: Int8Allowance, *, share: float = 1.0) -> bool:
    """Whether flips and lost ROC-AUC are within a share of the allowance; an undefined AUC loses nothing."""
    flips = drift.flips.value or 0.0
    return flips <= allowance.flips * share and -(drift.auc.value or 0.0) <= allowance.auc * share
