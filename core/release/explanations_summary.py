"""Findings case by case into figures with limits: medians by bootstrap, shares by Wilson, groups as units."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.card import IntervalEntry
from core.evaluation.intervals import proportion_interval
from core.evaluation.medians import median_interval
from core.explanation_card import (
    AgreedCase,
    AgreementFigures,
    FaithfulnessFigures,
    LearnedFigures,
    LocalisationFigures,
    round_entry,
    round_number,
)
from core.release.explanations_log import Job, Kind, Values
from core.types import ROLES, Role, Sample

Findings = Mapping[Job, Values]
Samples = Mapping[tuple[str, str], Sample]
"""(data set, image id) to sample."""

Figures = TypeVar("Figures")


@dataclass(frozen=True)
class Column:
    """Findings of one kind, data set, role and method: one entry a case, in the order of their ids."""

    ids: Sequence[str] = ()
    values: Sequence[Values] = ()
    groups: Sequence[str] = ()

    def numbers(self, name: str) -> NDArray[np.float64]:
        """(N,) one number a case; NaN where there is nothing to measure."""
        found = [entry[name] for entry in self.values]
        return np.array([np.nan if value is None else float(value) for value in found], dtype=np.float64)

    def median(self, name: str) -> IntervalEntry:
        """Over the cases that have the number."""
        return round_entry(median_interval(self.numbers(name), self.groups))

    def share(self, name: str) -> IntervalEntry:
        """Of yes among the cases that have an answer."""
        found = self.numbers(name)
        return round_entry(proportion_interval(found == 1, np.isfinite(found), self.groups))


def summarise_faithfulness(
    findings: Findings, samples: Samples
) -> dict[str, dict[Role, dict[str, FaithfulnessFigures]]]:
    """Data set to role to method to figures."""
    stable = _columns(findings, samples, "stable")

    def figures(key: _Key, column: Column) -> FaithfulnessFigures:
        return FaithfulnessFigures(
            deletion_auc=column.median("deletion_auc"),
            insertion_auc=column.median("insertion_auc"),
            gap=column.median("gap"),
            random_auc=column.median("random_auc"),
            random_gap=column.median("random_gap"),
            above_random=column.share("above_random"),
            below_random=column.share("below_random"),
            flat=column.share("flat"),
            stability=stable.get(key, Column()).median("rank"),
            without_evidence=column.share("without_evidence"),
        )

    return _nest(_columns(findings, samples, "faithful"), figures)


def summarise_localisation(
    findings: Findings, samples: Samples
) -> dict[str, dict[Role, dict[str, LocalisationFigures]]]:
    """Data set to role to method to figures."""

    def figures(key: _Key, column: Column) -> LocalisationFigures:
        return LocalisationFigures(
            hit=column.share("hit"),
            centre=column.share("centre"),
            energy=column.median("energy"),
            area=column.median("area"),
            above_area=column.median("above_area"),
            without_evidence=column.share("without_evidence"),
        )

    return _nest(_columns(findings, samples, "localise"), figures)


def summarise_learned(findings: Findings, samples: Samples) -> dict[Role, dict[str, LearnedFigures]]:
    """Role to method to figures, over the data sets together."""
    nested = _nest(
        _columns(findings, samples, "learned"),
        lambda key, column: LearnedFigures(head=column.median("head"), all=column.median("all")),
    )
    found: dict[Role, dict[str, LearnedFigures]] = {}
    for roles in nested.values():
        for role, methods in roles.items():
            found.setdefault(role, {}).update(methods)
    return found


def summarise_agreement(findings: Findings, samples: Samples) -> dict[str, AgreementFigures]:
    """Data set to figures, its cases in the order of their ids."""
    found = {}
    for (dataset, _, method), column in _columns(findings, samples, "agree").items():
        found[dataset] = AgreementFigures(
            method=method,
            rank=column.median("rank"),
            overlap=column.median("overlap"),
            chance_overlap=column.median("chance_overlap").value,
            ssim=column.median("ssim"),
            distance=column.median("distance"),
            same_call=column.share("same_call"),
            cases=tuple(
                _agreed(samples[dataset, image_id], values)
                for image_id, values in zip(column.ids, column.values, strict=True)
            ),
        )
    return found


_Key = tuple[str, Role, str]


def _agreed(sample: Sample, values: Values) -> AgreedCase:
    numbers = {
        name: None if values[name] is None else round_number(float(values[name] or 0.0))
        for name in ("rank", "overlap", "ssim", "distance")
    }
    return AgreedCase(
        image_id=sample.image_id,
        group=sample.group,
        label=sample.label,
        called={"teacher": str(values["teacher"]), "student": str(values["student"])},
        **numbers,
    )


def _columns(findings: Findings, samples: Samples, kind: Kind) -> dict[_Key, Column]:
    jobs = sorted((job for job in findings if job.kind == kind), key=lambda job: job.image_id)
    chosen: dict[_Key, list[Job]] = {}
    for job in jobs:
        chosen.setdefault((job.dataset, job.role, job.method), []).append(job)
    return {
        key: Column(
            [job.image_id for job in of_key],
            [findings[job] for job in of_key],
            [samples[job.dataset, job.image_id].group for job in of_key],
        )
        for key, of_key in chosen.items()
    }


def _nest(
    columns: Mapping[_Key, Column], figures: Callable[[_Key, Column], Figures]
) -> dict[str, dict[Role, dict[str, Figures]]]:
    """Data sets and methods by name, roles in their usual order."""
    nested: dict[str, dict[Role, dict[str, Figures]]] = {}
    for key in sorted(columns, key=lambda key: (key[0], ROLES.index(key[1]), key[2])):
        dataset, role, method = key
        nested.setdefault(dataset, {}).setdefault(role, {})[method] = figures(key, columns[key])
    return nested
