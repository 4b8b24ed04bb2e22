"""Grad-CAM++ without hooks: a channel counts by the places that raise the class, and by each of them less
the stronger the channel is as a whole.

Source: Chattopadhay et al. 2018, "Grad-CAM++: Generalized Gradient-based Visual Explanations for Deep
Convolutional Networks", eq. 7, 10 and 19. With feature maps A_k, the class logit y and g_kij = dy/dA_kij:

    alpha_kij = g^2 / (2 g^2 + S_k g^3),  S_k = sum_ab A_kab        w_k = sum_ij alpha_kij relu(g_kij)
    L = relu(sum_k w_k A_k)

The paper explains exp(y), whose factor exp(y) is the same in every weight and changes no picture.

*What is done otherwise than in the grad-cam package.* Only g > 0 enters w_k, and there g^2 cancels:
alpha = 1 / (2 + S_k g). The package divides the uncancelled fraction and adds 1e-6 below the line. A head
behind average pooling gives gradients of about 1e-4 with 49 cells and twelve views of an image, g^2 is 1e-8,
and the 1e-6 is then all there is below the line: weights go with g^3 there, and the map shows the few
channels of the largest gradient. The cancelled form is exact for every g.

*Negative features.* The derivation is for features that a relu has left at or above 0, so that alpha lies in
(0, 1/2]. Features of hard-swish or SiLU may sum to a negative S_k, for which 2 + S_k g may vanish or turn
negative, and a channel would count infinitely, or against what it speaks for. Here S_k counts as 0 where it
is below 0: alpha is then 1/2, what it tends to as S_k falls to 0, and equals the paper's wherever S_k is not
negative.

alpha has no unit that would mean the same in two networks: the map is :data:`core.types.RELATIVE`.
"""

from __future__ import annotations

from torch import Tensor

from core.explain.base import make_heatmap, register_explainer
from core.explain.subject import OnProgress, Subject
from core.types import RELATIVE, Heatmap


def weigh_channels(features: Tensor, gradients: Tensor) -> Tensor:
    """The weights w_k; see the module's text.

    Args:
        features: (1, C, h, w) float.
        gradients: of the class logit with respect to them, (1, C, h, w).

    Returns:
        (1, C, 1, 1), at least 0; NaN where a gradient is.
    """
    raising = gradients.relu()
    total = features.sum(dim=(2, 3), keepdim=True).relu()
    return (raising / (2 + total * raising)).sum(dim=(2, 3), keepdim=True)


@register_explainer("gradcam_plus_plus")
def explain_gradcam_plus_plus(
    subject: Subject, class_index: int, class_code: str, on_progress: OnProgress
) -> Heatmap:
    """Grad-CAM++ of one class at the network's last feature map; see the module's text.

    Args, raises: as :class:`core.explain.base.ExplainFunction`.

    Returns:
        A heat map at the feature map's own resolution; ``peak`` is :data:`core.types.RELATIVE`.
    """
    features = subject.features
    weights = weigh_channels(features, subject.gradient(class_index))
    return make_heatmap(
        (weights * features).sum(dim=1)[0].relu().float().cpu().numpy(),
        unit=RELATIVE,
        method="gradcam_plus_plus",
        layer=subject.network.cam_layer,
        class_code=class_code,
    )
