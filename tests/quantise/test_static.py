"""Weights and activations in 8 bits: ranges from the pictures given, layers that are kept stay float."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from core.quantise.graph import LAYER_TYPES, list_layers
from core.quantise.static import measure_ranges, quantise_static
from core.release.int8_search import answer
from core.sessions import INPUT_NAME


@pytest.fixture(scope="module")
def ranges(simple, feeds):
    return measure_ranges(simple, feeds)


def counted(content: bytes) -> dict[str, int]:
    types = [node.op_type for node in onnx.load_model_from_string(content).graph.node]
    return {kind: types.count(kind) for kind in set(types)}


def test_every_layer_works_on_8_bit_weights_with_a_scale_a_channel(simple, ranges):
    model = onnx.load_model_from_string(quantise_static(simple, ranges, ()))
    stored = {w.name: w for w in model.graph.initializer}
    for layer in list_layers(simple):
        found = stored[f"{layer.weight}_quantized"]
        assert found.data_type == onnx.TensorProto.INT8
        assert stored[f"{layer.weight}_scale"].dims[0] == found.dims[layer.axis]


def test_a_kept_layer_stays_float(simple, ranges):
    layers = list_layers(simple)
    kept = layers[:2]
    stored = {
        w.name for w in onnx.load_model_from_string(quantise_static(simple, ranges, kept)).graph.initializer
    }
    for layer in kept:
        assert f"{layer.weight}.float16" in stored and f"{layer.weight}_quantized" not in stored
    assert f"{layers[2].weight}_quantized" in stored


def test_ranges_hold_what_the_pictures_gave(simple, feeds, ranges):
    """The input's range is that of the pictures, so a brighter one would be cut."""
    found = measure_ranges(simple, [{INPUT_NAME: feeds[0][INPUT_NAME] * 0.5}])
    logits = answer(simple, [{INPUT_NAME: feeds[0][INPUT_NAME] * 0.5}])
    low, high = (float(x) for x in found["logits"].range_value)
    assert low == pytest.approx(logits.min(), abs=1e-4) and high == pytest.approx(logits.max(), abs=1e-4)
    wide_low, wide_high = (float(x) for x in ranges["logits"].range_value)
    every = answer(simple, feeds)
    assert wide_low <= every.min() + 1e-4 and wide_high >= every.max() - 1e-4


def test_no_picture_is_refused(simple):
    with pytest.raises(ValueError):
        measure_ranges(simple, [])


def test_with_every_layer_kept_and_nothing_else_quantised_only_float16_is_left(simple, feeds, ranges):
    kept = list_layers(simple)
    made = quantise_static(simple, ranges, kept, types=LAYER_TYPES)
    assert answer(made, feeds) == pytest.approx(answer(simple, feeds), abs=0.002)


def test_in_8_bits_the_answers_are_others_but_near(simple, feeds, ranges):
    moved = np.abs(answer(quantise_static(simple, ranges, ()), feeds) - answer(simple, feeds))
    assert 0.002 < moved.max() < 0.1


def test_fewer_kinds_of_operators_leave_the_others_float(simple, ranges):
    few = counted(quantise_static(simple, ranges, (), types=LAYER_TYPES))
    many = counted(quantise_static(simple, ranges, ()))
    assert few["QuantizeLinear"] < many["QuantizeLinear"]


def test_nothing_of_the_machine_is_in_the_file(simple, ranges):
    model = onnx.load_model_from_string(quantise_static(simple, ranges, ()))
    parts = [model, model.graph, *model.graph.node, *model.graph.initializer, *model.graph.value_info]
    assert not [part for part in parts if part.doc_string or part.metadata_props]
