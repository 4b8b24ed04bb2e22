"""EigenCAM: the pattern that most of a feature map's variation follows, for no class, without hooks.

Source: Muhammad & Yeasin 2020, "Eigen-CAM: Class Activation Map using Principal Components". The feature map,
as a matrix A of Z = h w cells and C channels, is projected on its first principal component v, the direction
in which its cells differ most: p = (A - mean over cells) v. Drawn is its positive part. No logit and no
gradient enters, so the map is the same for every class and says nothing for or against one.

Channels are centred, as the grad-cam package does and as principal components are defined; without it the
first direction is that of the mean, and every cell is bright.

*By way of the cells.* The package decomposes the C x C side in full, which for the 12,000 channels of an
ensemble over four views takes gigabytes and minutes. The component has the same projection seen from the
other side: with G = (A - mean)(A - mean)^T, which is Z x Z, and u, s^2 its first eigenvector and value,
p = s u. Computed in float64.

*The sign.* u and -u are eigenvectors alike, and which one is returned is chance: half of all maps would be
inverted, as the package's may be. Here p points to where the network responds: it is given the sign with
which it correlates with the energy of the cells, sum_k A_kij^2. (Without centring, and with features at or
above 0, the first component has one sign throughout, by the theorem of Perron and Frobenius, and is largest
where the energy is: this is the sign that the paper's own form has.) Where the energy does not say, because
the correlation is below ``UNDECIDED`` as it may be for tokens normalised to one length, the end that lies
further from 0 is the positive one, which is the rule of Chung & Ying 2025, "Seg-Eigen-CAM", eq. 13. Where
even this is a tie, the first cell that is not 0 is positive.

The channels' scales are the network's own: an ensemble's component follows the member with the largest
features. The map is :data:`core.types.RELATIVE`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.explain.base import make_heatmap, register_explainer
from core.explain.subject import OnProgress, Subject
from core.types import RELATIVE, Heatmap

UNDECIDED = 1e-3
"""A correlation with the energy, or a relative difference of both ends, that decides nothing."""
EVEN = 1e-6
"""Size of the component relative to that of the features that float32 can show by rounding alone."""


def project_cells(features: Tensor) -> Tensor:
    """The first principal component of a feature map's cells, with its sign; see the module's text.

    Args:
        features: (1, C, h, w) float.

    Returns:
        (h, w) float64; all 0 where every cell is the same, all NaN where a feature is not finite.
    """
    cells = features[0].detach().flatten(1).T.double()
    if not bool(torch.isfinite(cells).all()):
        return torch.full(features.shape[2:], torch.nan, dtype=torch.float64)
    centred = cells - cells.mean(0)
    variances, directions = torch.linalg.eigh(centred @ centred.T)
    size = float(variances[-1].clamp(min=0).sqrt())
    if size <= EVEN * float(torch.linalg.vector_norm(cells)):
        return torch.zeros(features.shape[2:], dtype=torch.float64)
    component = size * directions[:, -1]
    return (_sign_of(component, cells) * component).reshape(features.shape[2:])


def _sign_of(component: Tensor, cells: Tensor) -> float:
    """1 or -1; ``component`` (Z,) has mean 0, ``cells`` are (Z, C)."""
    energy = cells.square().sum(1)
    excess = energy - energy.mean()
    length = torch.linalg.vector_norm(excess) * torch.linalg.vector_norm(component)
    correlation = float(component @ excess / length) if length > 0 else 0.0
    if abs(correlation) >= UNDECIDED:
        return 1.0 if correlation > 0 else -1.0
    high, low = float(component.max()), float(-component.min())
    if abs(high - low) >= UNDECIDED * max(high, low):
        return 1.0 if high > low else -1.0
    first = component[component.abs() >= UNDECIDED * component.abs().max()][0]
    return 1.0 if first > 0 else -1.0


@register_explainer("eigencam", class_specific=False)
def explain_eigencam(subject: Subject, class_index: int, class_code: str, on_progress: OnProgress) -> Heatmap:
    """EigenCAM: the same map for every class; ``class_code`` is for the record only.

    Args, raises: as :class:`core.explain.base.ExplainFunction`.

    Returns:
        A heat map at the feature map's own resolution; ``peak`` is :data:`core.types.RELATIVE`.
    """
    with torch.inference_mode(mode=False), torch.no_grad():
        projected = project_cells(subject.features)
    return make_heatmap(
        projected.relu().float().cpu().numpy(),
        unit=RELATIVE,
        method="eigencam",
        layer=subject.network.cam_layer,
        class_code=class_code,
    )
