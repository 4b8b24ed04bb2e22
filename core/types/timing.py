"""How long networks take on this machine, what they cost, and where the time of a reading goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.types.base import Interval, Precision, Role
from core.types.laboratory import LatencyReport
from core.types.published_costs import PublishedCosts


@dataclass(frozen=True)
class Machine:
    """What times were taken on.

    Attributes:
        processor: as the system names it.
        cores: that this process may use.
        system: operating system.
        versions: package to its version.
    """

    processor: str
    cores: int
    system: str
    versions: Mapping[str, str]


@dataclass(frozen=True)
class NetworkCost:
    """One network that was timed.

    Attributes:
        name: what timings call it: a role, a role with ``_int8``, or an architecture.
        title: for people.
        role: of the pair; None for a network that is no part of it.
        precision: of its weights.
        parameters: learned numbers.
        macs: multiply-accumulates of one picture of ``height`` x ``width`` pixels.
        height, width: the input, in pixels.
        file_bytes: size of its ONNX file; None where it was not exported.
    """

    name: str
    title: str
    role: Role | None
    precision: Precision
    parameters: int
    macs: int
    height: int
    width: int
    file_bytes: int | None


@dataclass(frozen=True)
class NetworkTime:
    """The time of one network alone, in one runtime, with one number of threads, one picture at a time.

    Attributes:
        network: :attr:`NetworkCost.name`.
        runtime: name of the runtime.
        report: the times; its ``threads`` were really given.
    """

    network: str
    runtime: str
    report: LatencyReport


@dataclass(frozen=True)
class TimeRatio:
    """How many times as long one network takes as another one, both timed in turn.

    Attributes:
        numerator, denominator: (network, runtime).
        threads: that both were given.
        ratio: of the medians, with bootstrap limits over the turns: they say how steady this measurement was,
            not what another machine would show.
        noisy: whether one of the two says that it should be measured again.
    """

    numerator: tuple[str, str]
    denominator: tuple[str, str]
    threads: int
    ratio: Interval
    noisy: bool


@dataclass(frozen=True)
class TimeTable:
    """Networks that were timed together, taking turns.

    Attributes:
        load_before: busy processes a core when timing began; None where the system does not tell.
        runtimes: name to title.
        networks: in order.
        times: by number of threads, then by network, then by runtime.
        ratios: what was asked to be compared.
        notes: what could not be timed, whole sentences.
    """

    load_before: float | None
    runtimes: Mapping[str, str]
    networks: tuple[NetworkCost, ...]
    times: tuple[NetworkTime, ...]
    ratios: tuple[TimeRatio, ...]
    notes: tuple[str, ...] = ()

    @property
    def noisy(self) -> tuple[NetworkTime, ...]:
        """The times that should be taken again."""
        return tuple(time for time in self.times if time.report.noisy)

    def network(self, name: str) -> NetworkCost:
        """One network by name; KeyError if it was not timed."""
        return {network.name: network for network in self.networks}[name]

    def find(self, network: str, runtime: str, threads: int) -> LatencyReport | None:
        """One time; None where it was not taken."""
        for time in self.times:
            if (time.network, time.runtime, time.report.threads) == (network, runtime, threads):
                return time.report
        return None

    def find_ratio(
        self, numerator: tuple[str, str], denominator: tuple[str, str], threads: int
    ) -> TimeRatio | None:
        """One ratio; None where it was not computed."""
        for ratio in self.ratios:
            if (ratio.numerator, ratio.denominator, ratio.threads) == (numerator, denominator, threads):
                return ratio
        return None


@dataclass(frozen=True)
class MemoryUse:
    """What one network adds to a process that has its runtime loaded and nothing else.

    Attributes:
        network, runtime: as in :class:`NetworkTime`.
        resident_bytes: resident set after opening it and one prediction, less that before.
        peak_bytes: highest resident set in between, less that before; None where the system does not tell.
    """

    network: str
    runtime: str
    resident_bytes: int
    peak_bytes: int | None


@dataclass(frozen=True)
class StageTimes:
    """The stages of one pair's reading, on one thread.

    Attributes:
        pair: its name.
        picture: ``(height, width, bytes)`` of the upload.
        load_per_core: busy processes a core while timing began; None where the platform does not tell.
        stages: in the order of a reading; those that this pair does not have are left out.
        titles: of the same stages, what each holds.
        teacher_over_student: medians of ``"network"`` alone and ``"end_to_end"``, file to probabilities.
        published: what the source document prints; None where there is none.
    """

    pair: str
    picture: tuple[int, int, int]
    load_per_core: float | None
    stages: Mapping[str, LatencyReport]
    titles: Mapping[str, str]
    teacher_over_student: Mapping[str, float]
    published: PublishedCosts | None


@dataclass(frozen=True)
class PairLatency:
    """Everything that was measured of one pair's cost on this machine.

    Attributes:
        pair, title: its name and its title.
        machine: what it was measured on.
        table: its networks, in every runtime that can run them.
        memory: of each network in each runtime; empty where it was not asked for or the system does not tell.
        stages: where the time of a reading goes; None where it was not asked for.
        published: what the source document prints; None where there is none.
        comparisons: other networks beside the student; None where they were not asked for.
    """

    pair: str
    title: str
    machine: Machine
    table: TimeTable
    memory: tuple[MemoryUse, ...] = ()
    stages: StageTimes | None = None
    published: PublishedCosts | None = None
    comparisons: TimeTable | None = None
