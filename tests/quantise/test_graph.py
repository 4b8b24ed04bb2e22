"""The graph that is quantised says the same as the one that ships, and its layers are the network's own."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from torch import nn

from core.quantise.graph import LAYER_TYPES, SMALLEST, list_layers, round_kept_weights
from core.release.int8_search import answer


def test_a_simplified_graph_gives_the_same_logits(content, simple, feeds):
    assert answer(simple, feeds) == pytest.approx(answer(content, feeds), abs=1e-4)


def test_batch_normalisations_and_casts_are_gone(content, simple):
    before, after = (
        {node.op_type for node in onnx.load_model_from_string(each).graph.node} for each in (content, simple)
    )
    assert {"BatchNormalization", "Cast"} <= before
    assert not {"BatchNormalization", "Cast"} & after


def test_every_layer_of_the_network_with_enough_weights_is_listed(simple, network):
    layers = list_layers(simple)
    wanted = {
        name: module.weight.numel()
        for name, module in network.named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear) and module.weight.numel() >= SMALLEST
    }
    assert {layer.title: layer.size for layer in layers} == wanted
    assert len(wanted) > 40


def test_the_axis_of_a_layer_is_that_of_its_output_channels(simple, network):
    shapes = {w.name: tuple(w.dims) for w in onnx.load_model_from_string(simple).graph.initializer}
    channels = {
        name: module.weight.shape[0]
        for name, module in network.named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear)
    }
    for layer in list_layers(simple):
        assert shapes[layer.weight][layer.axis] == channels[layer.title]


def test_nodes_of_layers_are_named_and_different(simple):
    nodes = [layer.node for layer in list_layers(simple)]
    assert all(nodes) and len(set(nodes)) == len(nodes)
    types = {node.name: node.op_type for node in onnx.load_model_from_string(simple).graph.node}
    assert {types[name] for name in nodes} <= set(LAYER_TYPES)


def test_kept_weights_are_rounded_to_float16_and_cast_back(simple, feeds):
    model = onnx.load_model_from_string(simple)
    names = [layer.weight for layer in list_layers(simple)]
    before = {w.name: onnx.numpy_helper.to_array(w) for w in model.graph.initializer}
    round_kept_weights(model, names)
    stored = {w.name: onnx.numpy_helper.to_array(w) for w in model.graph.initializer}
    for name in names:
        assert name not in stored
        assert np.array_equal(stored[f"{name}.float16"], before[name].astype(np.float16))
    rounded = bytes(model.SerializeToString())
    assert len(rounded) < 0.6 * len(simple)
    assert answer(rounded, feeds) == pytest.approx(answer(simple, feeds), abs=0.02)
