"""Curves of given gaps, for tests of rules, words and figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.types import Faithfulness


def make_faithfulness(gap: float, random_gaps: Sequence[float], *, low: float = 0.1, high: float = 0.9):
    """Curves at three shares between ``low`` and ``high``, insertion less deletion area as given.

    The middle of the deletion curve lies ``gap`` below the middle height and that of insertion above it, so
    that with shares 0, 1/2, 1 the areas differ by ``gap``.
    """
    shares = np.array([0.0, 0.5, 1.0])
    middle = (low + high) / 2

    def curves(one: float) -> tuple[np.ndarray, np.ndarray]:
        return np.array([high, middle - one, low]), np.array([low, middle + one, high])

    def area(curve: np.ndarray) -> float:
        return float(((curve[1:] + curve[:-1]) / 4).sum())

    deletion, insertion = curves(gap)
    randoms = [curves(one) for one in random_gaps]
    return Faithfulness(
        shares=shares,
        deletion=deletion,
        insertion=insertion,
        deletion_auc=area(deletion),
        insertion_auc=area(insertion),
        random_deletion_aucs=np.array([area(one) for one, _ in randoms]),
        random_insertion_aucs=np.array([area(other) for _, other in randoms]),
        random_deletion=np.stack([one for one, _ in randoms]),
        random_insertion=np.stack([other for _, other in randoms]),
    )
