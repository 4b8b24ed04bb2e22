"""Where the reader let go of the slider."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ExplorerChoice:
    """Where the reader let go: an aim by its name, or one threshold for every network."""

    aim: str | None
    threshold: float | None
