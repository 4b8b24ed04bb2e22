"""Names that lead to things: one table a room, filled by the room's own modules.

A module registers what it supplies at import; :meth:`Registry.discover` imports every module of the room
once, so adding a file is all it takes to add an entry.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Generic, TypeVar

from core.errors import ConfigError

T = TypeVar("T")


class Registry(Generic[T]):
    """A table of named entries of one kind.

    Args:
        kind: what an entry is called in messages, for example ``"network"``.
        package: dotted name of the room whose modules register entries, for example ``"core.networks"``.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self.package = package
        self._entries: dict[str, T] = {}
        self._discovered = False

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that files its argument under ``name``; a second entry of that name raises."""

        def add(entry: T) -> T:
            if name in self._entries:
                raise ValueError(f"{self.kind} {name!r} is registered twice")
            self._entries[name] = entry
            return entry

        return add

    def discover(self) -> None:
        """Import every module of the room, once; a module that fails to import raises here."""
        if self._discovered:
            return
        room = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(room.__path__):
            importlib.import_module(f"{self.package}.{module.name}")
        self._discovered = True

    def get(self, name: str) -> T:
        """Return the entry of that name.

        Raises:
            ConfigError: there is none; the message lists the choices.
        """
        self.discover()
        try:
            return self._entries[name]
        except KeyError:
            near = get_close_matches(name, self._entries, n=1)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            choices = ", ".join(sorted(self._entries))
            raise ConfigError(name, f"no such {self.kind}", f"{hint}The choices are {choices}") from None

    def names(self) -> tuple[str, ...]:
        """Every name, sorted."""
        self.discover()
        return tuple(sorted(self._entries))

    def __iter__(self) -> Iterator[tuple[str, T]]:
        for name in self.names():
            yield name, self._entries[name]
