"""CBAM's spatial gate as a map: what the network let through, for no class in particular (DR6, DR12).

Source: Woo et al. 2018, "CBAM: Convolutional Block Attention Module", eq. 3. The gate lies in [0, 1] and its
values mean the same in every picture and network: the share of a place's features that passed. All that
attention weighed, channels too, is in :mod:`core.explain.attention`.
"""

from __future__ import annotations

import torch

from core.explain.base import make_heatmap, register_explainer
from core.explain.subject import OnProgress, Subject
from core.types import Heatmap

UNIT = "share let through"


@register_explainer("cbam_gate", needs="cbam", class_specific=False)
def explain_cbam_gate(
    subject: Subject, class_index: int, class_code: str, on_progress: OnProgress
) -> Heatmap:
    """CBAM's spatial gate: the same map for every class; ``class_code`` is for the record only.

    Args, raises: as :class:`core.explain.base.ExplainFunction`.

    Returns:
        A heat map at the feature map's own resolution; ``peak`` in shares let through, in [0, 1].
    """
    with torch.inference_mode():
        gate = subject.network.forward_attention(subject.x).spatial_gate[0]
    return make_heatmap(
        gate.float().cpu().numpy(),
        unit=UNIT,
        method="cbam_gate",
        layer=f"spatial gate, before {subject.network.cam_layer}",
        class_code=class_code,
    )
