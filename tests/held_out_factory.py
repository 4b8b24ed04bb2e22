"""Made-up held-out cases whose probabilities are right, or wrong in a known way."""

from __future__ import annotations

import numpy as np
from scipy.special import softmax

from core.types import HeldOut

CLASSES = ("mel", "nv", "bkl")


def draw_cases(
    n: int = 400,
    seed: int = 0,
    *,
    sharpness: float = 1.0,
    group_size: int = 1,
    split: str = "test",
    roles: tuple[str, ...] = ("teacher", "student", "control"),
) -> HeldOut:
    """Cases of three classes, ``mel`` positive; the truth is drawn from softmax(logits).

    Args:
        n, seed: how many, and which.
        sharpness: what the logits are multiplied by after the truth is drawn; above 1 is overconfident.
        group_size: cases in a group.
        split: of the record.
        roles: which roles; each sees the logits through noise of its own, the first one through none.
    """
    rng = np.random.default_rng(seed)
    logits = rng.normal([-1.5, 0.8, 0.0], 1.4, size=(n, 3))
    reached = softmax(logits, axis=1).cumsum(axis=1)
    code = (rng.random((n, 1)) > reached[:, :-1]).sum(axis=1)
    probs = {
        role: softmax(sharpness * (logits + place * rng.normal(0, 0.3, logits.shape)), axis=1)
        for place, role in enumerate(roles)
    }
    target = np.array(CLASSES)[code]
    return HeldOut(
        title=f"{n} made-up cases",
        dataset="made_up",
        split=split,
        classes=CLASSES,
        positives=("mel",),
        image_ids=np.array([f"case_{number:05d}" for number in range(n)]),
        groups=np.array([f"group_{number // group_size:05d}" for number in range(n)]),
        target=target,
        truth=target == "mel",
        probs=probs,
        positive_prob={role: values[:, 0].copy() for role, values in probs.items()},
        metadata={},
    )
