"""Starting the processes that train together, and ending all of them when one ends badly.

On one machine the command starts itself again, once for every further device. Under torchrun or SLURM, or
where LOCAL_RANK is set by hand, the processes are there already and only find each other. Lightning knows
these surroundings; training itself is its DDP strategy (:func:`core.training.fit.build_trainer`).
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

import torch
from torch import distributed as dist

from core.errors import ConfigError, TwinLensError
from core.training.processes import ALONE, Processes, together
from core.training.surroundings import (
    ADDRESS,
    NODE,
    PORT,
    check_address,
    check_devices,
    check_launcher,
    describe_surroundings,
    is_torchrun,
    slurm_tasks,
)

if TYPE_CHECKING:
    from lightning.fabric.plugins import ClusterEnvironment

PATIENCE = timedelta(days=7)
"""How long processes wait for what the first one does for all, such as asking a teacher."""

GRACE_S = 4.0
"""Seconds in which an error is the first process's to tell, before others tell theirs or end it."""


@contextmanager
def launched(devices: int, nodes: int) -> Iterator[Processes]:
    """Start the processes, or join those that are there, for as long as the context lasts.

    In every process but the first, what is printed goes nowhere, an error is told only if the first process
    has not told one and ended all, and the process ends with the context. One device on one node starts
    nothing.

    Args:
        devices: processes on each machine: GPUs where there are any, otherwise shares of the CPU.
        nodes: machines.

    Raises:
        ConfigError: numbers below 1, more GPUs than there are, other numbers than the launcher started, or
            several machines without a word on where the first one is.
        TwinLensError: another process ended badly.
    """
    if devices < 1 or nodes < 1:
        raise ConfigError(f"--devices {devices} --nodes {nodes}", "both start at 1", "Use 1 for one process")
    check_launcher(devices, nodes)
    if devices * nodes == 1:
        yield ALONE
        return
    check_devices(devices)
    by_hand = not is_torchrun() and not slurm_tasks()
    environment = describe_surroundings(by_hand=by_hand)
    starts_others = by_hand and "LOCAL_RANK" not in os.environ
    if by_hand and nodes > 1:
        check_address(nodes)
    with ExitStack() as stack:
        children: _Children | None = None
        if starts_others:
            children = stack.enter_context(_start_others(devices, nodes))
        elif "TWINLENS_PARENT" in os.environ:
            _follow_parent(int(os.environ["TWINLENS_PARENT"]))
        try:
            processes = _join(devices, nodes, environment)
            if not processes.is_first:
                _print_nowhere()
            with together(processes):
                yield processes
                dist.barrier(group=processes.agreement)
            dist.destroy_process_group()
        except BaseException as error:
            if not _is_first(environment):
                _end_badly(error, environment)
            told = isinstance(error, TwinLensError | KeyboardInterrupt)
            if children is not None and (fallen := children.fallen(0 if told else GRACE_S)) is not None:
                raise fallen from error
            raise
        if not processes.is_first:
            sys.exit(0)


def _is_first(environment: ClusterEnvironment) -> bool:
    return environment.local_rank() == 0 and environment.node_rank() == 0


def _end_badly(error: BaseException, environment: ClusterEnvironment) -> NoReturn:
    """End this process, which is not the first, and say why unless the first one says so and ends it before.

    At once, since on the way out of Python its connections would close long before it is seen to have ended.
    """
    time.sleep(GRACE_S)
    if isinstance(error, TwinLensError):
        which = f"process {environment.local_rank() + 1} of node {environment.node_rank() + 1}"
        print(f"error: {which}: {error}", file=sys.stderr)
    else:
        traceback.print_exception(error)
    sys.stderr.flush()
    os._exit(1)


def _print_nowhere() -> None:
    """Send this process's standard output nowhere, to its end."""
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _join(devices: int, nodes: int, environment: ClusterEnvironment) -> Processes:
    """Find the other processes; torch's process group is there afterwards."""
    from lightning.fabric import Fabric
    from lightning.fabric.strategies import DDPStrategy

    for name in ("lightning.fabric", "lightning.pytorch"):
        logging.getLogger(name).setLevel(logging.ERROR)
    fabric = Fabric(
        accelerator="gpu" if torch.cuda.is_available() else "cpu",
        devices=devices,
        num_nodes=nodes,
        strategy=DDPStrategy(cluster_environment=environment),
    )
    fabric.launch()
    agreement = dist.new_group(backend="gloo", timeout=PATIENCE)
    return Processes(devices, nodes, fabric.global_rank, environment, agreement)


@contextmanager
def _start_others(devices: int, nodes: int) -> Iterator[_Children]:
    """Start this command once more for each further device, and end what is left of them at the end."""
    own = {
        "LOCAL_RANK": "0",
        "LOCAL_WORLD_SIZE": str(devices),
        "WORLD_SIZE": str(devices * nodes),
        ADDRESS: os.environ[ADDRESS] if nodes > 1 else "127.0.0.1",
        PORT: os.environ[PORT] if nodes > 1 else str(free_port()),
        NODE: os.environ[NODE] if nodes > 1 else "0",
    }
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    children = _Children(devices, own)
    try:
        yield children
        children.wait()
    finally:
        children.end()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def free_port() -> int:
    """A port that nothing uses; another program could take it in the moment before torch does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _follow_parent(parent: int) -> None:
    """End this process when the one that started it is gone, whatever it is waiting for."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="follow-parent").start()


class _Children:
    """The processes started here, and a thread that ends everything if one of them ends badly."""

    def __init__(self, devices: int, environment: Mapping[str, str]) -> None:
        self._own = {**os.environ, **environment, "TWINLENS_PARENT": str(os.getpid())}
        self._devices = devices
        self._done = threading.Event()
        command = [sys.executable, *sys.orig_argv[1:]]
        self._running = [
            subprocess.Popen(
                command,
                env={**self._own, "LOCAL_RANK": str(rank)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # an interrupt from the keyboard is the first process's to handle
            )
            for rank in range(1, devices)
        ]
        threading.Thread(target=self._watch, daemon=True, name="watch-processes").start()

    def fallen(self, wait_s: float = 0.0) -> TwinLensError | None:
        """An error that names the process that ended badly; None if none has within ``wait_s``."""
        until = time.monotonic() + wait_s
        while True:
            for rank, process in enumerate(self._running, start=1):
                code = process.poll()
                if code:
                    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
                    return TwinLensError(
                        f"process {rank + 1} of {self._devices}",
                        f"it {how}, so all were ended",
                        "See what it said above, if anything, and go on with --resume",
                    )
            if time.monotonic() >= until:
                return None
            time.sleep(0.05)

    def wait(self) -> None:
        """Wait for the others, which are at their end too.

        Raises:
            TwinLensError: one ended badly.
        """
        until = time.monotonic() + 60
        while any(process.poll() is None for process in self._running) and time.monotonic() < until:
            time.sleep(0.05)
        if (fallen := self.fallen()) is not None:
            raise fallen

    def end(self) -> None:
        """Kill what still runs; a process that waits for others hears nothing milder."""
        self._done.set()
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.wait()

    def _watch(self) -> None:
        """Where the first process is not waiting for the fallen one, it would not notice: end it here."""
        while not self._done.wait(0.5):
            if (fallen := self.fallen()) is not None:
                if not self._done.wait(GRACE_S):
                    print(f"error: {fallen}", file=sys.stderr, flush=True)
                    self.end()
                    os._exit(1)
                return
