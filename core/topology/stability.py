"""How far a photograph's topology moves when the photograph is turned, re-lit, blurred or compressed.

Persistence diagrams are unchanged by right-angle turns and by mirroring. They are not unchanged by lighting:
births and deaths are grey values. This measures both, on the frame at hand.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from core.topology.distances import compute_bottleneck, compute_wasserstein
from core.topology.spec import TopologySpec
from core.types import Disturbance

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class FrameChange:
    """One change of a frame.

    Attributes:
        name: for files and tests.
        words: what a clinician calls it.
        exact: whether theory says that the topology stays as it is.
        apply: (H, W, 3) uint8 to (H', W', 3) uint8.
    """

    name: str
    words: str
    exact: bool
    apply: Callable[[Pixels], Pixels]


def _turned(frame: Pixels, *, quarters: int) -> Pixels:
    return np.ascontiguousarray(np.rot90(frame, quarters))


def _mirrored(frame: Pixels, *, axis: int) -> Pixels:
    return np.ascontiguousarray(np.flip(frame, axis))


def _tilted(frame: Pixels, *, degrees: float) -> Pixels:
    """Turned about the middle; the corners that come into view are black, as outside the field of view."""
    return np.asarray(Image.fromarray(frame).rotate(degrees, Image.Resampling.BILINEAR))


def _relit(frame: Pixels, *, factor: float, contrast: float = 1.0) -> Pixels:
    values = frame * factor
    middle = values.mean()
    return np.clip(np.rint(middle + contrast * (values - middle)), 0, 255).astype(np.uint8)


def _blurred(frame: Pixels, *, share: float) -> Pixels:
    """Gaussian whose standard deviation is a share of the frame's shorter side."""
    radius = share * min(frame.shape[:2])
    return np.asarray(Image.fromarray(frame).filter(ImageFilter.GaussianBlur(radius)))


def _compressed(frame: Pixels, *, quality: int) -> Pixels:
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, format="JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


def _shifted(frame: Pixels, *, share: float) -> Pixels:
    """Moved to the right by a share of the width; what comes into view is black."""
    columns = round(share * frame.shape[1])
    moved = np.zeros_like(frame)
    moved[:, columns:] = frame[:, : frame.shape[1] - columns]
    return moved


CHANGES: tuple[FrameChange, ...] = (
    FrameChange("rotate_90", "turned by 90°", True, partial(_turned, quarters=1)),
    FrameChange("rotate_180", "turned by 180°", True, partial(_turned, quarters=2)),
    FrameChange("rotate_270", "turned by 270°", True, partial(_turned, quarters=3)),
    FrameChange("flip_horizontal", "mirrored left to right", True, partial(_mirrored, axis=1)),
    FrameChange("flip_vertical", "mirrored top to bottom", True, partial(_mirrored, axis=0)),
    FrameChange("rotate_20", "turned by 20°", False, partial(_tilted, degrees=20)),
    FrameChange("darker", "brightness × 0.8", False, partial(_relit, factor=0.8)),
    FrameChange("brighter", "brightness × 1.2", False, partial(_relit, factor=1.2)),
    FrameChange("contrast", "contrast × 1.3", False, partial(_relit, factor=1.0, contrast=1.3)),
    FrameChange("blur", "slightly out of focus (1 % of the width)", False, partial(_blurred, share=0.01)),
    FrameChange("jpeg_50", "JPEG compression, quality 50", False, partial(_compressed, quality=50)),
    FrameChange("shift", "moved to the right by 3 % of the width", False, partial(_shifted, share=0.03)),
)


def measure_stability(
    frame: Pixels,
    spec: TopologySpec,
    *,
    changes: Sequence[FrameChange] = CHANGES,
    yardstick: tuple[float, float] | None = None,
) -> tuple[Disturbance, ...]:
    """Compare a frame's diagram and persistence image with those of the changed frame, change by change.

    Args:
        frame: (H, W, 3) uint8, as a network sees it.
        spec: the grid to compare persistence images on.
        changes: what to try.
        yardstick: median 1-Wasserstein distance of H0 and H1 between different eyes
            (:func:`core.topology.distances.compute_yardstick`), so that a distance means something.

    Returns:
        One Disturbance for each change, in order. Points that never die are left out, as in the network's
        input.

    Raises:
        ValueError, TypeError: as :func:`core.topology.grey.compute_grey`.
    """
    before = spec.diagram(frame)
    original = spec.summed(before)
    found = []
    for change in changes:
        after = spec.diagram(change.apply(frame))
        dark, bright = ((before.of_dimension(k), after.of_dimension(k)) for k in (0, 1))
        difference, cosine = _compare_images(original, spec.summed(after))
        found.append(
            Disturbance(
                name=change.name,
                words=change.words,
                exact=change.exact,
                bottleneck=(compute_bottleneck(*dark), compute_bottleneck(*bright)),
                wasserstein=(compute_wasserstein(*dark), compute_wasserstein(*bright)),
                image_change=difference,
                image_cosine=cosine,
                yardstick=yardstick,
            )
        )
    return tuple(found)


def _compare_images(
    first: NDArray[np.float64], second: NDArray[np.float64]
) -> tuple[float | None, float | None]:
    """Relative change and cosine; None where they are not defined."""
    own, other = float(np.linalg.norm(first)), float(np.linalg.norm(second))
    change = float(np.linalg.norm(second - first)) / own if own else None
    cosine = min(float((first * second).sum()) / (own * other), 1.0) if own and other else None
    return change, cosine
