"""Where the time of a reading goes, stage by stage, on one thread (DR11).

Everything is timed on the modality's sample picture, encoded as a JPEG upload. Stages take turns, so that a
change in the machine's load falls on all of them alike; milliseconds are of this machine, ratios travel.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from PIL import Image

from core.bundle import Pair
from core.figures.wording import all_networks
from core.intake.quality import GATES, assess_quality
from core.intake.raster import read_case
from core.intake.samples import open_first_sample
from core.latency import Clock, measure_interleaved, read_machine_load
from core.predict import (
    OUTPUT_NAME,
    Predictor,
    attend_case,
    build_feeds,
    explain_case,
    open_network,
    open_predictor,
    predict_case,
)
from core.types import Case, LatencyReport, Role

JPEG_QUALITY = 95
FILE_NAME = "upload.jpg"

Run = Callable[[], object]


@dataclass(frozen=True)
class PublishedLatency:
    """What a source document prints of its student.

    Attributes:
        network: of which network.
        milliseconds: processor, as the document names it, to milliseconds a photograph.
        words: what is and is not said about the timing.
    """

    network: str
    milliseconds: Mapping[str, float]
    words: str


PUBLISHED: Mapping[str, PublishedLatency] = MappingProxyType(
    {
        "fundus": PublishedLatency(
            network="EfficientNet-B2 with CBAM and a topological branch",
            milliseconds=MappingProxyType({"i7": 21.2, "i5": 49.1}),
            words="How they were timed is not said: neither threads, nor the size of the photograph, nor "
            "whether reading the file, cropping and topology are included. Another processor and another "
            "network; not to be compared with the milliseconds here.",
        )
    }
)
"""By modality, as printed."""


@dataclass(frozen=True)
class StageTimes:
    """The stages of one pair's reading.

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
    published: PublishedLatency | None


def measure_stages(
    pair: Pair, *, runs: int = 20, warmup: int = 3, clock: Clock = time.perf_counter
) -> StageTimes:
    """Time every stage on one thread of ONNX Runtime and of torch, whose threads are then as before.

    Args:
        pair: whose served networks are run.
        runs: rounds that count.
        warmup: rounds before them.
        clock: as in :func:`core.latency.measure_interleaved`.

    Raises:
        DataError: the modality has no sample picture.
        BundleError: weights are missing.
        ValueError: ``runs`` below 1 or ``warmup`` below 0.
    """
    import torch

    case = open_first_sample(pair.card.modality)
    upload = _encode(case)
    stages = _list_stages(pair, upload)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    load = read_machine_load()
    try:
        calls = {name: run for name, (_, run) in stages.items()}
        reports = measure_interleaved(calls, threads=1, n=runs, warmup=warmup, clock=clock)
    finally:
        torch.set_num_threads(threads)
    height, width = case.pixels.shape[:2]
    return StageTimes(
        pair=pair.card.pair,
        picture=(height, width, len(upload)),
        load_per_core=load,
        stages=reports,
        titles={name: title for name, (title, _) in stages.items()},
        teacher_over_student={
            part: _divide(reports[f"teacher_{part}"].median_ms, reports[f"student_{part}"].median_ms)
            for part in ("network", "end_to_end")
        },
        published=PUBLISHED.get(pair.card.modality),
    )


def _list_stages(pair: Pair, upload: bytes) -> dict[str, tuple[str, Run]]:
    """Stage to its title and what runs it, in the order of a reading."""
    read = partial(read_case, upload, title=FILE_NAME, modality=pair.card.modality)
    case = read()
    stages: dict[str, tuple[str, Run]] = {"decode": ("read the JPEG file", read)}
    if pair.card.modality in GATES:
        stages["quality_gate"] = ("quality gate", partial(assess_quality, case))
    predictors = {role: open_predictor(pair, role, threads=1) for role in pair.served_roles}
    explainers = {role: _list_explainers(pair, predictor, case) for role, predictor in predictors.items()}
    for predictor in predictors.values():
        stages |= _list_prediction(predictor, case, read)
    for found in explainers.values():
        stages |= found
    maps = [run for found in explainers.values() for _, run in found.values()]

    def read_all() -> None:
        again = read()
        assess_quality(again)
        for predictor in predictors.values():
            predict_case(predictor, again)
        for run in maps:
            run()

    return stages | {"whole_reading": (f"file, gate, {all_networks(len(predictors))}, all maps", read_all)}


def _list_prediction(
    predictor: Predictor, case: Case, read: Callable[[], Case]
) -> dict[str, tuple[str, Run]]:
    """From pixels to probabilities, one role, in parts and as a whole."""
    role, entry = predictor.role, predictor.entry
    feeds = build_feeds(entry.preprocessing, entry.topology, case.pixels)
    cropped = "field of view, crop, resize" if entry.preprocessing.crop != "none" else "resize"
    found: dict[str, tuple[str, Run]] = {
        f"{role}_prepare": (cropped, partial(entry.preprocessing.apply, case.pixels))
    }
    if entry.topology is not None:
        frame = entry.preprocessing.frame(case.pixels)
        found[f"{role}_topology"] = ("persistence image", partial(entry.topology.apply, frame))
    found[f"{role}_network"] = ("network alone", partial(predictor.session.run, [OUTPUT_NAME], feeds))
    found[f"{role}_end_to_end"] = ("file to probabilities", lambda: predict_case(predictor, read()))
    return found


def _list_explainers(pair: Pair, predictor: Predictor, case: Case) -> dict[str, tuple[str, Run]]:
    """Maps of one role, of the class that it calls; each prepares its own input, as on the page."""
    role: Role = predictor.role
    network = open_network(pair, role)
    code, _ = predict_case(predictor, case).ranked()[0]
    found: dict[str, tuple[str, Run]] = {
        f"{role}_gradcam": ("Grad-CAM", partial(explain_case, pair, role, network, case, class_code=code))
    }
    if network.attention == "self":
        for method, title in _ROLLOUTS.items():
            run = partial(explain_case, pair, role, network, case, class_code=code, method=method)
            found[f"{role}_{method}"] = (title, run)
    if network.attention == "cbam":
        found[f"{role}_attention"] = ("CBAM maps", partial(attend_case, pair, role, network, case))
    return found


_ROLLOUTS = {"rollout": "attention rollout", "gradient_rollout": "attention for the class"}


def _encode(case: Case) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(case.pixels).save(buffer, format="JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()


def _divide(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else float("nan")
