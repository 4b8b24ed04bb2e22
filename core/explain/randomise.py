"""Whether a map depends on what a network learned: the same network with its weights in disorder.

Source: Adebayo et al. 2018, "Sanity Checks for Saliency Maps", section 3 (the model parameter randomisation
test). A method whose maps stay as they are when the weights are noise shows the picture, not the network.

**Shuffled, not drawn.** The numbers of each parameter stay and their places change, within that parameter
only. Every layer thus keeps the scale, the spread and the share of zeros that training gave it, and loses
what it does; with weights drawn anew one would have to choose a distribution for each of them.

**BatchNorm's statistics are estimated again**, layer by layer, on a few pictures. Kept as they were, they
belong to answers that no layer gives any more: in the networks of our pairs the features then grow to
10^9 and beyond, or hardly differ between pictures, and a map shows nothing but that. Estimated again, their
scale is that of a trained network (tests/explain/test_randomise.py).
"""

from __future__ import annotations

import copy
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from core.networks.base import Network

Part = Literal["head", "all"]
"""What is put in disorder: what lies behind the last feature map, or everything."""

_PICTURES, _SIDE = 8, 224
_DETAIL = (2, 7, 28, 112)
_PROBE = 64


def shuffle_weights(network: Network, *, part: Part, seed: int, images: Tensor | None = None) -> Network:
    """A private copy of a network, in eval mode, with parameters in disorder; see the module's text.

    Args:
        network: left as it is.
        part: ``"head"`` leaves the features as they are.
        seed: of the disorder; the global generators are not used.
        images: (N, 3, H, W) float in [0, 1] on the network's device that BatchNorm's statistics are estimated
            on; None takes a few pictures of smooth random colours.

    Raises:
        ValueError: ``part`` is neither, or ``images`` is no such batch.
    """
    if part not in ("head", "all"):
        raise ValueError(f"part must be 'head' or 'all', not {part!r}")
    shuffled = copy.deepcopy(network).eval().requires_grad_(False)
    names = {name for name, _ in shuffled.named_parameters()} if part == "all" else find_head(network)
    rng = np.random.default_rng(seed)
    with torch.inference_mode(mode=False), torch.no_grad():
        for name, parameter in shuffled.named_parameters():
            if name in names:
                order = torch.from_numpy(rng.permutation(parameter.numel())).to(parameter.device)
                parameter.copy_(parameter.flatten()[order].view_as(parameter))
        if part == "all":
            _estimate_statistics(shuffled, images)
    return shuffled


def find_head(network: Network) -> frozenset[str]:
    """Names of the parameters that the answer depends on by another way than the last feature map."""
    private = copy.deepcopy(network).eval().requires_grad_(True)
    names, parameters = zip(*private.named_parameters(), strict=True)
    with torch.inference_mode(mode=False), torch.enable_grad():
        x = torch.full((1, 3, _PROBE, _PROBE), 0.5, device=parameters[0].device)
        logits = private.forward_head(private.forward_features(x).detach(), _no_topology(private, 1))
        gradients = torch.autograd.grad(logits.sum(), parameters, allow_unused=True)
    return frozenset(name for name, gradient in zip(names, gradients, strict=True) if gradient is not None)


def _estimate_statistics(network: Network, images: Tensor | None) -> None:
    """Give every BatchNorm of a private copy the statistics of what it is now fed."""
    norms = [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    if not norms:
        return
    if images is None:
        images = _draw_pictures().to(next(network.parameters()).device)
    if images.ndim != 4 or images.shape[1] != 3 or len(images) == 0:
        raise ValueError(f"images must be (N, 3, H, W) with N > 0, not {tuple(images.shape)}")
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.train()
        norm.momentum = 1.0
    network(images, _no_topology(network, len(images)))
    network.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def _no_topology(network: Network, count: int) -> Tensor | None:
    """Zeros for the second input: it enters behind the last feature map and the last BatchNorm."""
    inputs = network.topology_inputs
    return torch.zeros(count, inputs, device=next(network.parameters()).device) if inputs else None


def _draw_pictures() -> Tensor:
    """(8, 3, 224, 224) in [0, 1]: random colours at several degrees of detail, the finer the fainter."""
    rng = np.random.default_rng(0)
    drawn = torch.zeros(_PICTURES, 3, _SIDE, _SIDE)
    for side in _DETAIL:
        coarse = torch.from_numpy(rng.normal(size=(_PICTURES, 3, side, side)).astype(np.float32))
        drawn += functional.interpolate(coarse, (_SIDE, _SIDE), mode="bilinear") / side**0.5
    low, high = drawn.amin((1, 2, 3), keepdim=True), drawn.amax((1, 2, 3), keepdim=True)
    return (drawn - low) / (high - low)
