"""What is logged of a training run, whichever store it goes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class TrackedRun:
    """A run as it begins: everything that is known before the first epoch.

    Attributes:
        name: as it is listed, for example ``"melanoma/student"``.
        group: runs that belong together, for example ``"melanoma"``; an experiment of MLflow, a group of W&B.
        stage: which part of the group this run is, for example ``"student"``.
        parameters: the resolved recipe, nested keys joined by dots, for example ``"optimiser.lr"``.
        tags: what the result depends on beside the parameters: commit, split, data, versions of libraries.
    """

    name: str
    group: str
    stage: str
    parameters: Mapping[str, Scalar] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RunOutcome:
    """A run as it ended.

    Attributes:
        metrics: of the whole run, for example ``"best_epoch"``.
        artifacts: file name to content, for example ``"history.jsonl"``.
    """

    metrics: Mapping[str, float] = field(default_factory=dict)
    artifacts: Mapping[str, bytes] = field(default_factory=dict)
