"""A network as its recipe starts it: built, filled with pretrained weights, ready for training."""

from __future__ import annotations

import torch
from torch import nn

from core.data.augment import augment
from core.data.batches import generator_for
from core.errors import ConfigError
from core.networks.base import Network, build_network
from core.networks.batchnorm import reestimate_batchnorm
from core.networks.pretrained import load_pretrained
from core.training.images import TrainingImages
from core.training.network_recipe import NetworkRecipe
from core.training.processes import first_then_others

STATISTICS_IMAGES = 128
"""Images that folded batch normalisation takes its statistics from."""


@first_then_others
def start_network(recipe: NetworkRecipe, images: TrainingImages) -> tuple[Network, frozenset[str]]:
    """Build a network and start it from its pretrained weights, the same each time.

    Returns:
        The network, and the names of the parameters that pretrained weights did not fill. With a frozen base
        the others need no gradient.

    Raises:
        ConfigError: the base is to be frozen, but nothing filled it.
    """
    with torch.random.fork_rng():
        torch.manual_seed(generator_for(recipe.seed, "start").initial_seed())
        network = build_network(recipe.architecture, recipe.arguments, images.num_classes)
    reports = load_pretrained(network, recipe.pretrained)
    fresh = {layer for report in reports for layer in report.fresh}
    names = [name for name, _ in network.named_parameters()]
    unfilled = [name for name in names if not reports or any(f".{layer}." in f".{name}." for layer in fresh)]
    if recipe.freeze == "base":
        _freeze_base(network, unfilled, recipe)
    elif any(report.batchnorm == "folded" for report in reports):
        generator = generator_for(recipe.seed, "statistics")
        rows = torch.randperm(len(images.train), generator=generator)[:STATISTICS_IMAGES]
        views = augment(images.train[rows], recipe.augment, generator, size=recipe.view_size)
        reestimate_batchnorm(network, views)
    return network, frozenset(unfilled)


def _freeze_base(network: Network, unfilled: list[str], recipe: NetworkRecipe) -> None:
    """Take what pretrained weights filled out of training, in place."""
    filled = {name: parameter for name, parameter in network.named_parameters() if name not in unfilled}
    if not filled:
        raise ConfigError(
            f"{recipe.name}: freeze", "no pretrained weights fill a base", "Name some, or set none"
        )
    for parameter in filled.values():
        parameter.requires_grad_(False)


def keep_frozen_(network: Network) -> Network:
    """Take batch normalisations whose weights are frozen out of training mode, so that their statistics stay
    those that the pretrained weights came with; in place.
    """
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d) and not any(p.requires_grad for p in module.parameters()):
            module.eval()
    return network
