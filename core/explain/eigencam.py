"""EigenCAM without hooks: what the feature maps have most in common, for no class in particular.

Source: Muhammad & Yeasin 2020, "Eigen-CAM: Class Activation Map using Principal Components". With features A
laid out as Z = h w cells by C channels and X the same with every channel's mean over cells taken off, the map
is the projection of the cells on the first principal component, X v_1.

*A small problem instead of a large one.* v_1 has as many entries as there are channels, 14,000 for an
ensemble of averaged networks. X v_1 = sigma_1 u_1 needs only u_1, the first eigenvector of the Z x Z matrix
X X^T, which is computed in float64.

*Which end is up.* A component has no sign: -v_1 serves as well, and a library that keeps whichever its
solver returns shows an inverted map in half of all cases. Here the sign is the one for which the map rises
with the strength of the features, sum_k A_kij^2: cells where the network responds most are the bright ones.
Where the strength does not vary along the component, neither end is up and the map is empty.

Values have no unit that would mean the same in two networks: the map is :data:`core.types.RELATIVE`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.explain.base import make_heatmap, register_explainer
from core.explain.subject import OnProgress, Subject
from core.types import RELATIVE, Heatmap

NO_DIRECTION = 1e-6
"""Correlation with the strength of the features below which neither end of the component is up."""


def project_cells(features: Tensor) -> Tensor:
    """Projection of every cell on the first principal component, any sign, oriented as the module says.

    Args:
        features: (1, C, h, w) float.

    Returns:
        (h, w) float64; zero where the cells do not differ or neither end is up, NaN where a feature is.
    """
    cells = features[0].double().flatten(1).T
    if not bool(torch.isfinite(cells).all()):
        return torch.full(features.shape[2:], torch.nan, dtype=torch.float64)
    centred = cells - cells.mean(dim=0)
    values, vectors = torch.linalg.eigh(centred @ centred.T)
    projection = values[-1].clamp(min=0).sqrt() * vectors[:, -1]
    strength = cells.square().sum(dim=1)
    strength = strength - strength.mean()
    scale = float(strength.norm() * projection.norm())
    correlation = float(strength @ projection) / scale if scale > 0 else 0.0
    if abs(correlation) < NO_DIRECTION:
        return torch.zeros(features.shape[2:], dtype=torch.float64)
    return (projection if correlation > 0 else -projection).reshape(features.shape[2:])


@register_explainer("eigencam", class_specific=False)
def explain_eigencam(subject: Subject, class_index: int, class_code: str, on_progress: OnProgress) -> Heatmap:
    """EigenCAM at the network's last feature map: the same for every class; see the module's text.

    Args, raises: as :class:`core.explain.base.ExplainFunction`; ``class_code`` is for the record only.

    Returns:
        A heat map at the feature map's own resolution; ``peak`` is :data:`core.types.RELATIVE`.
    """
    with torch.inference_mode(mode=False), torch.no_grad():
        projection = project_cells(subject.features).relu()
    return make_heatmap(
        projection.float().cpu().numpy(),
        unit=RELATIVE,
        method="eigencam",
        layer=subject.network.cam_layer,
        class_code=class_code,
    )
