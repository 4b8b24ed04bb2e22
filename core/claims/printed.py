"""A figure as a paper prints it: in quotes it stands for every number that rounds to it, a bare one is exact.

``"0.90"``, ``".924"``, ``"85 %"``, ``"1,805"``, ``"134 M"`` are printed figures: the last digit tells how far
they were rounded. ``733`` is a count and exact. ``{ published = "dr11", at = "networks.0.gflops" }`` takes
a figure from the tables that other pages show (``core/evaluation/published*/``), so that none is kept twice.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from pydantic import PlainValidator

from core.evaluation import published, published_costs

_TINY = 1e-9
_MOST = 1e12
_SHAPE = re.compile(r"(-?)((?:\d{1,3}(?:,\d{3})+|\d*)(?:\.(\d+))?) ?(%|k|M|G)?")
_SCALES = {None: 1.0, "%": 0.01, "k": 1e3, "M": 1e6, "G": 1e9}
_NAME = re.compile(r"[a-z0-9_]+")


@dataclass(frozen=True)
class Printed:
    """A figure and every number that it may stand for.

    Attributes:
        text: as printed.
        value: the middle of them.
        low, high: smallest and largest; both are the value where it is exact.
    """

    text: str
    value: float
    low: float
    high: float

    def meets(self, low: float, high: float | None = None) -> bool:
        """Whether some number in [low, high] is printed so."""
        top = low if high is None else high
        slack = _TINY * max(1.0, abs(self.value))
        return self.low <= top + slack and low <= self.high + slack


def parse_printed(value: object) -> Printed:
    """A figure from what a claim file holds.

    Args:
        value: a number (exact), a text (rounded), or a table with ``published`` and ``at``.

    Raises:
        ValueError: it is none of these, or beyond any figure a paper prints.
    """
    if isinstance(value, dict):
        value = _look_up(value)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError('a number, or a figure in quotes such as "0.92", "85 %" or "134 M", was expected')
    if isinstance(value, str):
        return _parse_text(value)
    if not abs(value) <= _MOST:
        raise ValueError("the number is not one that a paper prints")
    return Printed(f"{value:,}", float(value), float(value), float(value))


def _parse_text(text: str) -> Printed:
    found = _SHAPE.fullmatch(text.strip()) if len(text) < 40 else None
    if found is None or not any(sign.isdigit() for sign in found[2]):
        raise ValueError(
            f'{text[:40]!r} is not a figure; write digits, and after them %, k, M or G if need be: "85 %"'
        )
    scale = _SCALES[found[4]]
    value = float(found[2].replace(",", "")) * (-1 if found[1] else 1)
    half = 0.5 * 10.0 ** -len(found[3] or "")
    if abs(value * scale) > _MOST:
        raise ValueError("the number is not one that a paper prints")
    return Printed(text.strip(), value * scale, (value - half) * scale, (value + half) * scale)


def _look_up(table: dict[str, Any]) -> str | int:
    if set(table) != {"published", "at"} or not all(isinstance(part, str) for part in table.values()):
        raise ValueError('a figure taken from elsewhere has two keys, "published" and "at"')
    content: Any = _read(table["published"])
    for part in table["at"].split("."):
        try:
            content = content[int(part)] if isinstance(content, list) else content[part]
        except (LookupError, ValueError, TypeError):
            raise ValueError(f"{table['published']} has nothing at {table['at']!r}") from None
    if isinstance(content, bool) or not isinstance(content, int | float):
        raise ValueError(f"{table['at']!r} of {table['published']} is not a number")
    return f"{content:g}" if isinstance(content, float) else content


@cache
def _read(name: str) -> dict[str, Any]:
    folders = (published.FOLDER, published_costs.FOLDER)
    paths = {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}
    if not _NAME.fullmatch(name) or name not in paths:
        raise ValueError(f"no published table of that name; there are {', '.join(sorted(paths))}")
    return tomllib.loads(paths[name].read_text(encoding="utf-8"))


def parse_range(value: object) -> tuple[Printed, Printed]:
    """One figure, or a list of the lowest and the highest.

    Raises:
        ValueError: see :func:`parse_printed`; a list of another length, or the higher one first.
    """
    if not isinstance(value, list):
        one = parse_printed(value)
        return one, one
    if len(value) != 2:
        raise ValueError("one figure, or a list of the lowest and the highest, was expected")
    low, high = (parse_printed(entry) for entry in value)
    if low.value > high.value:
        raise ValueError("the lowest figure comes first")
    return low, high


def parse_count(value: object) -> int:
    """A whole number from 1 to ten million, or a figure taken from a published table.

    Raises:
        ValueError: it is not.
    """
    if isinstance(value, dict):
        value = _look_up(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 10_000_000:
        raise ValueError("a whole number from 1 to 10,000,000 was expected")
    return value


def parse_share(value: object) -> Printed:
    """A figure from 0 to 1.

    Raises:
        ValueError: see :func:`parse_printed`; or it lies outside.
    """
    found = parse_printed(value)
    if not 0 <= found.value <= 1:
        raise ValueError(f'{found.text} does not lie between 0 and 1; a share is written "0.85" or "85 %"')
    return found


def parse_area(value: object) -> Printed:
    """A figure above 0 and below 1.

    Raises:
        ValueError: see :func:`parse_share`; or it is 0 or 1.
    """
    found = parse_share(value)
    if found.value in (0, 1):
        raise ValueError("an area of 0 or 1 has no standard error of this kind")
    return found


def parse_positive(value: object) -> Printed:
    """A figure above 0, however it was rounded.

    Raises:
        ValueError: see :func:`parse_printed`; or it may be 0.
    """
    found = parse_printed(value)
    if found.low <= 0:
        raise ValueError(f"{found.text} may be 0, and it is divided by")
    return found


Figure = Annotated[Printed, PlainValidator(parse_printed)]
Share = Annotated[Printed, PlainValidator(parse_share)]
Area = Annotated[Printed, PlainValidator(parse_area)]
Positive = Annotated[Printed, PlainValidator(parse_positive)]
FigureRange = Annotated[tuple[Printed, Printed], PlainValidator(parse_range)]
Count = Annotated[int, PlainValidator(parse_count)]


def word_range(claimed: tuple[Printed, Printed]) -> str:
    """``"36 to 40"``, or the one figure."""
    low, high = claimed
    return low.text if low == high else f"{low.text} to {high.text}"


def range_meets(claimed: tuple[Printed, Printed], low: float, high: float | None = None) -> bool:
    """Whether some number in [low, high] lies in the range, its ends as rounded."""
    joined = Printed("", claimed[0].value, claimed[0].low, claimed[1].high)
    return joined.meets(low, high)
