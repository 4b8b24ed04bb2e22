"""LIME: what each patch of the picture is worth to the logit, on average over pictures that lack others.

Source: Ribeiro et al. 2016, "Why Should I Trust You? Explaining the Predictions of Any Classifier", sections
3.3 to 3.5; patches by SLIC (Achanta et al. 2012, "SLIC Superpixels Compared to State-of-the-Art Superpixel
Methods"), which follow the borders in the picture. Patches are taken away at random, half of them at a time:
where a patch is absent, the picture has no detail (:mod:`core.explain.absence`). With z_k = 1 where patch k
is present, the class logit of such pictures is fitted by

    y(z) ~ c + sum_k w_k z_k,      minimising  sum over z of pi(z) (y(z) - c - w z)^2 + RIDGE |w|^2,

where pi falls off with the cosine distance of z from the whole picture. captum runs it; the value of a patch
is w_k, the logit that it adds, and the map shows it in every place of the patch. **The values need not add up
to the logit**, and a patch is worth more the larger it is, so the unit is its own.

*Draws* come from a generator of this module, each followed by its complement: of every pair of pictures one
has a patch and one lacks it, and less of what patches do together passes for what either does alone (Covert &
Lee 2021, "Improving KernelSHAP: Practical Shapley Value Estimation via Linear Regression", section 3.2, on
paired sampling). The first picture is the whole one. The draws still matter: maps of two draws of one picture
agree in the main, not in every patch. captum's own surrogates draw from torch's global generator, as does its
way of feeding them, so the regression is scikit-learn's without them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.explain.absence import blur_away
from core.explain.base import make_heatmap, register_explainer
from core.explain.blocks import average_blocks
from core.explain.passes import Passes, choose_batch
from core.explain.subject import OnProgress, Subject
from core.types import Heatmap

UNIT = "logit, by patch"
PATCHES = 40
"""About as many patches as SLIC makes."""
COMPACTNESS = (10.0, 100.0, 1000.0)
"""SLIC's weight of distance against colour. The first leaves patches the shape of what they show; the others
are tried where the picture is so uneven that SLIC joins nearly all of it to one patch: a grid in the end."""
SMOOTHING = 2.0
"""Standard deviation in pixels of a blur before patches are cut, so that hair and noise do not cut them."""
SAMPLES = 101
"""Pictures: the whole one, and pairs of one and its complement."""
KERNEL_WIDTH = 0.25
RIDGE = 0.1
"""So little that what a patch adds shrinks by a hundredth, and as little of it passes to others."""
SEED = 20160809


def cut_patches(x: Tensor) -> NDArray[np.int64]:
    """Number of the patch that every pixel belongs to.

    Args:
        x: (1, 3, H, W) float RGB in [0, 1].

    Returns:
        (H, W), from 0 without gaps.
    """
    from skimage.segmentation import slic

    picture = x[0].permute(1, 2, 0).double().cpu().numpy()
    for compactness in COMPACTNESS:
        found = slic(picture, n_segments=PATCHES, compactness=compactness, sigma=SMOOTHING, start_label=0)
        names, numbers = np.unique(found, return_inverse=True)
        if len(names) >= PATCHES // 2:
            break
    return numbers.reshape(found.shape).astype(np.int64)


def draw_presence(patches: int, *, seed: int = SEED) -> NDArray[np.int64]:
    """Which patches are present in which picture, (SAMPLES, patches) of 0 and 1; the first has all."""
    half = np.random.default_rng(seed).integers(0, 2, (SAMPLES // 2, patches))
    pairs = np.stack([half, 1 - half], axis=1).reshape(-1, patches)
    return np.concatenate([np.ones((1, patches), np.int64), pairs])


class Surrogate:
    """Weighted ridge regression with an intercept, as captum's LIME asks for one; draws nothing."""

    def __init__(self) -> None:
        self.weights = torch.empty(0)

    def fit(self, train_data: Any, **_: Any) -> None:
        """Fit all of a data loader's set: presence (N, K), logits (N,) and weights (N,)."""
        from sklearn.linear_model import Ridge

        presence, logits, similarity = (part.double().cpu().numpy() for part in train_data.dataset.tensors)
        ridge = Ridge(alpha=RIDGE, solver="cholesky")
        self.weights = torch.from_numpy(ridge.fit(presence, logits, sample_weight=similarity).coef_)

    def representation(self) -> Tensor:
        """What each patch adds to the logit, (K,) float64."""
        return self.weights


def weigh_patches(
    run: Passes,
    x: Tensor,
    absent: Tensor,
    patches: NDArray[np.int64],
    presence: NDArray[np.int64],
    *,
    batch: int,
) -> Tensor:
    """What each patch adds to the logit.

    Args:
        run: asked for as many pictures as ``presence`` has rows.
        x, absent: (1, 3, H, W) float32.
        patches: (H, W), from 0 to K - 1.
        presence: (N, K) of 0 and 1.
        batch: pictures at once.

    Returns:
        (K,) float64.
    """
    from captum.attr import Lime

    rows = iter(torch.from_numpy(presence).to(x.device).split(1))
    with torch.inference_mode(mode=False), torch.no_grad():
        lime = Lime(
            run,
            interpretable_model=Surrogate(),
            similarity_func=_build_kernel(),
            perturb_func=lambda _, **__: next(rows),
        )
        return lime.attribute(
            x,
            baselines=absent,
            feature_mask=torch.from_numpy(patches).to(x.device)[None, None],
            n_samples=len(presence),
            perturbations_per_eval=batch,
            return_input_shape=False,
        ).flatten()


def _build_kernel() -> Callable[..., float]:
    """captum's kernel, of how many patches are present and not of the colours, which blur hardly moves."""
    from captum.attr._core.lime import get_exp_kernel_similarity_function

    kernel = get_exp_kernel_similarity_function("cosine", KERNEL_WIDTH)
    return lambda _, __, presence, **___: kernel(torch.ones_like(presence), presence, None)


@register_explainer("lime", passes=SAMPLES)
def explain_lime(subject: Subject, class_index: int, class_code: str, on_progress: OnProgress) -> Heatmap:
    """LIME of one class over patches that are blurred away; see the module's text.

    Args, raises: as :class:`core.explain.base.ExplainFunction`.

    Returns:
        A heat map in the fine blocks of :mod:`core.explain.blocks`, each the mean over its pixels;
        ``peak`` in the logit that a patch adds.
    """
    method, x = "lime", subject.x
    run = Passes(
        subject, class_index, total=SAMPLES, method=method, class_code=class_code, on_progress=on_progress
    )
    patches = cut_patches(x)
    worth = weigh_patches(
        run,
        x,
        blur_away(x),
        patches,
        draw_presence(int(patches.max()) + 1),
        batch=choose_batch(subject.network),
    )
    worth = worth.masked_fill(worth.abs() <= run.rounding, 0.0)
    run.finish()
    return make_heatmap(
        average_blocks(worth[torch.from_numpy(patches).to(worth.device)]).relu().float().cpu().numpy(),
        unit=UNIT,
        method=method,
        layer=f"the picture, through {subject.network.cam_layer}",
        class_code=class_code,
    )
