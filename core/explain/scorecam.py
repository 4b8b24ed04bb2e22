"""Score-CAM without gradients and without hooks: a channel counts by what the network says to the part of the
picture that the channel marks.

Source: Wang et al. 2020, "Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks",
eq. 5 to 8. A feature map A_k, enlarged to the picture and stretched to 0 … 1, is a mask H_k; with the class
logit y

    x_k = H_k x + (1 - H_k) x_absent        c_k = y(x_k) - y(x_absent)
    alpha = softmax over k of c_k           L = relu(sum_k alpha_k A_k)

Three things are decided here.

*What a masked place becomes.* The paper multiplies by the mask, so that it becomes black. Black is something
to see: pigment on skin, air in a lung, the rim of a fundus photograph. Here it loses its detail
(:mod:`core.explain.absence`), and c_k says what the marked part adds to a picture without any.

*Which channels.* A pass for each of an ensemble's 12,000 is out of the question. The ``CHANNELS`` that vary
most over the picture are taken, as Faster Score-CAM does (Tabayashi 2020, which takes ten): a channel that
varies little cuts nothing out and adds the same everywhere.

*Channels that raise nothing.* A softmax gives every channel a positive weight, also those whose part of the
picture lowers the score, so that there is a map for every class, whatever the picture. Channels with c_k at
or below 0 are left out before the softmax; where all are, the answer is ``"no_evidence"``.

A softmax has no unit: the map is :data:`core.types.RELATIVE`. Masks are laid out as the maps are drawn, a
cell over its own part of the picture; the grad-cam package stretches the centres of the outermost cells to
the border.
"""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor

from core.explain.absence import blur_away
from core.explain.base import make_heatmap, register_explainer
from core.explain.passes import Passes, choose_batch
from core.explain.subject import OnProgress, Subject
from core.types import RELATIVE, Heatmap

CHANNELS = 64
EVEN = 1e-6
"""Range of a channel, relative to its largest value, that float32 can show by rounding alone."""


def choose_channels(features: Tensor, count: int) -> Tensor:
    """Numbers of the channels that vary most over a feature map, the most varying first.

    Args:
        features: (1, C, h, w) float.
        count: at most so many.

    Returns:
        (N,) int64; channels that are the same everywhere are not among them.
    """
    cells = features[0].flatten(1)
    ranges = cells.amax(1) - cells.amin(1)
    spread = cells.double().var(dim=1, unbiased=False)
    spread = spread.masked_fill(ranges <= EVEN * cells.abs().amax(1), 0.0)
    order = torch.argsort(spread, descending=True, stable=True)[:count]
    return order[spread[order] != 0]  # a spread that is not finite stays: the answer will say so


def make_masks(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Enlarge maps bilinearly and stretch each to 0 … 1.

    Args:
        maps: (N, h, w) float, none of them the same everywhere.
        size: (H, W) of the picture.

    Returns:
        (N, 1, H, W) float in [0, 1].
    """
    large = functional.interpolate(maps[:, None], size=size, mode="bilinear", align_corners=False)
    low, high = large.amin((2, 3), keepdim=True), large.amax((2, 3), keepdim=True)
    return (large - low) / (high - low)


def score_channels(run: Passes, x: Tensor, absent: Tensor, maps: Tensor, *, batch: int) -> Tensor:
    """The logit of the part of the picture that each map marks.

    Args:
        run: asked for one picture a map.
        x, absent: (1, 3, H, W) float.
        maps: (N, h, w) float, none of them the same everywhere.
        batch: pictures at once.

    Returns:
        (N,) float64.
    """
    size = (x.shape[2], x.shape[3])
    scores = [run(absent + make_masks(part, size) * (x - absent)) for part in maps.split(batch)]
    return torch.cat(scores).double()


def combine_channels(maps: Tensor, scores: Tensor, baseline: float, *, rounding: float = 0.0) -> Tensor:
    """The map L before the last relu, (h, w) float64; all 0 where no score is above the baseline.

    Args:
        maps: (N, h, w) float.
        scores: (N,) float64, logits.
        baseline: the logit of the absent picture; minus infinity keeps every channel, as the paper does.
        rounding: a score above the baseline by no more than this is not above it.
    """
    raising = scores - baseline > rounding
    if not bool(raising.any()):
        return torch.zeros(maps.shape[1:], dtype=torch.float64, device=maps.device)
    weights = torch.softmax(scores[raising], dim=0)
    return torch.einsum("k,khw->hw", weights, maps[raising].double())


@register_explainer("scorecam", passes=CHANNELS + 2)
def explain_scorecam(subject: Subject, class_index: int, class_code: str, on_progress: OnProgress) -> Heatmap:
    """Score-CAM of one class by the channels that vary most; see the module's text.

    Args, raises: as :class:`core.explain.base.ExplainFunction`.

    Returns:
        A heat map at the feature map's own resolution; ``peak`` is :data:`core.types.RELATIVE`.
    """
    features, x = subject.features, subject.x
    absent = blur_away(x)
    with torch.inference_mode():
        maps = features[0, choose_channels(features, CHANNELS)]
        run = Passes(
            subject,
            class_index,
            total=len(maps) + 1,
            method="scorecam",
            class_code=class_code,
            on_progress=on_progress,
        )
        baseline = float(run(absent)[0])
        scores = torch.empty(0, dtype=torch.float64)
        if len(maps):
            batch = choose_batch(subject.network)
            scores = score_channels(run, x, absent, maps, batch=batch)
        run.finish()
        combined = combine_channels(maps, scores, baseline, rounding=run.rounding)
    return make_heatmap(
        combined.relu().float().cpu().numpy(),
        unit=RELATIVE,
        method="scorecam",
        layer=subject.network.cam_layer,
        class_code=class_code,
    )
