"""Occlusion: how much of the logit is lost when one place of the picture is blurred away.

Source: Zeiler & Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2, with two
changes: the class logit y is looked at and not the probability, which hardly moves where it is near 0 or 1,
and a window W takes its part of the picture without detail (:mod:`core.explain.absence`), not grey. captum
runs it. The loss of a window, and the value of a pixel, the mean over the windows that cover it, are

    d_W = y(x) - y(x with W blurred away),        M_p = mean over W covering p of d_W.

A value is a loss of the logit in one window, and nothing more. **The losses do not add up to the logit**:
what two windows say together, or either of them alone, is counted twice or not at all. So the unit is its
own, and the map does not share a scale with those of methods whose values do add up. Windows are the same
share of the picture at every size, so the maps of a teacher and a student do share one.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from core.explain.absence import blur_away
from core.explain.base import make_heatmap, register_explainer
from core.explain.blocks import average_blocks
from core.explain.passes import Passes, choose_batch
from core.explain.subject import OnProgress, Subject
from core.types import Heatmap

UNIT = "logit lost when a window is blurred"
WINDOWS = 9
"""Windows along a side: 9 x 9 of 32 x 32 pixels, 24 apart, in a picture of 224 x 224. Windows that overlap
more are larger for one number of passes, and name the place less well."""


def plan_windows(side: int) -> tuple[int, int]:
    """Window and stride in pixels that cover a side exactly.

    Args:
        side: of the picture in pixels, at least 1.

    Returns:
        A window and the stride, a little shorter, both at least 1: ``WINDOWS`` positions, or one a pixel in a
        side of fewer pixels.
    """
    stride = max(1, side // WINDOWS)
    return max(1, side - (WINDOWS - 1) * stride), stride


def occlude(run: Passes, x: Tensor, absent: Tensor, *, batch: int) -> Tensor:
    """Loss of the logit at every pixel, mean over the windows that cover it.

    Args:
        run: asked for the picture itself and one picture a window; see :func:`count_windows`.
        x, absent: (1, 3, H, W) float32.
        batch: pictures at once.

    Returns:
        (H, W) float32.
    """
    from captum.attr import Occlusion

    (height, row_stride), (width, column_stride) = (plan_windows(side) for side in x.shape[2:])
    with torch.inference_mode(mode=False), torch.no_grad():
        found = Occlusion(run).attribute(
            x,
            sliding_window_shapes=(3, height, width),
            strides=(3, row_stride, column_stride),
            baselines=absent,
            perturbations_per_eval=batch,
        )
    return found[0, 0]


def count_windows(height: int, width: int) -> int:
    """Windows that cover a picture of this size."""
    return math.prod(
        (side - window) // stride + 1 for side in (height, width) for window, stride in [plan_windows(side)]
    )


@register_explainer("occlusion", passes=WINDOWS**2 + 1)
def explain_occlusion(
    subject: Subject, class_index: int, class_code: str, on_progress: OnProgress
) -> Heatmap:
    """Occlusion of one class by blurred windows; see the module's text.

    Args, raises: as :class:`core.explain.base.ExplainFunction`.

    Returns:
        A heat map in the fine blocks of :mod:`core.explain.blocks`; ``peak`` in the logit that was lost.
    """
    method, x = "occlusion", subject.x
    run = Passes(
        subject,
        class_index,
        total=count_windows(x.shape[2], x.shape[3]) + 1,
        method=method,
        class_code=class_code,
        on_progress=on_progress,
    )
    losses = occlude(run, x, blur_away(x), batch=choose_batch(subject.network))
    losses = losses.masked_fill(losses.abs() <= run.rounding, 0.0)
    run.finish()
    return make_heatmap(
        average_blocks(losses).relu().float().cpu().numpy(),
        unit=UNIT,
        method=method,
        layer=f"the picture, through {subject.network.cam_layer}",
        class_code=class_code,
    )
