"""Weights in 8 bits: by hand, within half a step, smaller, and float again for the arithmetic."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.quantise.graph import list_layers
from core.quantise.weights import STEPS, quantise_channels, quantise_weights
from core.release.int8_search import answer


def test_two_channels_by_hand():
    weight = np.array([[1.27, -0.02, 0.634], [254.0, 3.0, 0.0]], np.float32)
    values, scale = quantise_channels(weight, 0)
    assert values.tolist() == [[127, -2, 63], [127, 2, 0]]
    assert values.dtype == np.int8
    assert scale == pytest.approx(np.array([[0.01], [2.0]]))


def test_channels_along_another_axis():
    weight = np.array([[1.27, 254.0], [-0.02, 3.0]], np.float32)
    values, scale = quantise_channels(weight, 1)
    assert values.tolist() == [[127, 127], [-2, 2]]
    assert scale.shape == (1, 2)


def test_a_channel_of_zeros_stays_zero():
    values, scale = quantise_channels(np.zeros((2, 3), np.float32), 0)
    assert not values.any() and (scale > 0).all()


@given(arrays(np.float32, (3, 4, 2), elements=st.floats(-100, 100, width=32)), st.integers(0, 2))
def test_no_weight_moves_by_more_than_half_a_step(weight, axis):
    values, scale = quantise_channels(weight, axis)
    assert np.abs(values.astype(np.int64)).max() <= STEPS
    assert (np.abs(values * scale - weight) <= scale * 0.501 + 1e-6).all()


def test_every_layer_but_the_kept_ones_is_stored_in_8_bits(simple):
    layers = list_layers(simple)
    kept = layers[:3]
    model = onnx.load_model_from_string(quantise_weights(simple, layers, kept))
    stored = {w.name: w.data_type for w in model.graph.initializer}
    for layer in layers:
        if layer in kept:
            assert stored[f"{layer.weight}.float16"] == onnx.TensorProto.FLOAT16
        else:
            assert stored[f"{layer.weight}.int8"] == onnx.TensorProto.INT8
        assert layer.weight not in stored


def test_the_file_is_much_smaller_and_nearly_the_same(content, simple, feeds):
    made = quantise_weights(simple, list_layers(simple), ())
    assert len(made) < 0.6 * len(content) < 0.35 * len(simple)
    difference = np.abs(answer(made, feeds) - answer(content, feeds)).max()
    assert 0 < difference < 0.3 * np.abs(answer(content, feeds)).max()


def test_with_every_layer_kept_only_float16_is_left(simple, feeds):
    layers = list_layers(simple)
    made = quantise_weights(simple, layers, layers)
    assert answer(made, feeds) == pytest.approx(answer(simple, feeds), abs=0.02)


def test_inputs_and_outputs_are_the_same(content, simple):
    made = onnx.load_model_from_string(quantise_weights(simple, list_layers(simple), ()))
    before = onnx.load_model_from_string(content)
    assert [value.name for value in made.graph.input] == [value.name for value in before.graph.input]
    assert [value.name for value in made.graph.output] == [value.name for value in before.graph.output]
