"""Whether activation grows with the grade (DR12): Grad-CAM's active area on held-out photographs.

The map is that of the class a network calls the case, as a page shows it. Its active area is a share of the
map and says nothing of how strong the evidence is, so the strength in logits is measured on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from core.bundle import Pair
from core.data.base import load_pixels
from core.errors import ConfigError
from core.evaluation.rank_correlation import spearman_interval
from core.modalities.field_of_view import MEASURED_SIDE, RELATIVE_LEVEL, SURROUND_LEVEL
from core.predict import explain_case, open_network, open_predictor
from core.release.unseen import choose_unseen
from core.types import Case, Heatmap, Interval, Role, Sample

HALF = 0.5
"""A cell is active at or above this share of its own map's peak."""

Verdict = Literal["supported", "contradicted", "cannot_tell"]


@dataclass(frozen=True)
class MapMeasures:
    """What is measured of one map.

    Attributes:
        area: share of cells that are active, in (0, 1]; NaN for a map without evidence.
        evidence: mean over cells of what speaks for the class, in the map's unit; 0 without evidence.
        outside: share of the active cells' area that lies outside the lit disc, in [0, 1]; NaN without
            evidence.
    """

    area: float
    evidence: float
    outside: float


@dataclass(frozen=True)
class GradeMedians:
    """Medians over the photographs of one true grade; NaN where there is none to take one of."""

    code: str
    n: int
    area: float
    evidence: float


@dataclass(frozen=True)
class RoleActivation:
    """What was found of one network.

    Attributes:
        area, evidence: Spearman's correlation of either with the true grade. Maps without evidence have no
            active area and are left out of the first; they count as 0 in the second.
        area_verdict, evidence_verdict: of :func:`judge_growth`.
        without_evidence: maps without evidence.
        cells: (rows, columns) of a map.
        by_grade: medians, the lowest grade first.
        outside: mean share of the active area outside the lit disc; NaN without any map.
        outside_of_frame: mean share of the frame that lies there, which is what chance would give.
    """

    area: Interval
    evidence: Interval
    area_verdict: Verdict
    evidence_verdict: Verdict
    without_evidence: int
    cells: tuple[int, int]
    by_grade: tuple[GradeMedians, ...]
    outside: float
    outside_of_frame: float


def judge_growth(correlation: Interval) -> Verdict:
    """What the limits say of "grows with the grade": above 0, below 0, or neither."""
    if correlation.low > 0:
        return "supported"
    return "contradicted" if correlation.high < 0 else "cannot_tell"


def choose_samples(pair: Pair, *, dataset: str, root: Path, split: str = "test") -> list[Sample]:
    """Photographs with grades that a pair's claims may be measured on; see :func:`choose_unseen`.

    Raises:
        ConfigError: the pair's classes are no grades, or as :func:`choose_unseen`.
        DataError: as :func:`choose_unseen`.
    """
    check_grades(pair)
    return choose_unseen(pair, dataset=dataset, root=root, split=split)


def check_grades(pair: Pair) -> None:
    """Raise ConfigError unless the pair's classes are grades."""
    if pair.modality.scale != "ordinal":
        raise ConfigError(
            pair.card.pair,
            f"the classes of {pair.modality.title.lower()} are no grades, so nothing can grow with them",
            "Choose a pair whose classes are grades, for example of fundus photographs",
        )


def measure_activation(
    pair: Pair,
    samples: Sequence[Sample],
    *,
    load: Callable[[Sample], NDArray[np.uint8]] = load_pixels,
    resamples: int = 1000,
) -> dict[Role, RoleActivation]:
    """Measure every network's maps on photographs with known grades.

    Args:
        pair: of a modality whose classes are grades.
        samples: held-out cases, from :func:`choose_samples`.
        load: gives a sample's pixels, (H, W, 3) uint8; called once a sample.
        resamples: behind the limits.

    Raises:
        ConfigError: the pair's classes are no grades.
        ValueError: no samples.
    """
    check_grades(pair)
    if not samples:
        raise ValueError("samples must hold at least one case")
    readers = {role: _build_reader(pair, role) for role in pair.served_roles}
    measured: dict[Role, list[MapMeasures]] = {role: [] for role in readers}
    dark: dict[Role, list[float]] = {role: [] for role in readers}
    cells: dict[Role, tuple[int, int]] = {}
    for sample in samples:
        case = Case(sample.image_id, load(sample), pair.card.modality, sample.image_id)
        for role, read in readers.items():
            heatmap = read(case)
            unlit = ~find_lit(pair.network(role).preprocessing.frame(case.pixels))
            height, width = heatmap.values.shape
            share = share_of_cells(unlit, (height, width))
            measured[role].append(measure_map(heatmap, share))
            dark[role].append(float(unlit.mean()))
            cells[role] = (height, width)
    return {
        role: _summarise(
            found, samples, pair.card.classes, cells=cells[role], dark=dark[role], resamples=resamples
        )
        for role, found in measured.items()
    }


