"""What an explainer promises, and the registry.

Contract (tests/contracts/test_explainers.py): the network must be in eval mode; it is left as it was found,
also after an exception: no hooks, nothing stored on modules, ``.grad``, ``requires_grad`` and train flags
unchanged. One network may therefore serve many threads. The same input gives the same map. A method says by
``needs`` which networks it applies to, and refuses the others by name.
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

    from core.networks.base import Network


Needs = Literal["features", "self_attention"]


class ExplainFunction(Protocol):
    """Map where ``network`` finds evidence for one class in one image."""

    def __call__(
        self,
        network: Network,
        x: Tensor,
        class_index: int,
        class_code: str,
        *,
        topology: Tensor | None = None,
    ) -> Heatmap:
        """Compute one map.

        Args:
            network: in eval mode; may be shared between threads.
            x: (1, 3, H, W) float RGB in [0, 1], on the network's device.
            class_index: which logit, from 0.
            class_code: that class's code, for the record only.
            topology: (1, topology_inputs) float32 of the same photograph, for a network that takes it.

        Raises:
            ValueError: the network is not in eval mode, ``x`` is not one image, there is no such logit,
                ``topology`` is not what the network takes.
            WeightsError: the network's answer is not finite.
        """
        ...


@dataclass(frozen=True)
class Explainer:
    """A method and the networks it is for; called as the function that it holds.

    Attributes:
        name: in the registry.
        compute: the function.
        needs: ``"features"`` for a method that every network has the means for, ``"self_attention"`` for one
            that follows the attention of a transformer.
        class_specific: whether the map depends on the class.
    """

    name: str
    compute: ExplainFunction
    needs: Needs
    class_specific: bool

    def applies_to(self, network: Network) -> bool:
        """Whether the network has what the method needs."""
        return self.needs == "features" or network.attention == "self"

    def __call__(
        self,
        network: Network,
        x: Tensor,
        class_index: int,
        class_code: str,
        *,
        topology: Tensor | None = None,
    ) -> Heatmap:
        """Compute one map; see :class:`ExplainFunction`.

        Raises:
            ConfigError: the method does not apply to this network; the message lists those that do.
        """
        if not self.applies_to(network):
            raise ConfigError(
                self.name,
                f"{network.architecture or type(network).__name__} has no self-attention for it to follow",
                f"The choices for this network are {', '.join(list_explainers(network))}",
            )
        return self.compute(network, x, class_index, class_code, topology=topology)


EXPLAINERS: Registry[Explainer] = Registry("explainer", "core.explain")


def register_explainer(
    name: str, *, needs: Needs, class_specific: bool
) -> Callable[[ExplainFunction], ExplainFunction]:
    """Return a decorator that files a function as an :class:`Explainer` and leaves it as it is."""

    def add(compute: ExplainFunction) -> ExplainFunction:
        EXPLAINERS.register(name)(Explainer(name, compute, needs, class_specific))
        return compute

    return add


def list_explainers(network: Network) -> tuple[str, ...]:
    """Names of the methods that apply to a network, sorted."""
    return tuple(name for name, explainer in EXPLAINERS if explainer.applies_to(network))


def check_image(network: Network, x: Tensor) -> None:
    """Raise ValueError unless the network is in eval mode and ``x`` is one image (1, 3, H, W)."""
    if any(module.training for module in network.modules()):
        raise ValueError("network must be in eval mode; call network.eval() first")
    if x.ndim != 4 or x.shape[:2] != (1, 3):
        raise ValueError(f"x must be one image (1, 3, H, W), not {tuple(x.shape)}")


def check_request(network: Network, x: Tensor, class_index: int, topology: Tensor | None = None) -> None:
    """Raise ValueError unless the request fits the :class:`ExplainFunction` contract."""
    check_image(network, x)
    if not 0 <= class_index < network.num_classes:
        raise ValueError(f"class_index must be in [0, {network.num_classes}), not {class_index}")
    network.check_topology(topology, 1)


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
