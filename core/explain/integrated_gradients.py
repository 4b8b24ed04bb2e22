"""Integrated gradients: what each place adds to the logit on the way from the absent picture to the picture.

Source: Sundararajan et al. 2017, "Axiomatic Attribution for Deep Networks", eq. 1 and proposition 1. With
the picture x, the picture without detail x' (:mod:`core.explain.absence`) and the class logit y, a pixel's
share is

    a_p = (x_p - x'_p) integral_0^1 dy/dx_p(x' + s (x - x')) ds,        sum_p a_p = y(x) - y(x').

captum computes the integral, as Gauss and Legendre's sum. It is taken in pieces, each four times as long as
the one before: networks make up their mind as soon as a little of the detail shows, and most of what the
logit does, it does in the first tenth of the way, in some within a fiftieth. The pieces lie on one straight
line, so that their shares add up to those of the whole. What the sums miss the integral by, the shares miss
the difference of the logits by: a tenth of it at most in shipped networks on the modalities' sample pictures
(of the class that changes most).
:mod:`core.explain.blocks` says how shares become a map.

A place that looks the same in both pictures has no share, whatever the network makes of it: an even area is
no evidence for anything here.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from core.explain.absence import blur_away
from core.explain.base import BACKWARD, make_heatmap, register_explainer
from core.explain.blocks import add_up_blocks
from core.explain.passes import Passes, choose_batch
from core.explain.subject import OnProgress, Subject
from core.types import Heatmap

UNIT = "logit"
PIECES = ((1 / 64, 7), (1 / 16, 7), (1 / 4, 8), (1.0, 10))
"""Where each piece of the way ends, as a share of it, and its steps."""
STEPS = sum(steps for _, steps in PIECES)


def integrate_gradients(run: Passes, x: Tensor, absent: Tensor, *, batch: int) -> Tensor:
    """Share of every value of a picture in the logit.

    Args:
        run: asked for ``STEPS`` pictures.
        x, absent: (1, 3, H, W) float32.
        batch: pictures at once.

    Returns:
        (3, H, W) float32.
    """
    from captum.attr import IntegratedGradients

    with torch.inference_mode(mode=False):
        stops = [absent, *(torch.lerp(absent, x, end) for end, _ in PIECES)]
        pieces = [
            IntegratedGradients(run).attribute(
                end, baselines=start, n_steps=steps, method="gausslegendre", internal_batch_size=batch
            )
            for (start, end), (_, steps) in zip(pairwise(stops), PIECES, strict=True)
        ]
    return torch.cat(pieces).sum(dim=0).detach()


@register_explainer("integrated_gradients", passes=STEPS * BACKWARD)
def explain_integrated_gradients(
    subject: Subject, class_index: int, class_code: str, on_progress: OnProgress
) -> Heatmap:
    """Integrated gradients of one class, from the picture without detail; see the module's text.

    Args, raises: as :class:`core.explain.base.ExplainFunction`.

    Returns:
        A heat map in the coarse blocks of :mod:`core.explain.blocks`; ``peak`` in ``"logit"``.
    """
    method = "integrated_gradients"
    run = Passes(
        subject, class_index, total=STEPS, method=method, class_code=class_code, on_progress=on_progress
    )
    shares = integrate_gradients(run, subject.x, blur_away(subject.x), batch=choose_batch(subject.network))
    run.finish()
    return make_heatmap(
        add_up_blocks(shares).relu().float().cpu().numpy(),
        unit=UNIT,
        method=method,
        layer=f"the picture, through {subject.network.cam_layer}",
        class_code=class_code,
    )
