"""Printing: the same record as JSON for programs or as a table for people."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from core.types import Interval

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def print_json(record: Any) -> None:
    """Print a record as JSON; a number that is not defined becomes null."""
    print(json.dumps(_clean(record), indent=1))


def print_table(rows: Sequence[Mapping[str, object]]) -> None:
    """Print rows under the keys of the first one, columns aligned."""
    if not rows:
        print("nothing to show")
        return
    heads = list(rows[0])
    cells = [[str(row[head]) for head in heads] for row in rows]
    widths = [max(len(line[i]) for line in [heads, *cells]) for i in range(len(heads))]
    for line in [heads, ["-" * width for width in widths], *cells]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def format_interval(interval: Interval, *, digits: int = 3) -> str:
    """``"0.842 (0.801-0.879)"``, or ``"undefined"``."""
    if not interval.defined:
        return "undefined"
    return f"{interval.value:.{digits}f} ({interval.low:.{digits}f}-{interval.high:.{digits}f})"


def interval_json(interval: Interval) -> dict[str, object]:
    """The three numbers of an interval, with how they were made."""
    return {
        "value": interval.value,
        "low": interval.low,
        "high": interval.high,
        "n": interval.n,
        "method": interval.method,
    }


def _clean(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
