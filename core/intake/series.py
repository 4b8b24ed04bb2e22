"""Which slices belong together and in which order, told without keeping what the file says of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.types import Case


@dataclass(frozen=True)
class Slice:
    """One decoded slice before it has found its place among the others of an upload.

    Attributes:
        case: the slice without ``series``; with a ``position`` only if its file holds several.
        group: hash of the file's series and orientation, keyed with a secret of this one upload; empty where
            the file names no series.
        place: millimetres along the normal of the slice; None where the file does not say.
        number: the file's own instance number; None where there is none.
    """

    case: Case
    group: str = ""
    place: float | None = None
    number: int | None = None


def arrange_slices(files: Sequence[Sequence[Slice]]) -> tuple[Case, ...]:
    """Put the slices of an upload in display order.

    A series stands where its first file stood. Its slices are sorted by their place along the body where all
    of them state it, else by their number where all have one, else they stay in the order of upload.

    Args:
        files: the slices of each file, in the order of upload.

    Returns:
        The cases; those of one series share a random ``series`` and have their ``position`` from 1. A series
        of which there is one slice is a single picture.
    """
    groups: dict[object, list[Slice]] = {}
    for index, slices in enumerate(files):
        for one in slices:
            groups.setdefault(one.group or index, []).append(one)
    return tuple(case for members in groups.values() for case in _arrange(members))


def _arrange(members: list[Slice]) -> list[Case]:
    if len(members) == 1 and not members[0].case.position:
        return [members[0].case]
    series = uuid.uuid4().hex
    own = [one.case.position for one in members]
    if all(own) and len(set(own)) == len(own):
        # One file with several frames, which are in order and numbered, some of them perhaps left out.
        return [replace(one.case, series=series) for one in members]
    ordered = sorted(members, key=_sorting_key(members))
    return [replace(one.case, series=series, position=at) for at, one in enumerate(ordered, 1)]


def _sorting_key(members: list[Slice]):  # type: ignore[no-untyped-def]
    if all(one.place is not None for one in members):
        return lambda one: (one.place, one.number or 0)
    if all(one.number is not None for one in members):
        return lambda one: one.number
    return lambda one: 0
