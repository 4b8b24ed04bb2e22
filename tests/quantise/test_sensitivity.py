"""Layers are ranked by how far each alone moves the answers."""

from __future__ import annotations

import numpy as np

from core.quantise.graph import Layer
from core.quantise.sensitivity import rank_layers

LAYERS = tuple(Layer(f"node_{name}", f"w_{name}", name, 300, 0) for name in "abc")
MOVES = {"a": 0.1, "b": 2.0, "c": 0.5}


def make(kept):
    return ",".join(layer.title for layer in LAYERS if layer not in kept).encode()


def answer(content: bytes):
    """Two classes: each layer in 8 bits moves the first logit by its own amount, and both by 10."""
    moved = sum(MOVES[name] for name in content.decode().split(",") if name)
    return np.array([[1 + moved + 10, 2 + 10]]) if content else np.array([[1.0, 2.0]])


def test_the_layer_that_moves_the_answers_most_comes_first():
    told: list[int] = []
    ranked = rank_layers(LAYERS, make, answer, reference=answer(b""), on_layer=told.append)
    assert [layer.title for layer in ranked] == ["b", "c", "a"]
    assert told == [1, 2, 3]


def test_what_moves_all_logits_alike_is_no_sensitivity():
    """A softmax does not see a common shift: with equal moves the order given is kept."""

    def alike(content: bytes):
        return np.array([[1.0, 2.0]]) + len(content)

    ranked = rank_layers(LAYERS, make, alike, reference=np.array([[1.0, 2.0]]))
    assert ranked == LAYERS
