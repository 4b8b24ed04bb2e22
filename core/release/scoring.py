"""Probabilities and figures of several networks on one list of samples, or on all held-out sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.card import IntervalEntry, ReportEntry
from core.data.base import DATASETS
from core.evaluation.report import evaluate_role
from core.modalities.base import Modality
from core.predict import compute_positive_prob
from core.types import Interval, OperatingPoint, Role, Sample, Scale

KINDS: Mapping[str, str] = {
    "test": "held-out test part",
    "external": "external, never used in training",
}
"""What a split is called in the title of a report."""


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
    scale: Scale = "nominal",
) -> dict[Role, dict[str, Interval]]:
    """Every figure of every role in a table of predictions.

    Args:
        table: as :func:`tabulate` makes it, one or more roles.
        operating_points: the threshold of each role that occurs.
        scale: of the modality; grades have figures of their own.

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
            scale=scale,
        )
    return reports


def build_reports(
    predictions: pd.DataFrame,
    operating_points: Mapping[Role, OperatingPoint],
    modality: Modality,
    *,
    titles: Mapping[str, str] | None = None,
) -> dict[str, ReportEntry]:
    """The reports of a card: every figure of every role on every held-out set.

    Args:
        predictions: as :meth:`core.bundle.Pair.predictions` gives them; validation cases are left out.
        operating_points: the threshold of each role.
        modality: classes, positives and scale.
        titles: data set to the title of its report; a set without one is called by its reader's.

    Returns:
        Name of a data set to its report, in the order of the names.

    Raises:
        ConfigError: a data set has neither a title nor a reader.
    """
    given = titles or {}
    reports: dict[str, ReportEntry] = {}
    held_out = predictions[predictions["split"] != "val"]
    for (name, split), rows in held_out.groupby(["dataset", "split"]):
        dataset = str(name)
        figures = evaluate_table(
            rows,
            operating_points,
            classes=modality.classes,
            positives=modality.positives,
            scale=modality.scale,
        )
        first = rows[rows["role"] == "teacher"]
        reports[dataset] = ReportEntry(
            title=given.get(dataset) or f"{DATASETS.get(dataset).title}, {KINDS[str(split)]}",
            n=len(first),
            positives=int(first["target"].isin(modality.positives).sum()),
            metrics={
                role: {metric: IntervalEntry.of(value) for metric, value in found.items()}
                for role, found in figures.items()
            },
        )
    return reports
