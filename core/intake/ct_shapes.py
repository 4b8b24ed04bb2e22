"""Shapes on a plane of millimetres that drawn anatomy is made of."""

from __future__ import annotations

import numpy as np

from core.intake import brushes
from core.intake.brushes import Plane

Circle = tuple[float, float, float, float]
"""Middle (right, down) and half axes (across, down), in millimetres from the middle of the picture."""


def oval(right: Plane, down: Plane, circle: Circle, power: float = 2.0) -> Plane:
    """About the signed distance in millimetres from a (super)ellipse, below 0 inside."""
    x, y, across, up = circle
    rho = (np.abs((right - x) / across) ** power + np.abs((down - y) / up) ** power) ** (1 / power)
    return np.asarray((rho - 1) * min(across, up), np.float32)


def inside(distance: Plane, softness: float = 0.7) -> Plane:
    """Cover in [0, 1] of what lies within a border, softened over about twice ``softness`` millimetres."""
    return brushes.smoothstep(0.5 - distance / (2 * softness))


def lay(values: Plane, tissue: Plane | float, cover: Plane) -> Plane:
    """One tissue, in Hounsfield units, over (H, W) others with (H, W) cover."""
    return np.asarray(values + cover * (tissue - values), np.float32)


def stroke(
    right: Plane, down: Plane, start: tuple[float, float], end: tuple[float, float], radius: float
) -> Plane:
    """Signed distance from a thick line with round ends."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    share = ((right - start[0]) * dx + (down - start[1]) * dy) / (dx * dx + dy * dy)
    share = np.clip(share, 0, 1)
    return np.asarray(
        np.hypot(right - start[0] - share * dx, down - start[1] - share * dy) - radius, np.float32
    )
