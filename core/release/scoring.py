"""Probabilities and figures of several networks on one list of samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation.report import evaluate_role
from core.predict import compute_positive_prob
from core.types import Interval, OperatingPoint, Role, Sample


def tabulate(
    samples: Sequence[Sample],
    probs: NDArray[np.float64],
    *,
    role: Role,
    split: str,
    classes: tuple[str, ...],
    positives: tuple[str, ...],
) -> pd.DataFrame:
    """One row per sample in the columns of :meth:`core.bundle.Pair.predictions`.

    Args:
        probs: (N, C) float64 after temperature, in the samples' order.
        split: what the samples were to the pair: ``"val"``, ``"test"`` or ``"external"``.
    """
    fields = sorted({key for sample in samples for key in sample.metadata})
    table = pd.DataFrame(
        {
            "dataset": [sample.source for sample in samples],
            "split": split,
            "image_id": [sample.image_id for sample in samples],
            "group": [sample.group for sample in samples],
            "target": [sample.label for sample in samples],
            "role": role,
            **{f"prob_{code}": probs[:, column] for column, code in enumerate(classes)},
            "positive_prob": compute_positive_prob(probs, classes, positives),
            **{key: [sample.metadata.get(key, "") for sample in samples] for key in fields},
        }
    )
    return table


def join_tables(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables one below the other; metadata that a data set does not publish is the empty string."""
    return pd.concat(tables, ignore_index=True).fillna("")


def evaluate_table(
    table: pd.DataFrame,
    operating_points: Mapping[Role, OperatingPoint],
    *,
    classes: tuple[str, ...],
    positives: tuple[str, ...],
) -> dict[Role, dict[str, Interval]]:
    """Every figure of every role in a table of predictions.

    Args:
        table: as :func:`tabulate` makes it, one or more roles.
        operating_points: the threshold of each role that occurs.

    Returns:
        Role to metric name to interval.
    """
    reports: dict[Role, dict[str, Interval]] = {}
    for role, point in operating_points.items():
        rows = table[table["role"] == role]
        reports[role] = evaluate_role(
            rows[[f"prob_{code}" for code in classes]].to_numpy(),
            rows["positive_prob"].to_numpy(),
            rows["target"].to_numpy(),
            rows["group"].to_numpy(),
            point,
            classes=classes,
            positives=positives,
        )
    return reports
