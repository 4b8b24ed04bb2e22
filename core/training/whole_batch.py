"""A network computes its rows of a batch as if it computed the whole batch.

Two things of a training step look beyond one image: batch normalisation, whose mean and variance are the
whole batch's, and what is drawn at random inside the network, which one process draws for all rows at once.
Inside :class:`WholeBatch` both are as they would be in one process, on any device and with any normalisation
layer that calls :func:`torch.nn.functional.batch_norm`: torch's own, and timm's with an activation inside,
which torch's SyncBatchNorm would lose and which, as torch's, it does not offer on a CPU.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch import distributed as dist
from torch.overrides import TorchFunctionMode

from core.errors import ConfigError
from core.training.processes import Processes, present

UNSHARED = {
    F.alpha_dropout,
    F.dropout1d,
    F.dropout2d,
    F.dropout3d,
    F.feature_alpha_dropout,
    F.rrelu,
    torch.bernoulli,
}
"""Drawn at random too, but used by no network here; refused rather than drawn differently."""


def as_whole_batch(rows: int) -> AbstractContextManager[object]:
    """:class:`WholeBatch` of the present processes; nothing for a single one.

    Args:
        rows: of the batch that this process has.
    """
    processes = present()
    return nullcontext() if processes.count == 1 else WholeBatch(processes, rows)


class WholeBatch(TorchFunctionMode):
    """While it is entered, torch's functions see one process's rows as part of the whole batch.

    Args:
        processes: more than one.
        rows: how many rows of the batch this process has; where a network is run on several views of each
            image, view after view, its input has a multiple of them.
    """

    def __init__(self, processes: Processes, rows: int) -> None:
        super().__init__()
        self.processes = processes
        self.rows = rows

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Answer for the functions that look beyond one row; pass all others on."""
        kwargs = kwargs or {}
        if func is F.batch_norm:
            return _normalise(*args, **kwargs)
        if func is F.dropout:
            return self._drop(*args, **kwargs)
        if func is torch.Tensor.bernoulli_:
            return self._toss(*args, **kwargs)
        if func in UNSHARED and kwargs.get("training", True):
            raise ConfigError(
                f"torch's {func.__name__}",
                "it is drawn at random in a way that several processes cannot share",
                "Train in one process, or with a network without it",
            )
        return func(*args, **kwargs)

    def _drop(
        self,
        input: Tensor,
        p: float = 0.5,
        training: bool = True,  # noqa: FBT001 - torch's own signature
        inplace: bool = False,  # noqa: FBT001
    ) -> Tensor:
        if not training or p == 0:
            return F.dropout(input, p, training, inplace)
        whole = torch.cat([input.detach()] * self.processes.count)  # keeps the layout, in which torch draws
        mask = self._own(F.dropout(torch.ones_like(whole), p))
        return input.mul_(mask) if inplace else input * mask

    def _toss(self, tensor: Tensor, p: float | Tensor = 0.5, *, generator: Any = None) -> Tensor:
        whole = torch.cat([tensor] * self.processes.count)
        with torch.no_grad():
            return tensor.copy_(self._own(whole.bernoulli_(p, generator=generator)))

    def _own(self, whole: Tensor) -> Tensor:
        """This process's rows of what was made for every view of all rows of the batch."""
        count, rank = self.processes.count, self.processes.rank
        return whole.unflatten(0, (-1, count, self.rows))[:, rank].flatten(0, 1)


def _normalise(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,  # noqa: FBT001 - torch's own signature
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """:func:`torch.nn.functional.batch_norm` over the rows of all processes, which have equally many."""
    if not training:
        return F.batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    normalised, mean, var = _SharedNorm.apply(input, weight, bias, eps)
    if running_mean is not None and running_var is not None:
        elements = input.numel() // input.shape[1] * dist.get_world_size()
        with torch.no_grad():
            running_mean.lerp_(mean.to(running_mean), momentum)
            running_var.lerp_((var * (elements / (elements - 1))).to(running_var), momentum)
    return normalised


class _SharedNorm(torch.autograd.Function):
    """Normalise with the mean and (biased) variance of all processes' rows; gradients flow across them."""

    @staticmethod
    def forward(
        ctx: Any, pixels: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        exact = pixels if pixels.dtype == torch.float64 else pixels.float()
        axes = [axis for axis in range(pixels.ndim) if axis != 1]
        own_var, own_mean = torch.var_mean(exact, axes, correction=0)
        own = torch.stack([own_mean, own_var]).double()
        found = [torch.empty_like(own) for _ in range(dist.get_world_size())]
        dist.all_gather(found, own)
        means, variances = torch.stack(found, dim=1)
        mean = means.mean(dim=0)
        var = (variances + (means - mean) ** 2).mean(dim=0)
        mean, var = mean.to(exact), var.to(exact)
        ctx.save_for_backward(pixels, weight, mean, (var + eps).rsqrt())
        ctx.mark_non_differentiable(mean, var)
        return F.batch_norm(pixels, mean, var, weight, bias, training=False, eps=eps), mean, var

    @staticmethod
    def backward(ctx: Any, slope: Tensor, *_: Any) -> tuple[Tensor, Tensor | None, Tensor | None, None]:
        pixels, weight, mean, inverse = ctx.saved_tensors
        shape = [1, -1] + [1] * (pixels.ndim - 2)
        axes = [axis for axis in range(pixels.ndim) if axis != 1]
        exact = slope.to(mean.dtype)
        standard = (pixels.to(mean.dtype) - mean.view(shape)) * inverse.view(shape)
        own = torch.stack([exact.sum(axes), (exact * standard).sum(axes)])
        sums = own.clone()
        dist.all_reduce(sums)
        level, tilt = sums / (pixels.numel() // pixels.shape[1] * dist.get_world_size())
        scale = inverse if weight is None else inverse * weight.to(mean.dtype)
        moved = scale.view(shape) * (exact - level.view(shape) - standard * tilt.view(shape))
        if weight is None:
            return moved.to(pixels.dtype), None, None, None
        return moved.to(pixels.dtype), own[1].to(weight.dtype), own[0].to(weight.dtype), None
