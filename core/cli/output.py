"""Printing: the same record as JSON for programs or as text and tables for people."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Annotated, Any

import typer

from core.types import Interval

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

WIDTH = 100
"""Columns of a terminal that text and tables keep to."""

_TYPEWRITER = str.maketrans({"−": "-", "–": "-", "→": "->", "\N{WORD JOINER}": ""})
"""Signs that a terminal's or a pipe's encoding may lack; a lost minus would turn a loss into a gain."""


def print_json(record: Any) -> None:
    """Print a record as JSON: dataclasses as objects, what is not a finite number as null."""
    print(json.dumps(_clean(record), indent=1, allow_nan=False))


def print_text(text: str) -> None:
    """Print a paragraph, its lines no longer than :data:`WIDTH`."""
    print(textwrap.fill(text.translate(_TYPEWRITER), WIDTH, break_long_words=False, break_on_hyphens=False))


def print_table(rows: Sequence[Mapping[str, object]], *, keys: int = 1) -> None:
    """Print rows under the keys of the first one, columns aligned.

    Args:
        rows: mappings with the same keys.
        keys: columns on the left that say which row it is. Columns that do not fit into :data:`WIDTH` go on
            below, beside these columns again; a single column wider than that is not broken.
    """
    if not rows:
        print("nothing to show")
        return
    columns = [
        [text.translate(_TYPEWRITER) for text in (head, *(str(row[head]) for row in rows))]
        for head in rows[0]
    ]
    widths = [max(map(len, column)) for column in columns]
    for place, chosen in enumerate(_divide(widths, keys)):
        if place:
            print()
        for line, cells in enumerate(zip(*(columns[index] for index in chosen), strict=True)):
            _print_line(cells, [widths[index] for index in chosen])
            if not line:
                _print_line(["-" * widths[index] for index in chosen], [0] * len(chosen))


def _divide(widths: Sequence[int], keys: int) -> list[list[int]]:
    """Columns of each table: the key columns, then as many others as fit, at least one."""
    left = list(range(min(keys, len(widths))))
    tables = [list(left)]
    for index in range(len(left), len(widths)):
        total = sum(widths[chosen] + 2 for chosen in tables[-1]) + widths[index]
        if total > WIDTH and len(tables[-1]) > len(left):
            tables.append(list(left))
        tables[-1].append(index)
    return tables


def _print_line(cells: Sequence[str], widths: Sequence[int]) -> None:
    print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())


def format_interval(interval: Interval, *, digits: int = 3) -> str:
    """``"0.842 (0.801-0.879)"``, ``"0.842 (no limits)"`` or ``"undefined"``."""
    if not interval.defined:
        return "undefined"
    if math.isnan(interval.low) or math.isnan(interval.high):
        return f"{interval.value:.{digits}f} (no limits)"
    return f"{interval.value:.{digits}f} ({interval.low:.{digits}f}-{interval.high:.{digits}f})"


def format_signed(interval: Interval, *, digits: int = 3, scale: float = 1.0) -> str:
    """What may lie below 0: ``"-0.036 (-0.100 to 0.485)"``; what rounds to 0 has no sign."""
    if not interval.defined:
        return "undefined"
    numbers = (interval.value, interval.low, interval.high)
    value, low, high = (f"{round(scale * number, digits) + 0.0:.{digits}f}" for number in numbers)
    return f"{value} (no limits)" if "nan" in (low, high) else f"{value} ({low} to {high})"


def _clean(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _clean(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
