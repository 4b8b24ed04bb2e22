"""CBAM's own gates as pictures, and how like its spatial gate is to a heat map (DR6, DR12).

A gate says what was let through, for no class in particular; Grad-CAM says what spoke for one class. The two
need not agree, and :func:`correlate_maps` measures whether they do.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats
from torch import Tensor

from core.errors import WeightsError
from core.explain.subject import check_image
from core.networks.base import Network
from core.types import AttentionMaps, ChannelMap, Heatmap, MapCorrelation

TOP_CHANNELS = 6
RANKED_BY = "mean over the map of the channel after both gates"
CONSTANT_RANGE = 1e-6
"""A map whose values differ by no more than this, the resolution of float32 in [0, 1], has no order."""


def explain_attention(network: Network, x: Tensor, *, top: int = TOP_CHANNELS) -> AttentionMaps | None:
    """The gates that a network with CBAM put on one image, and its strongest channels.

    Channels are ranked by the mean over cells of F'_k, the channel's gate times its spatially gated
    activation: how much of the channel passes on. Where average pooling follows, it is exactly the number
    that the classifier gets. Ranking by the gate alone would put channels first that are open but empty. An
    average over flips gives the mean over its views, each flipped back.

    Args:
        network: in eval mode; may be shared between threads, nothing is stored on it.
        x: (1, 3, H, W) float RGB in [0, 1], on the network's device.
        top: number of channels, at least 1; all of them where the map has fewer.

    Returns:
        The maps at the feature map's resolution; None for a network without CBAM.

    Raises:
        ValueError: the network is not in eval mode, ``x`` is not one image, ``top`` is below 1.
        WeightsError: a gate or a feature is not finite.
    """
    check_image(network, x)
    if top < 1:
        raise ValueError(f"top must be at least 1, not {top}")
    if network.attention != "cbam":
        return None
    with torch.inference_mode():
        found = network.forward_attention(x)
        features, gates, spatial = (_frozen(part[0]) for part in found)
    if not all(bool(np.isfinite(part).all()) for part in (features, gates, spatial)):
        raise WeightsError(
            f"attention of {network.architecture or type(network).__name__}",
            "its gates or features hold values that are not finite",
            "Restore the network's weights, or train it again",
        )
    strengths = features.mean(axis=(1, 2), dtype=np.float64)
    strongest = np.argsort(-strengths, kind="stable")[:top]
    channels = tuple(ChannelMap(int(k), float(gates[k]), float(strengths[k]), features[k]) for k in strongest)
    return AttentionMaps(spatial, gates, channels, RANKED_BY)


def correlate_maps(heatmap_values: NDArray[np.float32], attention: AttentionMaps) -> MapCorrelation:
    """Spearman's rank correlation, cell by cell, of a heat map and a spatial gate.

    Args:
        heatmap_values: (h, w) of the same image and grid, for example ``Heatmap.values``.
        attention: from :func:`explain_attention`.

    Raises:
        ValueError: the grids differ, or a value of the heat map is not finite.
    """
    gate = attention.spatial_gate
    if heatmap_values.shape != gate.shape:
        raise ValueError(f"heatmap_values must be {gate.shape} as the gate is, not {heatmap_values.shape}")
    if not bool(np.isfinite(heatmap_values).all()):
        raise ValueError("heatmap_values must be finite")
    return _correlate(heatmap_values, gate, ("the heat map", "the spatial gate"))


def correlate_heatmaps(one: Heatmap, other: Heatmap) -> MapCorrelation:
    """Spearman's rank correlation, cell by cell, of two heat maps of one image; cells at zero are ties.

    Raises:
        ValueError: the grids differ.
    """
    if one.values.shape != other.values.shape:
        raise ValueError(f"maps must have one grid, they have {one.values.shape} and {other.values.shape}")
    return _correlate(one.values, other.values, ("the first map", "the second map"))


def _correlate(
    one: NDArray[np.float32], other: NDArray[np.float32], names: tuple[str, str]
) -> MapCorrelation:
    cells = int(one.size)
    reasons = {
        "fewer than three cells to compare": cells < 3,
        f"{names[0]} is the same everywhere": np.ptp(one) <= CONSTANT_RANGE,
        f"{names[1]} is the same everywhere": np.ptp(other) <= CONSTANT_RANGE,
    }
    reason = next((words for words, holds in reasons.items() if holds), "")
    if reason:
        return MapCorrelation(math.nan, cells, reason)
    return MapCorrelation(float(stats.spearmanr(one.ravel(), other.ravel()).statistic), cells, "")


def _frozen(part: Tensor) -> NDArray[np.float32]:
    """A read-only float32 copy on the CPU."""
    values = np.array(part.float().cpu().numpy(), dtype=np.float32)
    values.setflags(write=False)
    return values
