"""CBAM's spatial gate as a heat map: which places a network lets through, for no class in particular.

Source: Woo et al. 2018, "CBAM: Convolutional Block Attention Module", eq. 3. The gate g_ij in (0, 1) is what
every channel's value at a place is multiplied by. :mod:`core.explain.attention` shows it whole, on a scale
from shut to open, beside the channels; here it stands as one map among others and is held to the same checks.

*Beyond the mean.* A trained gate lies on a pedestal: between .86 and .93, say. Drawn from 0 it is bright
everywhere; stretched to its own range, a difference in the third decimal would look like a finding. The map
is how much wider a place stands open than the picture's mean, M = max(g - mean(g), 0), in the gate's own
units, which are the same in every picture and network: ``peak`` .05 says that at the widest place .05 more of
every value passes than on average. Places at or below the mean are 0, the order of those above is kept, and a
gate that is the same everywhere is ``"no_evidence"``.
"""

from __future__ import annotations

import torch

from core.explain.attention import CONSTANT_RANGE
from core.explain.base import make_heatmap, register_explainer
from core.explain.subject import OnProgress, Subject
from core.types import Heatmap

UNIT = "share let through beyond the mean"


@register_explainer("cbam_gate", needs="cbam", class_specific=False)
def explain_cbam_gate(
    subject: Subject, class_index: int, class_code: str, on_progress: OnProgress
) -> Heatmap:
    """The spatial gate: the same map for every class; ``class_code`` is for the record only.

    An average over flips gives the mean gate of its views, each flipped back.

    Args, raises: as :class:`core.explain.base.ExplainFunction`.

    Returns:
        A heat map at the feature map's own resolution; ``peak`` in shares let through beyond the mean.
    """
    with torch.inference_mode():
        gate = subject.network.forward_attention(subject.x).spatial_gate[0].double()
        beyond = (gate - gate.mean()).clamp(min=0)
        if float(gate.max() - gate.min()) <= CONSTANT_RANGE:
            beyond = torch.zeros_like(beyond)
    return make_heatmap(
        beyond.float().cpu().numpy(),
        unit=UNIT,
        method="cbam_gate",
        layer=f"spatial gate before {subject.network.cam_layer}",
        class_code=class_code,
    )
