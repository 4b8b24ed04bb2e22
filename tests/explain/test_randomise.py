"""Weights in disorder: what is shuffled, what stays, sane activations, and maps that notice or do not."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from core.bundle import load_pair
from core.explain.base import EXPLAINERS, Explainer, make_heatmap
from core.explain.randomise import find_head, shuffle_weights
from core.explain.stability import rank_alike
from core.explain.subject import OnProgress, Subject
from core.networks.base import Network, build_network
from core.predict import open_network
from core.types import Heatmap

SMALL = ("mobilenetv3_small_100", {})
ATTENTIVE = (
    "attentive",
    {
        "backbone": {"architecture": "mobilenetv3_small_100", "arguments": {}},
        "topology_inputs": 16,
        "topology_hidden": [8, 4],
    },
)
HYBRID = ("hybrid_vit", {"width": 32, "depth": 2, "heads": 2, "grid": 4})
MEMBER = {"architecture": "mobilenetv3_small_100", "arguments": {}}
ENSEMBLE = ("flip_average", {"architecture": "ensemble", "arguments": {"members": [MEMBER, MEMBER]}})
KINDS = pytest.mark.parametrize("kind", [SMALL, ATTENTIVE, HYBRID, ENSEMBLE], ids=lambda kind: kind[0])


def images(count: int = 4, side: int = 64) -> torch.Tensor:
    """Pictures that differ as a whole and in their places."""
    drawn = torch.rand(count, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    return nn.functional.interpolate(drawn, (side, side), mode="bilinear").clamp(0, 1)


def build(kind, *, settled: bool = False) -> Network:
    """A network; settled: with BatchNorm statistics of its own answers, as training leaves them."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build_network(kind[0], kind[1], 3)
        if settled:
            for module in network.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.momentum = 1.0
            with torch.no_grad():
                topology = torch.zeros(4, network.topology_inputs) if network.topology_inputs else None
                network.train()(images(), topology)
        return network.eval()


def state(network: Network) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


@KINDS
@pytest.mark.parametrize("part", ["head", "all"])
def test_numbers_stay_places_change_and_the_network_is_left_alone(kind, part: str) -> None:
    network = build(kind)
    before, generator = state(network), torch.random.get_rng_state()
    shuffled = shuffle_weights(network, part=part, seed=3)
    assert torch.equal(torch.random.get_rng_state(), generator)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert not any(module.training for module in shuffled.modules())
    wanted = find_head(network)
    moved = set()
    for name, parameter in shuffled.named_parameters():
        assert torch.equal(parameter.flatten().sort().values, before[name].flatten().sort().values)
        if not torch.equal(parameter, before[name]):
            moved.add(name)
        if parameter.numel() > 8 and before[name].unique().numel() > 1:
            assert (name in moved) == (part == "all" or name in wanted)
    assert moved <= (wanted if part == "head" else set(before))


@KINDS
def test_the_head_is_what_the_features_do_not_depend_on(kind) -> None:
    network = build(kind)
    head = find_head(network)
    assert any("classifier" in name or "head" in name or "fc" in name for name in head)
    assert not any("blocks." in name or "cbam" in name or "conv1" in name for name in head)
    assert any("topology_branch" in name for name in head) == bool(network.topology_inputs)
    shuffled = shuffle_weights(network, part="head", seed=0)
    with torch.no_grad():
        features = network.forward_features(images())
        assert torch.equal(features, shuffled.forward_features(images()))
        topology = torch.ones(4, network.topology_inputs) if network.topology_inputs else None
        assert not torch.allclose(
            network.forward_head(features, topology), shuffled.forward_head(features, topology)
        )


@pytest.mark.parametrize(
    ("kind", "given"),
    [(SMALL, True), (SMALL, False), (ATTENTIVE, True), (HYBRID, True), (ENSEMBLE, True)],
    ids=lambda value: value[0] if isinstance(value, tuple) else ("images" if value else "drawn"),
)
def test_features_keep_a_sane_scale_and_still_differ_between_places_and_pictures(kind, given: bool) -> None:
    network = build(kind, settled=True)
    for seed in range(2):
        shuffled = shuffle_weights(network, part="all", seed=seed, images=images() if given else None)
        with torch.no_grad():
            trained, disordered = (one.forward_features(images()) for one in (network, shuffled))
        assert torch.isfinite(disordered).all()
        assert 1 / 30 < float(disordered.std() / trained.std()) < 30
        assert float(disordered.flatten(2).std(2).mean()) > 0.02 * float(disordered.std())
        assert float(disordered.std(0).mean()) > 0.02 * float(disordered.std())


