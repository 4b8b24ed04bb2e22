"""BatchNorm statistics for networks whose own were folded into the convolutions."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.networks.base import Network


def reestimate_batchnorm(network: nn.Module, images: Tensor) -> None:
    """Give every BatchNorm the statistics of real images without changing what the network computes.

    Where statistics were folded into the convolutions, BatchNorm in train mode would normalise what was
    never normalised. At each BatchNorm, in the order of running, with its input's mean m and (biased)
    variance v per channel: running_mean = m, running_var = v, and weight and bias such that eval mode gives
    what it gave before. For a folded one (weight 1, mean 0, variance 1 - eps) that is weight = sqrt(v + eps)
    and bias = bias + m; the general form used here also holds for one that was not folded.

    A network that takes a topology is run with zeros for it: it enters behind the last BatchNorm.

    Args:
        network: changed in place; its train flags come back as they were.
        images: (N, 3, H, W) in [0, 1], one batch that stands for the target images (about a hundred).

    Raises:
        ValueError: ``images`` is not such a batch.
    """
    if images.ndim != 4 or images.shape[1] != 3 or len(images) == 0:
        raise ValueError(f"images must be (N, 3, H, W) with N > 0, not {tuple(images.shape)}")
    flags = [(module, module.training) for module in network.modules()]
    handles = [
        module.register_forward_pre_hook(_take_statistics)
        for module in network.modules()
        if isinstance(module, nn.BatchNorm2d) and module.affine and module.track_running_stats
    ]
    try:
        network.eval()
        with torch.no_grad():
            _run(network, images)
    finally:
        for handle in handles:
            handle.remove()
        for module, flag in flags:
            module.training = flag


def _run(network: nn.Module, images: Tensor) -> None:
    """Run a network on images, with zeros for the topology where it takes one."""
    if isinstance(network, Network) and network.topology_inputs:
        network(images, images.new_zeros(len(images), network.topology_inputs))
    else:
        network(images)


def _take_statistics(norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    """Set one BatchNorm's statistics to its input's, and its weight and bias so that nothing else changes."""
    if not isinstance(norm, nn.BatchNorm2d) or norm.running_mean is None or norm.running_var is None:
        raise TypeError(f"norm must be a BatchNorm2d with statistics, not {type(norm).__name__}")
    x = inputs[0].double()
    mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
    slope = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    norm.bias.add_(slope * (mean - norm.running_mean))
    norm.weight.copy_(slope * (variance + norm.eps).sqrt())
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)
