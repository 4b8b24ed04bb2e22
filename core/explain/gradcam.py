"""Grad-CAM without hooks, in units of the logit.

Source: Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", eq. 1 and 2. With feature maps A_k of Z = h w cells and the class logit y:

    alpha_k = (1/Z) sum_ij dy/dA_kij          L = relu(sum_k alpha_k A_k)

The map here is M = Z L, that is, alpha_k is the sum over cells of the gradient and not its mean. The factor
changes no picture (a map is drawn relative to a peak), but it gives the values a meaning. For a network that
ends in average pooling and a linear layer, y = b + sum_k w_k mean_ij(A_kij), so dy/dA_kij = w_k / Z, hence
M = sum_k w_k A_k before the relu, and

    mean_ij(M_ij) = sum_k w_k mean_ij(A_kij) = y - b:

the mean over cells is the part of the logit that comes from the image, and one cell's value is that cell's
logit. It does not depend on how many cells the grid has, so the maps of a teacher and a student can share
one scale. For other heads it is the first-order share of the logit, with alpha_k averaged over space. Where
a network takes a topology too, y - b also holds the share of that input, which no cell of the map shows.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor

from core.explain.base import make_heatmap, register_explainer
from core.explain.subject import OnProgress, Subject
from core.networks.base import Network
from core.types import Heatmap

UNIT = "logit"


def compute_cam(network: Network, x: Tensor, class_index: int, topology: Tensor | None = None) -> Tensor:
    """The map M before the relu, (h, w) float, in units of the logit.

    Args:
        network, x, topology: as in :class:`core.explain.subject.Subject`.
        class_index: which logit, from 0.
    """
    return _weigh(Subject(network, x, topology), class_index)


def _weigh(subject: Subject, class_index: int) -> Tensor:
    weights = subject.gradient(class_index).sum(dim=(2, 3), keepdim=True)
    return (weights * subject.features).sum(dim=1)[0]


@register_explainer("gradcam")
def explain_gradcam(subject: Subject, class_index: int, class_code: str, on_progress: OnProgress) -> Heatmap:
    """Grad-CAM of one class at the network's last feature map; see the module's text.

    Args, raises: as :class:`core.explain.base.ExplainFunction`.

    Returns:
        A heat map at the feature map's own resolution; ``peak`` in ``"logit"``.
    """
    return make_heatmap(
        _weigh(subject, class_index).relu().float().cpu().numpy().astype(np.float32),
        unit=UNIT,
        method="gradcam",
        layer=subject.network.cam_layer,
        class_code=class_code,
    )
