"""Which run of a suite: an experiment and a seed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """One run of a suite."""

    number: int
    seed: int

    @property
    def stage(self) -> str:
        """Name of its folder."""
        return f"{self.number:02d}-{self.seed}"
