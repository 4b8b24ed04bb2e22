"""Training and serving must prepare pixels alike (DMN5): what differs is refused, unless it is meant."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from core.errors import ConfigError
from core.networks.base import Network, Normalise
from core.training.network_recipe import NetworkRecipe


def check_preprocessing(network: Network, recipe: NetworkRecipe) -> Callable[[Tensor], Tensor] | None:
    """Compare the normalisation of training views with the network's own.

    Args:
        network: normalises inside itself, whatever it is shown.
        recipe: ``train_normalisation`` names another normalisation, or none.

    Returns:
        What makes (B, 3, H, W) in [0, 1] into pixels that the network's own normalisation turns into those of
        ``train_normalisation``; None where both are the same.

    Raises:
        ConfigError: they differ and ``preprocessing_check`` is ``"on"``; or the network has no normalisation
            of its own to compare with.
    """
    asked = recipe.train_normalisation
    if asked is None:
        return None
    own = [module for module in network.modules() if isinstance(module, Normalise)]
    if len(own) != 1:
        raise ConfigError(
            f"{recipe.name}: train_normalisation",
            f"{recipe.architecture} has {len(own)} normalisations of its own, one was expected",
            "Leave train_normalisation out",
        )
    served, trained = own[0], Normalise(asked)
    if bool((served.mean.cpu() == trained.mean).all()) and bool((served.std.cpu() == trained.std).all()):
        return None
    if recipe.preprocessing_check == "on":
        raise ConfigError(
            f"{recipe.name}: train_normalisation = {asked!r}",
            f"training views would be normalised otherwise than images in use (mean {_list(served.mean)}, "
            f"standard deviation {_list(served.std)}), so the network would be served what it never saw",
            'Leave it out; to show what happens all the same, set preprocessing_check = "off"',
        )

    def renormalise(pixels: Tensor) -> Tensor:
        seen = trained.to(pixels.device)(pixels)
        return seen * served.std + served.mean

    return renormalise


def _list(values: Tensor) -> str:
    return ", ".join(f"{value:.3g}" for value in values.flatten().tolist())
