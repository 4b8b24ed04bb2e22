"""What an explainer promises, and the registry.

Contract (tests/contracts/test_explainers.py): the network must be in eval mode; it is left as it was found,
also after an exception: no hooks, nothing stored on modules, ``.grad``, ``requires_grad`` and train flags
unchanged. One network may therefore serve many threads. The same input gives the same map: a method that
draws at random draws from a generator of its own. A method says by ``needs`` which networks it applies to,
and refuses the others by name, and by ``passes`` what it costs.

A map's unit is ``"logit"`` or another that means the same in every network, or
:data:`core.types.RELATIVE` where it means nothing beyond the map itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError, WeightsError
from core.registry import Registry
from core.types import Heatmap

if TYPE_CHECKING:
    from torch import Tensor

    from core.explain.subject import OnProgress, Subject
    from core.networks.base import Network


Needs = Literal["features", "self_attention", "cbam"]
_LACKING: dict[Needs, str] = {
    "features": "nothing",
    "self_attention": "no self-attention for it to follow",
    "cbam": "no CBAM gates for it to show",
}
BACKWARD = 3
"""Passes that one pass with gradients with respect to the image counts for: forward once, backward twice."""


class ExplainFunction(Protocol):
    """Map where a network finds evidence for one class in one image."""

    def __call__(
        self, subject: Subject, class_index: int, class_code: str, on_progress: OnProgress
    ) -> Heatmap:
        """Compute one map.

        Args:
            subject: network and image; asked for what other methods may have computed of it already.
            class_index: which logit, from 0; checked.
            class_code: that class's code, for the record only.
            on_progress: called after every batch of passes by a method of more than a few; may raise.

        Raises:
            WeightsError: the network's answer is not finite.
        """
        ...


@dataclass(frozen=True)
class Explainer:
    """A method and the networks it is for; called with a network and an image.

    Attributes:
        name: in the registry.
        compute: the function.
        needs: ``"features"`` for a method that every network has the means for, ``"self_attention"`` for one
            that follows the attention of a transformer, ``"cbam"`` for one that shows CBAM's gates.
        class_specific: whether the map depends on the class.
        passes: forward passes of the network that a map costs, about; one with gradients with respect to the
            image counts as :data:`BACKWARD`. It is what a reader is told before a slow method starts.
    """

    name: str
    compute: ExplainFunction
    needs: Needs
    class_specific: bool
    passes: int

    def applies_to(self, network: Network) -> bool:
        """Whether the network has what the method needs."""
        return (
            self.needs == "features"
            or {"self_attention": "self", "cbam": "cbam"}[self.needs] == network.attention
        )

    def explain(
        self, subject: Subject, class_index: int, class_code: str, on_progress: OnProgress | None = None
    ) -> Heatmap:
        """Compute one map of a subject that several methods may share; see :class:`ExplainFunction`.

        Raises:
            ConfigError: the method does not apply to this network; the message lists those that do.
            ValueError: there is no such logit.
            WeightsError: the network's answer is not finite.
        """
        from core.explain.subject import ignore_progress

        network = subject.network
        if not self.applies_to(network):
            raise ConfigError(
                self.name,
                f"{network.architecture or type(network).__name__} has {_LACKING[self.needs]}",
                f"The choices for this network are {', '.join(list_explainers(network))}",
            )
        subject.check_class(class_index)
        return self.compute(subject, class_index, class_code, on_progress or ignore_progress)

    def __call__(
        self,
        network: Network,
        x: Tensor,
        class_index: int,
        class_code: str,
        *,
        topology: Tensor | None = None,
        on_progress: OnProgress | None = None,
    ) -> Heatmap:
        """Compute one map of a network and (1, 3, H, W) float RGB in [0, 1].

        Args, raises: as :class:`core.explain.subject.Subject` and :meth:`explain`.
        """
        from core.explain.subject import Subject

        return self.explain(Subject(network, x, topology), class_index, class_code, on_progress)


EXPLAINERS: Registry[Explainer] = Registry("explainer", "core.explain")


def register_explainer(
    name: str, *, needs: Needs = "features", class_specific: bool = True, passes: int = 1
) -> Callable[[ExplainFunction], Explainer]:
    """Return a decorator that files a function as an :class:`Explainer`, which then bears its name."""

    def add(compute: ExplainFunction) -> Explainer:
        return EXPLAINERS.register(name)(Explainer(name, compute, needs, class_specific, passes))

    return add


def list_explainers(network: Network) -> tuple[str, ...]:
    """Names of the methods that apply to a network, sorted."""
    return tuple(name for name, explainer in EXPLAINERS if explainer.applies_to(network))


def make_heatmap(raw: NDArray[np.float32], *, unit: str, method: str, layer: str, class_code: str) -> Heatmap:
    """Divide a map by its own peak and keep the peak.

    Args:
        raw: (h, w), at least 0, in ``unit``.
        unit, method, layer, class_code: as in :class:`core.types.Heatmap`.

    Raises:
        WeightsError: a value is NaN or infinite.
        ValueError: a value is negative.
    """
    if not bool(np.isfinite(raw).all()):
        raise WeightsError(
            f"{method} at {layer}",
            f"the map for {class_code} holds values that are not finite",
            "Restore the network's weights, or train it again",
        )
    if float(raw.min()) < 0:
        raise ValueError("raw must not hold negative values")
    peak = float(raw.max())
    found = peak > 0
    values = np.ascontiguousarray(raw / np.float32(peak) if found else np.zeros_like(raw), dtype=np.float32)
    values.setflags(write=False)
    return Heatmap(values, peak, unit, method, layer, class_code, "ok" if found else "no_evidence")
