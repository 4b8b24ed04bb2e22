"""Which layers of a network mind fewer bits most, each asked alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from core.quantise.graph import Layer

Make = Callable[[Collection[Layer]], bytes]
"""From the layers that stay float to a serialised model."""
Answer = Callable[[bytes], NDArray[np.floating]]
"""From a serialised model to its (N, C) logits of the same pictures."""


def rank_layers(
    layers: Sequence[Layer],
    make: Make,
    answer: Answer,
    *,
    reference: NDArray[np.floating],
    on_layer: Callable[[int], None] = lambda done: None,
) -> tuple[Layer, ...]:
    """Layers from the one that moves the answers most when it alone is in 8 bits to the one that does least.

    Args:
        layers: all of them.
        make: quantises a model.
        answer: runs it on calibration pictures; never on pictures that a figure is reported of.
        reference: (N, C) logits of the float network of the same pictures.
        on_layer: told how many layers are done.

    Returns:
        The layers by the root mean square of the differences of centred logits, which is what a softmax sees.
    """
    moved = {}
    for done, layer in enumerate(layers, start=1):
        logits = answer(make([other for other in layers if other != layer]))
        moved[layer] = float(np.sqrt(np.mean((_centred(logits) - _centred(reference)) ** 2)))
        on_layer(done)
    return tuple(sorted(layers, key=lambda layer: -moved[layer]))


def _centred(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    values = np.asarray(logits, dtype=np.float64)
    return values - values.mean(axis=-1, keepdims=True)
