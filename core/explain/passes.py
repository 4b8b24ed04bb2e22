"""Passes of a network over altered copies of a picture: how many at once, how far along, and no nonsense."""

from __future__ import annotations

import torch
from torch import Tensor

from core.errors import WeightsError
from core.explain.subject import OnProgress, Subject
from core.networks.base import Network

BATCH_CHANNELS, BATCH_LIMIT = 4096, 4
"""Channels of last feature maps that a batch may hold, and the most pictures in one."""
ROUNDING = 1e-4
"""A difference between answers of a network to one picture in batches of different sizes, as a share of
the answers, or of 1 where they are smaller."""


def choose_batch(network: Network) -> int:
    """Pictures that go through a network at once, with gradients or without, at least 1.

    The channels of the last feature map stand for the size of a network: an ensemble's are those of its
    members and views together. With gradients, for which every layer's output is kept, a network of 12,500
    channels takes about 700 MB a picture and one of 2,300 about 80 MB, so that no batch takes much more than
    one picture in the largest network. On a processor only the smallest networks are faster for several
    pictures at once than for one after the other: what a layer passes on to the next soon exceeds the cache.
    """
    return max(1, min(BATCH_LIMIT, BATCH_CHANNELS // network.feature_channels))


class Passes:
    """The logit of one class as a function of pictures, which counts the pictures that it was given.

    Progress is told when the next batch is asked for, because only then is the last one done with, its
    backward pass included; :meth:`finish` tells the end.

    Args:
        subject: network and image.
        class_index: which logit, from 0.
        total: pictures that will be asked for in all.
        method, class_code: for the message of an error.
        on_progress: may raise.
    """

    def __init__(
        self,
        subject: Subject,
        class_index: int,
        *,
        total: int,
        method: str,
        class_code: str,
        on_progress: OnProgress,
    ) -> None:
        self._subject, self._class_index, self._total = subject, class_index, total
        self._method, self._class_code, self._on_progress = method, class_code, on_progress
        self.done = 0
        self._largest = 1.0

    def __call__(self, images: Tensor) -> Tensor:
        """Logits (N,) of (N, 3, H, W); with a graph to ``images`` where they ask for gradients.

        Raises:
            WeightsError: a logit is not finite.
        """
        if self.done:
            self._on_progress(self.done / self._total)
        logits = self._subject.forward(images)[:, self._class_index]
        if not bool(torch.isfinite(logits.detach()).all()):
            raise WeightsError(
                self._method,
                f"the network's answer for {self._class_code} is not finite",
                "Restore the network's weights, or train it again",
            )
        self.done += images.shape[0]
        self._largest = max(self._largest, float(logits.detach().abs().max()))
        return logits

    @property
    def rounding(self) -> float:
        """Largest difference between two of the answers that rounding alone may have made: no evidence."""
        return ROUNDING * self._largest

    def finish(self) -> None:
        """Say that all is done."""
        self._on_progress(1.0)
