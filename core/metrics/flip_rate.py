"""How often the predicted class changes when a photograph is turned by a right angle (DR9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

TURNS = (0, 90, 180, 270)
"""Degrees, anticlockwise."""

Answer = Callable[[NDArray[np.float32], NDArray[np.intp]], NDArray[Any]]


def answer_turns(answer: Answer, images: NDArray[np.uint8], *, batch_size: int = 64) -> NDArray[np.float64]:
    """A network's answers to every image as it is and turned by each right angle.

    Args:
        answer: takes (B, 3, S, S) float32 in [0, 1] and the (B,) rows they are; gives (B, C).
        images: (N, 3, S, S) uint8, square.
        batch_size: images at once.

    Returns:
        (4, N, C) float64 in the order of :data:`TURNS`.

    Raises:
        ValueError: the images are not square, or there are none.
    """
    if images.ndim != 4 or images.shape[2] != images.shape[3] or not len(images):
        raise ValueError(f"images must be (N, 3, S, S) with N at least 1, they are {images.shape}")
    turned = []
    for quarter in range(len(TURNS)):
        parts = []
        for rows in np.array_split(np.arange(len(images)), -(-len(images) // batch_size)):
            batch = np.rot90(images[rows], quarter, axes=(2, 3)).astype(np.float32) / np.float32(255)
            parts.append(np.asarray(answer(np.ascontiguousarray(batch), rows), dtype=np.float64))
        turned.append(np.concatenate(parts))
    return np.stack(turned)


def find_flips(answers: NDArray[Any]) -> NDArray[np.bool_]:
    """Which cases change their predicted class under any turn.

    Args:
        answers: (4, N, C) logits or probabilities in the order of :data:`TURNS`; of tied classes the first
            counts.

    Returns:
        (N,) bool.

    Raises:
        ValueError: ``answers`` is of another shape.
    """
    if answers.ndim != 3 or len(answers) != len(TURNS):
        raise ValueError(f"answers must be ({len(TURNS)}, N, C), they are {answers.shape}")
    called = answers.argmax(axis=2)
    return np.asarray((called[1:] != called[0]).any(axis=0))


def flip_rate(answers: NDArray[Any]) -> float:
    """Share of cases of :func:`find_flips`, in [0, 1]; lower is better. NaN without cases."""
    flips = find_flips(answers)
    return float(flips.mean()) if flips.size else float("nan")
