"""What an ablation found, as it lies in its report; read without torch or the training packages."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict

from core.types import Interval


class FigureOfArm(BaseModel):
    """A figure: mean over the seeds with limits, and the value from each seed, in the order of ``seeds``."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="null")

    value: float | None
    low: float | None
    high: float | None
    by_seed: tuple[float | None, ...]


class ArmReport(BaseModel):
    """One arm.

    Attributes:
        title: for headings.
        against: the arm it is compared with; None for the plain one.
        seeds: of the finished runs.
        figures: by name.
        minus: this arm minus ``against`` on the seeds both have, paired by case and seed; empty where there
            are none.
        seconds: mean training time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    against: str | None
    seeds: tuple[int, ...]
    figures: dict[str, FigureOfArm]
    minus: dict[str, FigureOfArm]
    seconds: float


class AblationReport(BaseModel):
    """All finished arms.

    Attributes:
        preset: name.
        split_sha256: of the split.
        n, groups: test cases, and groups of copies among them.
        level, resamples: of the limits.
        student: recipe of the whole student.
        arms: by name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    preset: str
    split_sha256: str
    n: int
    groups: int
    level: float
    resamples: int
    student: dict[str, object]
    arms: dict[str, ArmReport]


def as_interval(figure: FigureOfArm, report: AblationReport) -> Interval:
    """A figure as the record that tables print."""
    value, low, high = (
        np.nan if entry is None else entry for entry in (figure.value, figure.low, figure.high)
    )
    method = f"bootstrap of groups and seeds, {report.resamples}"
    return Interval(value, low, high, report.level, report.n, method)
