"""A pair's served networks as runtimes open them, with what each costs, and the machine they run on."""

from __future__ import annotations

import os
import platform
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from core.bundle import Pair
from core.predict import build_feeds, open_network
from core.release.runtimes import RUNTIMES, Servable
from core.types import Case, Machine, NetworkCost, Precision, Role

_CPUINFO = Path("/proc/cpuinfo")


def name_network(role: Role, precision: Precision) -> str:
    """What timings call a served network: ``"student"``, ``"student_int8"``."""
    return role if precision == "float" else f"{role}_{precision}"


def list_networks(pair: Pair) -> tuple[tuple[Role, Precision], ...]:
    """Every role and precision that a pair serves, the teacher first, 8 bits behind the same in float."""
    return tuple((role, precision) for role in pair.served_roles for precision in pair.precisions(role))


def describe_cost(pair: Pair, role: Role, precision: Precision) -> NetworkCost:
    """What a served network costs, from the card and its file."""
    entry = pair.network(role)
    return NetworkCost(
        name=name_network(role, precision),
        title=entry.title,
        role=role,
        precision=precision,
        parameters=entry.parameters,
        macs=entry.macs,
        height=entry.preprocessing.height,
        width=entry.preprocessing.width,
        file_bytes=pair.size_bytes(role, precision),
    )


def open_servable(pair: Pair, role: Role, precision: Precision, case: Case) -> Servable:
    """A served network with the inputs that a case gives it; opened only when a runtime does so.

    Args:
        case: of the pair's modality.
    """
    entry = pair.network(role)
    module = cache(partial(open_network, pair, role)) if precision == "float" and entry.weights else None
    return Servable(
        cost=describe_cost(pair, role, precision),
        feeds=build_feeds(entry.preprocessing, entry.topology, case.pixels),
        read_onnx=partial(pair.read_served, role, precision),
        open_module=module,
    )


def describe_machine() -> Machine:
    """The processor, its cores that may be used, the system, and the versions of the runtimes."""
    versions = {}
    for runtime in RUNTIMES.values():
        try:
            versions[runtime.package] = version(runtime.package)
        except PackageNotFoundError:
            versions[runtime.package] = "unknown"
    return Machine(
        processor=_name_processor(),
        cores=count_cores(),
        system=f"{platform.system()} {platform.machine()}",
        versions={"python": platform.python_version(), **versions},
    )


def count_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _name_processor() -> str:
    try:
        lines = _CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(named), "") or platform.processor() or platform.machine() or "unknown"
