"""How many cases share a threshold as their probability."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def count_tied(positive_prob: NDArray[Any], threshold: float) -> int:
    """Cases whose (N,) probability is exactly the threshold; they are flagged together or not at all."""
    return int(np.count_nonzero(np.asarray(positive_prob) == threshold))


def describe_ties(positive_prob: NDArray[Any], truth: NDArray[Any], threshold: float) -> str:
    """One sentence where more than one case is tied at the threshold, else an empty text."""
    tied = np.asarray(positive_prob) == threshold
    count = int(np.count_nonzero(tied))
    if count < 2:
        return ""
    return (
        f"{count} cases ({int(np.count_nonzero(tied & np.asarray(truth)))} positive) share the probability "
        f"{threshold:.4g} and can only be flagged together."
    )
