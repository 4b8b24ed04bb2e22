"""The processes that train one network together, and what they agree on.

Alone, every function here is a plain call. Together, the processes hold the same images and weights, each
computes its rows of every batch, and the first one alone writes and speaks. How they are started is
:mod:`core.training.launch`; how a batch is shared is :mod:`core.training.whole_batch`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import torch
from torch import Tensor
from torch import distributed as dist

from core.errors import ConfigError

if TYPE_CHECKING:
    from lightning.fabric.plugins import ClusterEnvironment

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Processes:
    """The processes that train together, seen from one of them.

    Attributes:
        devices: processes on this machine, each with a device of its own; on a CPU they share its cores.
        nodes: machines.
        rank: of this process, from 0.
        environment: how Lightning finds the others; None for one process.
        agreement: torch's group that objects are told over, by gloo and with long patience; None for one.
    """

    devices: int = 1
    nodes: int = 1
    rank: int = 0
    environment: ClusterEnvironment | None = None
    agreement: Any = None

    @property
    def count(self) -> int:
        """Processes on all machines."""
        return self.devices * self.nodes

    @property
    def is_first(self) -> bool:
        """Whether this one writes and speaks."""
        return self.rank == 0

    def rows(self, batch_size: int) -> Tensor:
        """Places (batch_size / count,) int64 of a batch that this process computes."""
        share = batch_size // self.count
        return torch.arange(self.rank * share, (self.rank + 1) * share)


ALONE = Processes()
_present = [ALONE]


def present() -> Processes:
    """The processes that this one trains with; :data:`ALONE` unless they were launched."""
    return _present[-1]


@contextmanager
def together(processes: Processes) -> Iterator[Processes]:
    """Make ``processes`` the present ones."""
    _present.append(processes)
    try:
        yield processes
    finally:
        _present.pop()


def told_by_first(value: T) -> T:
    """The first process's value, which must be picklable, in every process."""
    processes = present()
    if processes.count == 1:
        return value
    told: list[Any] = [value if processes.is_first else None]
    dist.broadcast_object_list(told, src=0, group=processes.agreement)
    return told[0]


def by_first(act: Callable[P, T]) -> Callable[P, T]:
    """Decorate what only the first process shall do, such as writing a file; all return what it returned.

    While it acts, it counts as alone. The result must be picklable. Where it raises, the first process ends
    and takes the others with it, which are waiting.
    """

    @wraps(act)
    def acted(*args: P.args, **kwargs: P.kwargs) -> T:
        if present().count == 1:
            return act(*args, **kwargs)
        made: Any = None
        if present().is_first:
            with together(ALONE):
                made = act(*args, **kwargs)
        return told_by_first(made)

    return acted


def first_then_others(act: Callable[P, T]) -> Callable[P, T]:
    """Decorate what the first process shall have done before the others begin.

    For what is computed or fetched once and kept in a file that the others then read.
    """

    @wraps(act)
    def acted(*args: P.args, **kwargs: P.kwargs) -> T:
        processes = present()
        if processes.count == 1:
            return act(*args, **kwargs)
        if not processes.is_first:
            dist.barrier(group=processes.agreement)
        with together(ALONE):
            made = act(*args, **kwargs)
        if processes.is_first:
            dist.barrier(group=processes.agreement)
        return made

    return acted


def join_parts(parts: Mapping[int, Tensor]) -> Tensor:
    """All processes' parts, in the order of their numbers, as one tensor.

    Args:
        parts: number to (N, ...) tensor on the CPU; every number belongs to one process.
    """
    processes = present()
    joined = dict(parts)
    if processes.count > 1:
        told: list[Any] = [None] * processes.count
        dist.all_gather_object(told, joined, group=processes.agreement)
        joined = {number: part for one in told for number, part in one.items()}
    return torch.cat([joined[number] for number in sorted(joined)])


def average_terms(terms: Mapping[str, float]) -> dict[str, float]:
    """Mean over the processes of numbers by name; each process has the same names."""
    processes = present()
    if processes.count == 1:
        return dict(terms)
    told: list[Any] = [None] * processes.count
    dist.all_gather_object(told, dict(terms), group=processes.agreement)
    return {name: sum(one[name] for one in told) / processes.count for name in terms}


def check_batch_size(name: str, batch_size: int) -> None:
    """ConfigError unless the processes can share a batch evenly.

    Args:
        name: of the recipe, for the message.
        batch_size: rows of a batch over all processes.
    """
    count = present().count
    if batch_size % count:
        below, above = batch_size // count * count, (batch_size // count + 1) * count
        near = f"{below} or {above}" if below else f"{above}"
        raise ConfigError(
            f"{name}: batch_size {batch_size}",
            f"{count} processes cannot share a batch evenly, and it is the size over all of them",
            f"Set batch_size to a multiple of {count}, such as {near}, or choose another number of processes",
        )
