"""Adding to the logits of a trained network, in its classifier, so that it can be exported as any other."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from core.networks.backbones import TimmNetwork
from core.networks.base import Network


def shift_logits_(network: Network, shifts: Sequence[float]) -> None:
    """Add one number a class to a network's logits for every image, in place.

    The mean over members and flips of shifted logits is the shifted mean, so every part gets the same.

    Args:
        network: made of timm networks whose classifier is one linear layer with a bias.
        shifts: (C,) finite numbers.

    Raises:
        ValueError: another number of shifts than classes, or a classifier of another kind.
    """
    if len(shifts) != network.num_classes:
        raise ValueError(f"shifts must be {network.num_classes} numbers, they are {len(shifts)}")
    classifiers = []
    for part in network.parts():
        classifier = part.body.get_classifier() if isinstance(part, TimmNetwork) else None
        if not isinstance(classifier, nn.Linear) or classifier.bias is None:
            raise ValueError(f"{type(part).__name__}: its classifier is not one linear layer with a bias")
        classifiers.append(classifier)
    with torch.no_grad():
        for classifier in classifiers:
            classifier.bias.add_(torch.tensor(list(shifts), dtype=classifier.bias.dtype))