def measure_map(heatmap: Heatmap, dark: NDArray[np.float64]) -> MapMeasures:
    """Active area, evidence and what of the area lies outside the lit disc.

    Args:
        heatmap: at its own resolution (h, w).
        dark: (h, w) share of each cell outside the lit disc.
    """
    if heatmap.state == "no_evidence":
        return MapMeasures(np.nan, 0.0, np.nan)
    active = heatmap.values >= HALF
    evidence = heatmap.peak * float(heatmap.values.mean(dtype=np.float64))
    return MapMeasures(float(active.mean()), evidence, float(dark[active].mean()))


def find_lit(frame: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(h, w) bool, the lit disc in a frame (H, W, 3) uint8, at most :data:`MEASURED_SIDE` cells a side.

    By the levels of :func:`core.modalities.field_of_view.find_field_of_view`; holes count as lit.
    """
    height, width = frame.shape[:2]
    scale = min(1.0, MEASURED_SIDE / max(height, width))
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    small = np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BOX))
    bright = ndimage.uniform_filter(small.max(axis=-1).astype(np.float32), 3)
    level = max(SURROUND_LEVEL, RELATIVE_LEVEL * float(np.percentile(bright, 95)))
    return np.asarray(ndimage.binary_fill_holes(bright > level), dtype=np.bool_)


def share_of_cells(mask: NDArray[np.bool_], cells: tuple[int, int]) -> NDArray[np.float64]:
    """(rows, columns) share of each cell of a grid that an (H, W) mask covers, by area."""
    image = Image.fromarray(mask.astype(np.float32))
    return np.asarray(image.resize((cells[1], cells[0]), Image.Resampling.BOX), dtype=np.float64)


def _build_reader(pair: Pair, role: Role) -> Callable[[Case], Heatmap]:
    """A function from a case to the map of the class that the role's network calls it."""
    predictor, network = open_predictor(pair, role, threads=1), open_network(pair, role)

    def read(case: Case) -> Heatmap:
        called = predictor.compute_probs([case.pixels]).argmax(axis=1)
        return explain_case(pair, role, network, case, class_code=pair.card.classes[int(called[0])])

    return read


def _summarise(
    found: Sequence[MapMeasures],
    samples: Sequence[Sample],
    classes: tuple[str, ...],
    *,
    cells: tuple[int, int],
    dark: Sequence[float],
    resamples: int,
) -> RoleActivation:
    area, evidence, outside = (
        np.array([getattr(entry, name) for entry in found]) for name in ("area", "evidence", "outside")
    )
    grades = np.array([classes.index(sample.label) for sample in samples])
    groups = np.array([sample.group for sample in samples])
    there = np.isfinite(area)
    of_area = spearman_interval(area[there], grades[there], groups[there], resamples=resamples)
    of_evidence = spearman_interval(evidence, grades, groups, resamples=resamples)
    return RoleActivation(
        area=of_area,
        evidence=of_evidence,
        area_verdict=judge_growth(of_area),
        evidence_verdict=judge_growth(of_evidence),
        without_evidence=int((~there).sum()),
        cells=cells,
        by_grade=tuple(
            GradeMedians(
                code=code,
                n=int((grades == grade).sum()),
                area=_median(area[there & (grades == grade)]),
                evidence=_median(evidence[grades == grade]),
            )
            for grade, code in enumerate(classes)
        ),
        outside=float(outside[there].mean()) if there.any() else np.nan,
        outside_of_frame=float(np.mean(dark)),
    )


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values)) if values.size else np.nan
