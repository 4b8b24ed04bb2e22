"""The process that decodes: a server that has every decoder loaded and forks one child for each file.

Only :mod:`core.intake.sandbox` starts it. Nothing is logged, printed or written to disk here: standard output
and standard error lead nowhere.
"""

from __future__ import annotations

import gc
import importlib
import io
import logging
import os
import signal
import socket
import sys
import warnings
from collections.abc import Callable

from core.intake.decoding import decode_upload
from core.intake.limits import Limits
from core.intake.wire import FILE_AFTER_FILE, Read, pack_refusal, pack_slices, read_request
from core.modalities.base import MODALITIES
from core.types import Refusal

Write = Callable[[bytes], object]
_SET_DUMPABLE = 4
"""PR_SET_DUMPABLE of prctl(2); a forked process inherits the mark."""


def serve() -> None:
    """Fork a child for each pair of descriptors that arrives on standard input, until its other end closes.

    The first descriptor is a socket with one request, which the child answers, or with one after the other,
    each bounded as if it were alone. To the second, a pipe, one byte is written when the child has ended: its
    exit code, or 128 and the signal that ended it.
    """
    _fall_silent()
    _preload()
    gc.freeze()
    control = socket.socket(fileno=0)
    running: dict[int, int] = {}
    signal.signal(signal.SIGCHLD, lambda *_: _reap(running))
    while True:
        kind, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        if len(descriptors) < 2:
            return
        _fork(descriptors[0], descriptors[1], running, kind)


def serve_once() -> None:
    """Answer the one request on standard input, for systems that cannot fork; the caller bounds it."""
    _fall_silent()
    stream = sys.stdin.buffer
    _answer(stream.read, sys.stdout.buffer.write)
    sys.stdout.buffer.flush()


def _fork(data: int, status: int, running: dict[int, int], kind: bytes) -> None:
    # A child that ends at once must not be reaped before it is known here.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    try:
        child = os.fork()
        if child == 0:
            _run_child(data, (0, status, *running.values()), kind)
        running[child] = status
    except OSError:
        # No process to be had: the application sees both descriptors close and refuses the file.
        os.close(status)
    finally:
        os.close(data)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


def _reap(running: dict[int, int]) -> None:
    while running:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child == 0:
            return
        code = os.waitstatus_to_exitcode(status)
        descriptor = running.pop(child)
        try:
            os.write(descriptor, bytes([code if code >= 0 else 128 - code]))
        except BrokenPipeError:
            # The application has stopped waiting for this file.
            pass
        finally:
            os.close(descriptor)


def _run_child(data: int, others: tuple[int, ...], kind: bytes) -> None:
    """Answer one request, or each until the other end closes, and end this process, whatever happens."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        for descriptor in others:
            os.close(descriptor)
        with socket.socket(fileno=data) as connection:
            stream = connection.makefile("rb")
            _answer(stream.read, connection.sendall, confine)
            while kind == FILE_AFTER_FILE and _wait_for_more(stream):
                _answer(stream.read, connection.sendall, confine)
        code = 0
    finally:
        os._exit(code)


def _wait_for_more(stream: io.BufferedReader) -> bool:
    """Stop the clock of the last file and wait for another; whether there is one."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    return bool(stream.peek(1))


def confine(limits: Limits) -> None:
    """Bound this process: address space, processor time, the clock; no core dump, no file to write.

    macOS accepts ``RLIMIT_AS`` without enforcing it; there the bounds on the header and on time remain. What
    files before this one cost in processor time does not count; what they left of memory does.
    """
    import resource

    spent = resource.getrusage(resource.RUSAGE_SELF)
    signal.setitimer(signal.ITIMER_REAL, limits.wall_s)
    for name, soft in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, int(spent.ru_utime + spent.ru_stime) + limits.cpu_s),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        hard = resource.getrlimit(name)[1]
        bound = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
        resource.setrlimit(name, (bound, hard if name == resource.RLIMIT_CPU else bound))


def _answer(read: Read, write: Write, confined: Callable[[Limits], None] | None = None) -> None:
    request = read_request(read)
    if confined is not None:
        confined(request.limits)
    decoded = decode_upload(request)
    parts = pack_refusal(decoded) if isinstance(decoded, Refusal) else pack_slices(decoded)
    for part in parts:
        write(part)


def _fall_silent() -> None:
    """Say nothing and leave no memory behind, neither this process nor those it forks.

    Linux hands a dump to a crash reporter whatever ``RLIMIT_CORE`` says (core(5), piping core dumps to a
    program), so a process that holds a patient's file is marked as one that must not be dumped.
    """
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)


def _preload() -> None:
    """Import what decoding would import on its first file, so that no child has to."""
    for name in ("ImageCms", "JpegImagePlugin", "MpoImagePlugin", "PngImagePlugin", "TiffImagePlugin"):
        importlib.import_module(f"PIL.{name}")
    for name in ("pydicom.pixels", "pydicom.encaps", "scipy.ndimage"):
        importlib.import_module(name)
    MODALITIES.discover()
