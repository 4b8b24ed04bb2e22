"""Which decoded files of one upload a session has room for: a series is kept whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.errors import DecodeError
from core.intake.budget import Budget, Held, add_cases
from core.intake.series import Slice
from core.types import Refusal


@dataclass
class Room:
    """Collects files as they are decoded, so that no more than the budget is ever held.

    Attributes:
        held: what the session keeps beside the upload.
        budget: what it may keep.
        read: name and slices of each file that is kept.
        refused: files that are not.
    """

    held: Held
    budget: Budget
    read: list[tuple[str, tuple[Slice, ...]]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    _full: set[str] = field(default_factory=set)
    _total: Held = field(init=False)

    def __post_init__(self) -> None:
        self._total = self.held

    def add(self, title: str, slices: Sequence[Slice]) -> None:
        """Keep a file; where there is no room, refuse it, and with it every file of its series."""
        groups = {one.group for one in slices if one.group}
        try:
            if groups & self._full:
                raise DecodeError(
                    title, "there is no room for the whole of its series", "Choose every second slice"
                )
            cases = [one.case for one in slices]
            self._total = add_cases(cases, title=title, held=self._total, budget=self.budget)
        except DecodeError as error:
            self._full |= groups
            leave = [name for name, kept in self.read if _shares(kept, groups)]
            self.read = [entry for entry in self.read if not _shares(entry[1], groups)]
            self._total = self._count()
            self.refused += [Refusal(name, error.problem, error.remedy) for name in (*leave, title)]
        else:
            self.read.append((title, tuple(slices)))

    def _count(self) -> Held:
        """What is held with all that is kept so far."""
        total = self.held
        for name, slices in self.read:
            total = add_cases([one.case for one in slices], title=name, held=total, budget=self.budget)
        return total


def _shares(slices: Sequence[Slice], groups: set[str]) -> bool:
    return any(one.group in groups for one in slices)
