"""The held-out cases that ship with a pair, as arrays aligned over the roles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from core.bundle import PREDICTIONS_NAME, Pair
from core.errors import BundleError, ConfigError
from core.evaluation.decision_curve import rebase
from core.types import ROLES, HeldOut

if TYPE_CHECKING:
    import pandas as pd

_REPORTED = ("test", "external")


def list_held_out(pair: Pair) -> tuple[str, ...]:
    """Names of the data sets that figures may be reported on, the largest first.

    Raises:
        BundleError: the pair ships no held-out predictions.
    """
    table = _read(pair)
    reported = table[table["split"].isin(_REPORTED) & (table["role"] == "teacher")]
    return tuple(reported["dataset"].value_counts().index)


def load_held_out(pair: Pair, dataset: str, *, positives: tuple[str, ...] | None = None) -> HeldOut:
    """Cases of one data set that neither trained a network nor chose a threshold.

    Args:
        pair: the loaded pair.
        dataset: one of :func:`list_held_out`.
        positives: class codes that count as positive; None takes the card's.

    Raises:
        BundleError: the pair ships no held-out predictions, or they are not the same cases for every role.
        ConfigError: no such data set, or the positives are none, all, or not classes of the pair.
    """
    names = list_held_out(pair)
    if dataset not in names:
        raise ConfigError(
            dataset,
            f"pair {pair.card.pair} has no held-out cases of that name",
            f"The choices are {', '.join(names)}",
        )
    table = _read(pair)
    rows = table[(table["dataset"] == dataset) & table["split"].isin(_REPORTED)]
    report = pair.card.reports.get(dataset)
    return _align(pair, rows, report.title if report else dataset, dataset, positives)


def load_validation(pair: Pair, *, positives: tuple[str, ...] | None = None) -> HeldOut:
    """The cases on which thresholds and calibration maps are chosen, of all data sets together.

    Arguments and errors as in :func:`load_held_out`.
    """
    table = _read(pair)
    rows = table[table["split"] == "val"]
    names = list(dict.fromkeys(rows["dataset"]))
    return _align(pair, rows, "validation cases", names[0] if len(names) == 1 else "all", positives)


def rebase_held_out(cases: HeldOut, *, measured_at: float, prevalence: float) -> HeldOut:
    """The same cases with positive probabilities as they would be at another prevalence.

    Args:
        cases: any; class probabilities stay as they are.
        measured_at: share of positives among the cases on which the probabilities are calibrated, in (0, 1).
        prevalence: the one to move to, in (0, 1).

    Raises:
        ValueError, source: see :func:`core.evaluation.decision_curve.rebase`.
    """
    moved = {
        role: rebase(prob, measured_at=measured_at, prevalence=prevalence)
        for role, prob in cases.positive_prob.items()
    }
    return replace(cases, positive_prob=moved)


def _read(pair: Pair) -> pd.DataFrame:
    if PREDICTIONS_NAME not in pair.card.files:
        raise BundleError(
            f"{pair.card.pair}/{PREDICTIONS_NAME}",
            "this pair ships no held-out predictions, so nothing can be measured",
            "Choose another pair, or save this one again: python -m core save --help",
        )
    return pair.predictions()


def _align(
    pair: Pair, rows: pd.DataFrame, title: str, dataset: str, positives: tuple[str, ...] | None
) -> HeldOut:
    card = pair.card
    chosen = _check_positives(pair, positives)
    if rows.empty:
        raise BundleError(
            f"{card.pair}/{PREDICTIONS_NAME}",
            f"it holds no {title}",
            "Save the pair again: python -m core save --help",
        )
    parts = {role: rows[rows["role"] == role] for role in ROLES if (rows["role"] == role).any()}
    keys = {role: list(zip(part["dataset"], part["image_id"], strict=True)) for role, part in parts.items()}
    if any(found != keys.get("teacher") for found in keys.values()):
        raise BundleError(
            f"{card.pair}/{PREDICTIONS_NAME}",
            f"{title}: the roles do not have the same cases in the same order",
            "Save the pair again",
        )
    first = parts["teacher"]
    columns = [f"prob_{code}" for code in card.classes]
    probs = {role: part[columns].to_numpy(np.float64) for role, part in parts.items()}
    member = np.isin(np.asarray(card.classes), chosen)
    own = set(chosen) == set(card.positives)
    known = {"dataset", "split", "image_id", "group", "target", "role", "positive_prob", *columns}
    split = str(first["split"].iloc[0])
    target = first["target"].to_numpy(dtype=str)
    return HeldOut(
        title=title,
        dataset=dataset,
        split=cast(Literal["val", "test", "external"], split),
        classes=card.classes,
        positives=chosen,
        image_ids=first["image_id"].to_numpy(dtype=str),
        groups=first["group"].to_numpy(dtype=str),
        target=target,
        truth=np.isin(target, chosen),
        probs=probs,
        positive_prob={
            role: part["positive_prob"].to_numpy(np.float64)
            if own
            else np.clip(probs[role][:, member].sum(axis=1), 0.0, 1.0)
            for role, part in parts.items()
        },
        metadata={name: first[name].to_numpy(dtype=str) for name in first.columns if name not in known},
    )


def _check_positives(pair: Pair, positives: tuple[str, ...] | None) -> tuple[str, ...]:
    classes = pair.card.classes
    chosen = pair.card.positives if positives is None else tuple(c for c in classes if c in positives)
    unknown = set(positives or ()) - set(classes)
    if unknown or not 0 < len(chosen) < len(classes):
        raise ConfigError(
            "positives",
            f"{', '.join(positives or ()) or 'nothing'} is not some, and not all, of the pair's classes",
            f"Choose from {', '.join(classes)}",
        )
    return chosen
