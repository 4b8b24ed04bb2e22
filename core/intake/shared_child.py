"""One decoding child for several files of a folder, where a fork for each would cost more than decoding.

Each file keeps the bounds of :mod:`core.intake.sandbox` on memory, processor time and the clock, and one that
ends the child is a refusal and nothing more. Given up is that files are hidden from each other: one that took
the decoder over could falsify what the next ones of the same child say. So a child sees a few files only, and
ends at the first that is not read. What it refuses after another file is decoded again in a child of its
own, so that no file is refused for what those before it left behind.
"""

from __future__ import annotations

import os
import socket

from core.intake.sandbox import DEFAULT_START, SERVER, ask_child, decode_apart
from core.intake.series import Slice
from core.intake.wire import FILE_AFTER_FILE, Request
from core.types import Refusal

FILES = 32
"""Files that one child sees, if not told otherwise: a fork is then a few per cent of the work."""


class SharedChild:
    """A child of the fork server that is asked for one file after the other. Use from one thread at a time.

    Args:
        files: how many it sees before another takes its place, at least 1; with 1, and on systems that cannot
            fork, each file has a child of its own.
    """

    def __init__(self, files: int = FILES) -> None:
        if files < 1:
            raise ValueError(f"files must be at least 1, not {files}")
        self._files = files if DEFAULT_START == "fork" else 1
        self._seen = 0
        self._child: tuple[socket.socket, int] | None = None

    def decode(self, request: Request) -> tuple[Slice, ...] | Refusal:
        """As :func:`core.intake.sandbox.decode_apart`, which this asks for whatever is refused."""
        if self._files == 1:
            return decode_apart(request)
        if self._child is None:
            self._child = SERVER.fork_child(FILE_AFTER_FILE)
        outcome = ask_child(*self._child, request)
        self._seen += 1
        if isinstance(outcome, Refusal):
            alone = self._seen == 1
            self.close()
            return outcome if alone else decode_apart(request)
        if self._seen >= self._files:
            self.close()
        return outcome

    def close(self) -> None:
        """Let the child end; the next file starts another."""
        if self._child is not None:
            connection, told = self._child
            connection.close()
            os.close(told)
        self._child, self._seen = None, 0
