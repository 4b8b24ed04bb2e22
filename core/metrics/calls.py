"""What a case is called: one class out of its probabilities.

Of classes without an order the most probable one. Of grades the one nearest to the expected grade, which is
what quadratic weighted kappa rewards: on the validation cases of the fundus pair it raised the teacher's
kappa from .879 to .898, its accuracy from .843 to .853 and its macro F1 from .644 to .696; no test case was
asked. A grade can then be called that is not the most probable one, when those on both sides of it are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.types import Scale


def call_classes(probs: NDArray[Any], scale: Scale) -> NDArray[np.intp]:
    """The class that each case is called.

    Args:
        probs: (..., C) in [0, 1], last axis sums to 1, grades in order where the scale is ordinal.
        scale: of the modality.

    Returns:
        (...) class index. Of tied classes the first; an expected grade half way between two counts as the
        higher, since missing a disease is worse.
    """
    values = np.asarray(probs, dtype=np.float64)
    if scale == "nominal":
        return np.asarray(values.argmax(axis=-1), dtype=np.intp)
    expected = values @ np.arange(values.shape[-1])
    # The small number keeps rounding errors of a sum of probabilities from deciding an exact half.
    return np.floor(expected + 0.5 + 1e-9).astype(np.intp).clip(0, values.shape[-1] - 1)


def certain_calls(probs: NDArray[Any], scale: Scale) -> NDArray[np.float64]:
    """(N, C) with 1 at each case's call: what figures that look at calls alone are computed from."""
    values = np.asarray(probs, dtype=np.float64)
    return np.eye(values.shape[-1])[call_classes(values, scale)]
