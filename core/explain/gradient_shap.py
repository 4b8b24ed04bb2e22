"""GradientSHAP: integrated gradients from many absent pictures at once, each at one place on its way.

Sources: Lundberg & Lee 2017, "A Unified Approach to Interpreting Model Predictions"; Erion et al. 2021,
"Improving performance of deep learning models with axiomatic attribution priors and expected gradients",
eq. 3. With the picture x, absent pictures b and shares s of the way from b to x, a pixel's share in the
class logit y is

    a_p = mean over b and s of (x_p - b_p) dy/dx_p(b + s (x - b)),     E(sum_p a_p) = y(x) - E y(b).

*Which absent pictures.* How much blur takes a finding away is not one number. The absent pictures are the
picture itself, blurred by ``STRENGTHS`` strengths between half and double the one that
:mod:`core.explain.absence` has, so that the map depends on no single one of them. An even area is the same in
all, and no evidence.

*How they are drawn.* Strengths and shares come from a generator of this module, one each from ``SAMPLES``
equal slices of the way, and one each from ``STRENGTHS`` slices of the strengths' logarithms, crossed so that
every strength meets every part of the way: fewer pictures are needed for one accuracy than by free draws, and
one picture has one map. captum's own version draws from numpy's one global generator, so that two users at
once would change each other's maps; with equal draws both give the same shares (tested).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.explain.absence import BLUR_SHARE, blur_away
from core.explain.base import BACKWARD, make_heatmap, register_explainer
from core.explain.blocks import add_up_blocks
from core.explain.passes import Passes, choose_batch
from core.explain.subject import OnProgress, Subject
from core.types import Heatmap

UNIT = "logit"
SAMPLES, STRENGTHS = 32, 8
SPREAD = 2.0
"""The strongest blur over that of :mod:`core.explain.absence`, and that over the weakest."""
SEED = 20170522


def draw_samples(seed: int = SEED) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Blurs and shares of the way, paired.

    Returns:
        (SAMPLES,) standard deviation of the blur as a share of the longer side, equal ones one after the
        other, and (SAMPLES,) share of the way from the blurred picture to the picture, in [0, 1).
    """
    rng = np.random.default_rng(seed)
    slices = (np.arange(STRENGTHS) + rng.random(STRENGTHS)) / STRENGTHS
    strengths = BLUR_SHARE * SPREAD ** (2 * slices - 1)
    parts = SAMPLES // STRENGTHS
    fine = np.stack([rng.permutation(STRENGTHS) for _ in range(parts)], axis=1)
    slots = np.arange(parts) * STRENGTHS + fine
    shares = (slots + rng.random(slots.shape)) / SAMPLES
    return np.repeat(strengths, parts), shares.ravel()


def expect_gradients(
    run: Passes, x: Tensor, absent: Iterator[Tensor], shares: NDArray[np.float64], *, batch: int
) -> Tensor:
    """Share of every value of a picture in the logit, over absent pictures.

    Args:
        run: asked for as many pictures as there are shares.
        x: (1, 3, H, W) float32.
        absent: (1, 3, H, W) float32 each, one for every share.
        shares: (N,) in [0, 1], how far each is on its way to ``x``; at least one.
        batch: pictures at once.

    Returns:
        (3, H, W) float64.
    """
    with torch.inference_mode(mode=False), torch.enable_grad():
        total = torch.zeros(x.shape[1:], dtype=torch.float64, device=x.device)
        for start in range(0, len(shares), batch):
            now = torch.from_numpy(shares[start : start + batch]).to(x).view(-1, 1, 1, 1)
            bases = torch.cat([next(absent) for _ in range(len(now))])
            points = torch.lerp(bases, x, now).requires_grad_(True)
            (gradients,) = torch.autograd.grad(run(points).sum(), points)
            total += ((x - bases) * gradients).double().sum(dim=0)
        return total / len(shares)


def _blur(x: Tensor, strengths: NDArray[np.float64]) -> Iterator[Tensor]:
    """The picture blurred by one strength after the other; equal neighbours are computed once."""
    last, blurred = float("nan"), x
    for strength in strengths:
        if strength != last:
            last, blurred = strength, blur_away(x, share=float(strength))
        yield blurred


@register_explainer("gradient_shap", passes=SAMPLES * BACKWARD)
def explain_gradient_shap(
    subject: Subject, class_index: int, class_code: str, on_progress: OnProgress
) -> Heatmap:
    """GradientSHAP of one class over blurred pictures; see the module's text.

    Args, raises: as :class:`core.explain.base.ExplainFunction`.

    Returns:
        A heat map in the coarse blocks of :mod:`core.explain.blocks`; ``peak`` in ``"logit"``.
    """
    method = "gradient_shap"
    run = Passes(
        subject, class_index, total=SAMPLES, method=method, class_code=class_code, on_progress=on_progress
    )
    strengths, shares = draw_samples()
    found = expect_gradients(
        run,
        subject.x,
        _blur(subject.x, strengths),
        shares,
        batch=choose_batch(subject.network),
    )
    run.finish()
    return make_heatmap(
        add_up_blocks(found).relu().float().cpu().numpy(),
        unit=UNIT,
        method=method,
        layer=f"the picture, through {subject.network.cam_layer}",
        class_code=class_code,
    )