def test_with_the_old_statistics_features_would_not_keep_their_scale() -> None:
    """Why statistics are estimated again: the same disorder, with those of training put back."""
    network = build(SMALL, settled=True)
    sane = shuffle_weights(network, part="all", seed=0, images=images())
    kept = copy.deepcopy(sane)
    buffers = dict(network.named_buffers())
    with torch.no_grad():
        for name, buffer in kept.named_buffers():
            buffer.copy_(buffers[name])
        right, near, off = (float(one.forward_features(images()).std()) for one in (network, sane, kept))
    assert max(off / right, right / off) > 2 * max(near / right, right / near)


def test_momentum_comes_back_and_the_same_seed_gives_the_same_network() -> None:
    network = build(SMALL)
    first, second, other = (shuffle_weights(network, part="all", seed=seed) for seed in (4, 4, 5))
    assert all(torch.equal(value, second.state_dict()[name]) for name, value in first.state_dict().items())
    assert not all(torch.equal(value, other.state_dict()[name]) for name, value in first.state_dict().items())
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    again = [module for module in first.modules() if isinstance(module, nn.BatchNorm2d)]
    assert [norm.momentum for norm in norms] == [norm.momentum for norm in again] and norms


def test_requests_that_do_not_fit() -> None:
    network = build(SMALL)
    with pytest.raises(ValueError, match="part"):
        shuffle_weights(network, part="body", seed=0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="images"):
        shuffle_weights(network, part="all", seed=0, images=torch.zeros(0, 3, 64, 64))


def show_darkness(subject: Subject, class_index: int, class_code: str, on_progress: OnProgress) -> Heatmap:
    """A method that shows the picture and asks no network, as an edge detector would."""
    dark = 1 - subject.x[0].mean(0).reshape(8, 8, 8, 8).mean((1, 3)).numpy()
    return make_heatmap(dark, unit="grey", method="darkness", layer="none", class_code=class_code)


def test_a_map_of_the_picture_stays_and_a_map_of_the_network_does_not() -> None:
    network, pictures = build(SMALL, settled=True), images(8, 64)
    shuffled = shuffle_weights(network, part="all", seed=0, images=pictures)

    def compare(explainer: Explainer) -> list[float]:
        maps = [[explainer(one, x[None], 0, "") for one in (network, shuffled)] for x in pictures]
        return [rank_alike(*both) for both in maps if both[0].state == "ok"]

    darkness = compare(Explainer("darkness", show_darkness, "features", class_specific=True, passes=1))
    assert darkness == pytest.approx(np.ones(8))
    found = compare(EXPLAINERS.get("gradcam"))
    assert found and np.mean(np.abs(found)) < 0.9 and min(found) < 0.5


@pytest.mark.parametrize("role", ["student", "second_student"])
def test_shipped_networks_overflow_or_go_blind_with_the_old_statistics_only(role) -> None:
    network = open_network(load_pair("lung"), role)
    pictures = images(4, 112).mean(1, keepdim=True).expand(-1, 3, -1, -1)  # as grey as CT is
    sane = shuffle_weights(network, part="all", seed=0)
    kept = copy.deepcopy(sane)
    buffers = dict(network.named_buffers())
    with torch.no_grad():
        for name, buffer in kept.named_buffers():
            buffer.copy_(buffers[name])
        trained, right, off = (one.forward_features(pictures) for one in (network, sane, kept))
    scale, differs = (float(right.std() / trained.std()), float(right.std(0).mean() / right.std()))
    assert 1 / 30 < scale < 30 and differs > 0.02
    assert float(off.std() / trained.std()) > 1e6 or float(off.std(0).mean() / off.std()) < differs / 10
