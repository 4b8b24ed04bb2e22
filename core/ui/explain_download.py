"""One map to keep: the picture with the map over it, its numbers, and what they are, in one ZIP file."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray

import core
from core.bundle import Pair
from core.figures.ct_slice import stamp_picture, write_png
from core.figures.map_words import title_method
from core.figures.saliency import Scale
from core.figures.wording import ROLE_TITLES
from core.types import Heatmap, Role, Trust
from core.ui import models
from core.ui.frame import NOTICE

OPACITY, COLOURS = 0.6, "viridis"
"""Of the picture; the colours are those of the page."""
_LIBRARIES = ("torch", "captum", "grad-cam", "numpy")


@dataclass(frozen=True)
class KeptMap:
    """Everything that goes into the file; nothing of it names a reader's file or a patient.

    Attributes:
        pair, role: which network.
        heatmap: of it.
        frame: (H, W, 3) uint8, the part of the picture that the map covers.
        stamp: what the picture is seen through; empty for a photograph.
        scale: that of the page.
        factor: the map's peak over the strongest one of its scale, in [0, 1].
        trust: what came of its checks; None if they were not made.
    """

    pair: Pair
    role: Role
    heatmap: Heatmap
    frame: NDArray[np.uint8]
    stamp: str
    scale: Scale
    factor: float
    trust: Trust | None

    def pack(self) -> bytes:
        """The ZIP file: ``overlay.png``, ``map.npy`` (h, w) float32 in [0, 1] and ``map.json``."""
        array = io.BytesIO()
        np.save(array, np.asarray(self.heatmap.values, dtype=np.float32), allow_pickle=False)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("overlay.png", write_png(self._draw()))
            archive.writestr("map.npy", array.getvalue())
            archive.writestr("map.json", json.dumps(self.describe(), indent=2, allow_nan=False) + "\n")
        return buffer.getvalue()

    def describe(self) -> dict[str, Any]:
        """What ``map.json`` holds."""
        card, heatmap = self.pair.card, self.heatmap
        entry = self.pair.network(self.role)
        return {
            "notice": NOTICE,
            "pair": card.pair,
            "pair_title": card.title,
            "role": self.role,
            "network": entry.title,
            "architecture": entry.architecture,
            "weights_sha256": models.file_key(self.pair, self.role, "weights"),
            "method": heatmap.method,
            "method_title": title_method(heatmap.method),
            "layer": heatmap.layer,
            "class": heatmap.class_code,
            "class_name": self.pair.modality.finding(heatmap.class_code).name,
            "state": heatmap.state,
            "unit": heatmap.unit,
            "peak": heatmap.peak,
            "values": "map.npy: (h, w) float32, the map divided by its peak; row 0 is the top of the frame",
            "shape": list(heatmap.values.shape),
            "frame": {
                "height": self.frame.shape[0],
                "width": self.frame.shape[1],
                "seen_through": self.stamp,
            },
            "overlay": {
                "colors": COLOURS,
                "opacity": OPACITY,
                "scale": self.scale,
                "share_of_strongest": self.factor,
            },
            "trust": None if self.trust is None else describe_trust(self.trust),
            "versions": {"twinlens": core.__version__} | {name: _find_version(name) for name in _LIBRARIES},
        }

    def _draw(self) -> NDArray[np.uint8]:
        from core.explain.overlay import render_overlay

        top = self.heatmap.peak / self.factor if self.factor > 0 and self.heatmap.peak > 0 else None
        picture = render_overlay(self.frame, self.heatmap, opacity=OPACITY, scale_peak=top, colors=COLOURS)
        finding = self.pair.modality.finding(self.heatmap.class_code).name
        what = f"{ROLE_TITLES[self.role]}: {title_method(self.heatmap.method)}, {finding}"
        return stamp_picture(picture, tuple(line for line in (what, self.stamp, NOTICE) if line))


def describe_trust(trust: Trust) -> dict[str, Any]:
    """Every check and curve as JSON; what is not a number is null."""
    curves = trust.faithfulness
    return {
        "state": trust.state,
        "checks": [
            {
                "name": check.name,
                "state": check.state,
                "value": _number(check.value),
                "limit": _number(check.limit),
                "reason": check.reason,
                "over_cases": None
                if check.over_cases is None
                else {
                    "low": _number(check.over_cases.low),
                    "high": _number(check.over_cases.high),
                    "level": check.over_cases.level,
                    "n": check.over_cases.n,
                },
            }
            for check in trust.checks
        ],
        "stability": {words: _number(rho) for words, rho in trust.stability},
        "faithfulness": None
        if curves is None
        else {
            "shares": curves.shares.tolist(),
            "deletion": curves.deletion.tolist(),
            "insertion": curves.insertion.tolist(),
            "deletion_auc": curves.deletion_auc,
            "insertion_auc": curves.insertion_auc,
            "random_deletion_aucs": curves.random_deletion_aucs.tolist(),
            "random_insertion_aucs": curves.random_insertion_aucs.tolist(),
        },
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _find_version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None
