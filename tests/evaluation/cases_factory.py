"""Made-up held-out cases of known make-up."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.types import HeldOut, Interval, OperatingPoint

CLASSES = ("mel", "nv", "bcc")
SKILLS = {"teacher": 1.6, "student": 1.3, "control": 1.0, "second_student": 1.3}


def make_held_out(
    n: int = 240, *, roles=("teacher", "student", "control"), seed: int = 0, repeated: bool = False
) -> HeldOut:
    """Three classes, melanoma positive; the teacher is the best of the roles, the control the worst;
    the second student is as good as the student."""
    rng = np.random.default_rng(seed)
    target = np.array(CLASSES)[np.arange(n) % 3]
    truth = target == "mel"
    lesion = rng.normal(size=n)
    probs = {}
    for role, skill in SKILLS.items():
        logits = rng.normal(size=(n, 3)) * 0.6 + 0.4 * lesion[:, None]
        logits[np.arange(n), np.arange(n) % 3] += skill
        probs[role] = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return HeldOut(
        title="Made-up cases",
        dataset="made_up",
        split="test",
        classes=CLASSES,
        positives=("mel",),
        image_ids=np.array([f"case_{index:03d}" for index in range(n)]),
        groups=np.arange(n) // 2 if repeated else np.arange(n),
        target=target,
        truth=truth,
        probs={role: probs[role] for role in roles},
        positive_prob={role: probs[role][:, 0] for role in roles},
        metadata={
            "age": np.array([("35", "45", "70", "")[index % 4] for index in range(n)]),
            "sex": np.array([("male", "female", "unknown")[index % 3] for index in range(n)]),
        },
    )


def make_points(thresholds: Mapping[str, float] | None = None) -> dict[str, OperatingPoint]:
    """A point a role; 0.4 where none is given."""
    rate = Interval(0.9, 0.85, 0.95, 0.95, 100, "Wilson")
    given = {"teacher": 0.4, "student": 0.4, "control": 0.4} | dict(thresholds or {})
    return {
        role: OperatingPoint("sensitivity_90", value, "validation split, n = 100", rate, rate)
        for role, value in given.items()
    }
