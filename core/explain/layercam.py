"""LayerCAM without hooks: every place of every channel counts by its own gradient, in units of the logit.

Source: Jiang et al. 2021, "LayerCAM: Exploring Hierarchical Class Activation Maps for Localization", eq. 4 to
6. With feature maps A_k of Z = h w cells and the class logit y:

    L = relu(sum_k relu(dy/dA_kij) A_kij)

The map here is M = Z L. As for Grad-CAM (core/explain/gradcam.py) the factor changes no picture and gives the
values a meaning. For a network that ends in average pooling and a linear layer dy/dA_kij = w_k / Z, so with
features at or above 0

    M_ij = sum over w_k > 0 of w_k A_kij,        mean_ij(M_ij) = sum over w_k > 0 of w_k mean_ij(A_kij):

the mean over cells is the part of the logit that comes from the channels that raise it. It does not depend
on how many cells the grid has, so the maps of a teacher and a student can share one scale. For other heads it
is the first-order share of the logit in the same sense.

What speaks against the class is left out channel by channel, where Grad-CAM takes it off first. The map is
therefore larger than Grad-CAM's, also where both together say nothing for the class, and has a unit of its
own: the two do not share a scale.
"""

from __future__ import annotations

from torch import Tensor

from core.explain.base import make_heatmap, register_explainer
from core.explain.subject import OnProgress, Subject
from core.types import Heatmap

UNIT = "logit, by what raises it"


def weigh_places(features: Tensor, gradients: Tensor) -> Tensor:
    """The map M before the last relu, (h, w).

    Args:
        features: (1, C, h, w) float.
        gradients: of the class logit with respect to them, (1, C, h, w).
    """
    cells = features.shape[2] * features.shape[3]
    return cells * (gradients.relu() * features).sum(dim=1)[0]


@register_explainer("layercam")
def explain_layercam(subject: Subject, class_index: int, class_code: str, on_progress: OnProgress) -> Heatmap:
    """LayerCAM of one class at the network's last feature map; see the module's text.

    Args, raises: as :class:`core.explain.base.ExplainFunction`.

    Returns:
        A heat map at the feature map's own resolution; ``peak`` in units of the logit, by what raises it.
    """
    return make_heatmap(
        weigh_places(subject.features, subject.gradient(class_index)).relu().float().cpu().numpy(),
        unit=UNIT,
        method="layercam",
        layer=subject.network.cam_layer,
        class_code=class_code,
    )
