"""Sizes of files, against the networks they are said to hold, under one definition of "MB" for all."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from core.claims.base import CheckArguments, claim_check, step
from core.claims.counting import NetworkCount, get_count
from core.claims.printed import Count, Figure
from core.types import CheckOutcome, WorkingStep

_BYTES = {"32-bit numbers": 4.0, "16-bit numbers": 2.0, "8-bit numbers": 1.0}
_UNITS = {"MiB (1,048,576 bytes)": 2.0**20, "millions of bytes": 1e6}


Way = tuple[str, bool, str]
"""Numbers, whether what is stored beside the weights counts, and the unit."""


class BytesArguments(CheckArguments):
    """Networks and the size printed of each."""

    sizes: dict[str, Figure] = Field(min_length=1, max_length=40, description="network = printed size in MB")
    outputs: Count = Field(description="outputs of every network")

    def named_networks(self) -> tuple[tuple[str, int], ...]:
        """Every one, with its outputs."""
        return tuple((name, self.outputs) for name in self.sizes)


@claim_check("network_bytes", title="Sizes of files and the networks in them", arguments=BytesArguments)
def check_bytes(given: BytesArguments) -> CheckOutcome:
    """Whether one way of counting gives every printed size.

    Ways: weights in 32, 16 or 8 bits, with or without what is stored beside them, in MiB or in millions of
    bytes.
    """
    counts = {name: get_count(name, given.outputs) for name in given.sizes}
    ways = {
        (numbers, beside, unit): {
            name: _size(count, (numbers, beside, unit)) for name, count in counts.items()
        }
        for numbers in _BYTES
        for beside in (True, False)
        for unit in _UNITS
    }
    fits = {
        way: sum(given.sizes[name].meets(size) for name, size in sizes.items()) for way, sizes in ways.items()
    }
    best = max(ways, key=lambda way: fits[way])
    if not fits[best]:
        best = ("32-bit numbers", True, "MiB (1,048,576 bytes)")
    steps = [_show(counts[name], given.sizes[name].text, best) for name in given.sizes]
    if fits[best] < len(counts):
        for numbers in _BYTES:
            way = (numbers, True, "MiB (1,048,576 bytes)")
            steps.append(step(f"all in {numbers}, MiB", _list(ways[way])))
    printed = ", ".join(figure.text for figure in given.sizes.values()) + " MB"
    computed = ", ".join(f"{size:.1f}" for size in ways[best].values())
    how = f"{best[0]}, {'with' if best[1] else 'without'} what is stored beside the weights, in {best[2]}"
    if fits[best] == len(counts):
        which = f"all {len(counts)} sizes" if len(counts) > 1 else "the size"
        words = f"One way of counting gives {which}: {how}."
        return CheckOutcome("consistent", printed, computed, words, tuple(steps))
    words = (
        f"No way of counting ({', '.join(_BYTES)}; with or without what is stored beside; MiB or millions "
        f"of bytes) gives {'every size' if len(counts) > 1 else f'{printed}'}; "
        f"in {how} the network{'s have' if len(counts) > 1 else ' has'} {computed}."
    )
    return CheckOutcome("contradicted", printed, computed, words, tuple(steps))


def _size(count: NetworkCount, way: Way) -> float:
    numbers, beside, unit = way
    extra = count.buffer_bytes * _BYTES[numbers] / 4 if beside else 0.0
    return (count.parameters * _BYTES[numbers] + extra) / _UNITS[unit]


def _show(count: NetworkCount, printed: str, way: Way) -> WorkingStep:
    numbers, beside, unit = way
    extra = f" + {count.buffer_bytes * _BYTES[numbers] / 4:,.0f}" if beside else ""
    return step(
        count.network,
        f"{_size(count, way):.2f}, printed {printed}",
        f"({count.parameters:,} weights x {_BYTES[numbers]:.0f} bytes{extra}) / {_UNITS[unit]:,.0f}",
    )


def _list(sizes: Mapping[str, float]) -> str:
    return ", ".join(f"{size:.1f}" for size in sizes.values())
