"""Records of times for tests of words, tables and figures; and runtimes that take a fake clock's time."""

from __future__ import annotations

from types import MappingProxyType

from core.release.runtimes import Runtime
from core.types import (
    Interval,
    LatencyReport,
    Machine,
    MemoryUse,
    NetworkCost,
    NetworkTime,
    PairLatency,
    PublishedCost,
    PublishedCosts,
    PublishedSpeedup,
    StageTimes,
    TimeRatio,
    TimeTable,
)

RUNTIMES = {"torch": "torch eager", "onnxruntime": "ONNX Runtime"}
MACHINE = Machine("A processor", 2, "Linux x86_64", {"python": "3.11.7", "onnxruntime": "1.31.1"})


class FakeClock:
    """Seconds that pass only in :meth:`spend`."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def spend(self, milliseconds: float) -> None:
        self.now += milliseconds / 1000


def fake_runtimes(clock: FakeClock, milliseconds: dict[tuple[str, str], float]):  # type: ignore[no-untyped-def]
    """Runtimes whose networks take the time given for (network, runtime); torch cannot run 8 bits."""

    def make(runtime: str, precisions: tuple[str, ...]) -> Runtime:
        def open_(servable, threads: int):  # type: ignore[no-untyped-def]
            taken = milliseconds.get((servable.cost.name, runtime))
            return None if taken is None else lambda: clock.spend(taken / threads)

        return Runtime(RUNTIMES[runtime], runtime, precisions, open_)  # type: ignore[arg-type]

    return MappingProxyType(
        {"torch": make("torch", ("float",)), "onnxruntime": make("onnxruntime", ("float", "int8"))}
    )


def report(median: float, *, threads: int = 1, spread: float = 0.05, n: int = 50) -> LatencyReport:
    return LatencyReport(
        "x", median, 1.2 * median, 0.9 * median, 1.5 * median, spread, n, 5, threads, mean_ms=1.05 * median
    )


def cost(name: str, title: str, role=None, precision="float", **changes) -> NetworkCost:  # type: ignore[no-untyped-def]
    sizes = {"parameters": 1_500_000, "macs": 220_000_000, "file_bytes": 3 * 2**20}
    return NetworkCost(
        name=name, title=title, role=role, precision=precision, height=224, width=192, **{**sizes, **changes}
    )


TEACHER = cost("teacher", "Two large networks", "teacher", macs=3_290_000_000, file_bytes=16 * 2**20)
STUDENT = cost("student", "MobileNetV3-Small", "student")
INT8 = cost("student_int8", "MobileNetV3-Small", "student", "int8", file_bytes=2 * 2**20)
SECOND = cost("second_student", "VGG16", "second_student", parameters=14_700_000)


def table(  # type: ignore[no-untyped-def]
    medians, *, networks=(TEACHER, STUDENT), threads=(1,), spreads=None, load=0.1, ratios=None
) -> TimeTable:
    """A table from (network, runtime) to median milliseconds; ratios over the teacher, or those given."""
    spreads = spreads or {}
    times = tuple(
        NetworkTime(*key, report(median / count, threads=count, spread=spreads.get(key, 0.05)))
        for count in threads
        for key, median in medians.items()
    )
    wanted = ratios or [
        (("teacher", runtime), (name, runtime))
        for name, runtime in medians
        if name != "teacher" and ("teacher", runtime) in medians
    ]
    noisy = {key for key, spread in spreads.items() if spread > 0.2}
    found = tuple(
        TimeRatio(top, bottom, count, limits(medians[top] / medians[bottom]), bool({top, bottom} & noisy))
        for count in threads
        for top, bottom in wanted
    )
    return TimeTable(load, RUNTIMES, networks, times, found)


def limits(value: float) -> Interval:
    return Interval(value, 0.97 * value, 1.03 * value, 0.95, 50, "bootstrap of turns, 2000")


MEDIANS = {
    ("teacher", "torch"): 200.0,
    ("teacher", "onnxruntime"): 45.0,
    ("student", "torch"): 12.0,
    ("student", "onnxruntime"): 4.5,
}


def stage_times() -> StageTimes:
    parts = {
        "decode": ("read the JPEG file", 2.0),
        "quality_gate": ("quality gate", 3.0),
        "teacher_prepare": ("resize", 1.5),
        "teacher_network": ("network alone", 46.0),
        "teacher_answer": ("probabilities and threshold", 0.2),
        "teacher_end_to_end": ("file to probabilities", 50.0),
        "student_prepare": ("resize", 1.5),
        "student_topology": ("persistence image", 6.0),
        "student_network": ("network alone", 4.6),
        "student_answer": ("probabilities and threshold", 0.2),
        "student_end_to_end": ("file to probabilities", 14.0),
        "teacher_gradcam": ("Grad-CAM", 160.0),
        "student_gradcam": ("Grad-CAM", 20.0),
        "whole_reading": ("file, gate, both networks, all maps", 250.0),
    }
    return StageTimes(
        pair="melanoma",
        picture=(450, 600, 54_321),
        load_per_core=0.1,
        stages={name: report(ms, n=20) for name, (_, ms) in parts.items()},
        titles={name: title for name, (title, _) in parts.items()},
        teacher_over_student={"network": 10.0, "end_to_end": 3.6},
        published=None,
    )


PUBLISHED = PublishedCosts(
    modality="dermoscopy",
    citation="A document",
    networks=(
        PublishedCost("teacher", "EfficientNet-B1", {"processor not named": 8.6}, megabytes=25.1),
        PublishedCost("student", "MobileNetV3-Small", {"processor not named": 2.1}, megabytes=4.5),
    ),
    words="Nothing is said of the machine.",
    speedups=(
        PublishedSpeedup("resnet101", "ResNet-101", "36 to 40 times", {"i7": 28.0, "i5": 15.0}, "No."),
    ),
)


def comparisons() -> TimeTable:
    medians = {
        ("resnet101", "torch"): 180.0,
        ("resnet101", "onnxruntime"): 90.0,
        ("student", "torch"): 12.0,
        ("student", "onnxruntime"): 4.5,
    }
    networks = (cost("resnet101", "ResNet-101", parameters=42_500_000, macs=7_800_000_000), STUDENT)
    ratios = [(("resnet101", runtime), ("student", runtime)) for runtime in RUNTIMES]
    return table(medians, networks=networks, ratios=ratios)


def pair_latency(**changes) -> PairLatency:  # type: ignore[no-untyped-def]
    parts = {
        "table": table(MEDIANS, threads=(1, 2)),
        "memory": (
            MemoryUse("teacher", "onnxruntime", 190 * 2**20, 215 * 2**20),
            MemoryUse("student", "onnxruntime", 31 * 2**20, None),
        ),
        "stages": stage_times(),
        "published": PUBLISHED,
    }
    return PairLatency(pair="melanoma", title="Dermoscopy", machine=MACHINE, **{**parts, **changes})
