"""Every uploaded file is decoded in a child process, which may be killed; here only its answer is read.

A fork server (:mod:`core.intake.decoder_process`), a process that has loaded the decoders and nothing else,
forks one child for each file. The child's memory, processor time and time by the clock are bounded, and
whatever ends it becomes a refusal. It is no ``multiprocessing`` process, because such a child imports the
main module of its parent first, which under Streamlit is the whole page.

On macOS ``RLIMIT_AS`` is accepted but not enforced: the bounds on the header, on processor time and on the
clock remain. On Windows, which cannot fork, each file gets a fresh process (about half a second) that is
bounded by the clock and the header alone.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from io import BytesIO
from pathlib import Path
from typing import Literal

from core.intake.series import Slice
from core.intake.wire import ONE_FILE, Request, pack_request, read_answer
from core.types import Refusal

Start = Literal["fork", "spawn"]
DEFAULT_START: Start = "fork" if hasattr(os, "fork") else "spawn"

_AT_ONCE = threading.BoundedSemaphore(4)
"""Files decoded at the same time, of all sessions together: at most 4 GiB."""
_GRACE_S = 2.0
"""How much later than the child's own alarm the application stops waiting."""
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT", "LANG")
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_REUSE_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 * 2**20), "MALLOC_TRIM_THRESHOLD_": str(64 * 2**20)}
"""mallopt(3): a picture's buffers are taken from memory that the process has already, not from fresh pages of
the system each time, which halves the cost of a small photograph; other systems ignore it."""
_CODE = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from core.intake import decoder_process; decoder_process.{}()"
)
_AGAIN = "Export the picture again, or choose the original file"


class _ChildEndedError(Exception):
    """The connection closed before the whole answer had come."""


class _ForkServer:
    """The server process, started when first needed and again whenever it has gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._owner = 0

    def start(self) -> None:
        """Start the server unless it runs; returns before it is ready."""
        with self._lock:
            self._ensure()

    def fork_child(self, kind: bytes = ONE_FILE) -> tuple[socket.socket, int]:
        """A socket to a new child, and the pipe on which its end will be told.

        Args:
            kind: whether it answers one request or one after the other until the socket closes.
        """
        ours, theirs = socket.socketpair()
        told, tell = os.pipe()
        try:
            with self._lock:
                control = self._ensure()
                try:
                    socket.send_fds(control, [kind], [theirs.fileno(), tell])
                except OSError:
                    self._close()
                    socket.send_fds(self._ensure(), [kind], [theirs.fileno(), tell])
        except BaseException:
            ours.close()
            os.close(told)
            raise
        finally:
            theirs.close()
            os.close(tell)
        return ours, told

    def stop(self) -> None:
        """End the server; children that still decode end by their own limits."""
        with self._lock:
            self._close()

    def _ensure(self) -> socket.socket:
        running = self._process is not None and self._process.poll() is None
        if self._control is None or not running or self._owner != os.getpid():
            self._close()
            self._control, theirs = socket.socketpair()
            with theirs:
                self._process = subprocess.Popen(
                    _command("serve"),
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=_environment(),
                    start_new_session=True,
                )
            self._owner = os.getpid()
        return self._control

    def _close(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None and self._owner == os.getpid():
            try:
                self._process.wait(1)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._control = self._process = None


SERVER = _ForkServer()
"""The one server of this process; only :mod:`core.intake.shared_child` needs it beside this module."""
atexit.register(SERVER.stop)


def warm_up() -> None:
    """Start the fork server, so that the first upload need not wait for it; returns at once."""
    if DEFAULT_START == "fork":
        SERVER.start()


def decode_apart(request: Request, *, start: Start = DEFAULT_START) -> tuple[Slice, ...] | Refusal:
    """Decode one file in a child process. May be called from several threads at once.

    Args:
        request: the file and what it may ask of this machine.
        start: ``"fork"`` from the server, or ``"spawn"`` a fresh process that the clock alone bounds.

    Returns:
        Slices whose arrays are read-only, or why there are none; a child that ends before it has answered
        is a refusal that says whether time, memory or a crash ended it.
    """
    with _AT_ONCE:
        return _decode_forked(request) if start == "fork" else _decode_spawned(request)


def _decode_forked(request: Request) -> tuple[Slice, ...] | Refusal:
    connection, told = SERVER.fork_child()
    try:
        with connection:
            return ask_child(connection, told, request)
    finally:
        os.close(told)


def ask_child(connection: socket.socket, told: int, request: Request) -> tuple[Slice, ...] | Refusal:
    """Send one request to a forked child and read its answer; whatever ends the child is a refusal.

    Args:
        connection, told: from :meth:`_ForkServer.fork_child`.
    """
    deadline = time.monotonic() + request.limits.wall_s + _GRACE_S
    try:
        _send(connection, request, deadline)
        return read_answer(lambda size: _receive(connection, size, deadline), request)
    except TimeoutError:
        return _refusal(request, "took too long to decode and was stopped")
    except ValueError:
        return _refusal(request, "crashed the decoder")
    except (_ChildEndedError, ConnectionError):
        return _refusal(request, _cause(_read_end(told)))


def _send(connection: socket.socket, request: Request, deadline: float) -> None:
    # To send nothing to a child that has answered an empty file already would look like its crash.
    for part in filter(None, (pack_request(request), request.content)):
        connection.settimeout(max(deadline - time.monotonic(), 0.01))
        connection.sendall(part)


def _receive(connection: socket.socket, size: int, deadline: float) -> memoryview:
    """Exactly ``size`` bytes, without a second copy of them."""
    buffer = memoryview(bytearray(size))
    at = 0
    while at < size:
        connection.settimeout(max(deadline - time.monotonic(), 0.01))
        got = connection.recv_into(buffer[at:])
        if got == 0:
            raise _ChildEndedError
        at += got
    return buffer


def _read_end(told: int) -> int:
    """How the child ended, as the server tells it; 255 where the server itself has gone."""
    return (os.read(told, 1) or b"\xff")[0]


def _cause(end: int) -> str:
    """The end of a sentence about a file whose child gave ``end``: an exit code, or 128 and a signal."""
    if end - 128 in (signal.SIGALRM, signal.SIGXCPU):
        return "took too long to decode and was stopped"
    if end - 128 == signal.SIGKILL:
        return "took too much memory to decode and was stopped"
    return "crashed the decoder"


def _decode_spawned(request: Request) -> tuple[Slice, ...] | Refusal:
    try:
        done = subprocess.run(
            _command("serve_once"),
            input=pack_request(request) + request.content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            timeout=request.limits.wall_s + _GRACE_S,
            check=False,
        )
        return read_answer(BytesIO(done.stdout).read, request)
    except subprocess.TimeoutExpired:
        return _refusal(request, "took too long to decode and was stopped")
    except (ValueError, TypeError):
        return _refusal(request, "crashed the decoder")


def _refusal(request: Request, problem: str) -> Refusal:
    return Refusal(request.title, f"the file {problem}", _AGAIN)


def _command(entry: str) -> list[str]:
    path = [str(Path(folder).absolute()) for folder in sys.path]
    return [sys.executable, "-c", _CODE.format(entry), json.dumps(path)]


def _environment() -> dict[str, str]:
    """No more of the environment than the interpreter needs; one thread, so that forking is safe."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | dict.fromkeys(_ONE_THREAD, "1") | _REUSE_MEMORY
