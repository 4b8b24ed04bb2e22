"""Where the time of a reading goes, stage by stage, on one thread (DR11).

Everything is timed on the modality's sample picture, encoded as a JPEG upload. Stages take turns, so that a
change in the machine's load falls on all of them alike; milliseconds are of this machine, ratios travel.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from functools import partial

from PIL import Image

from core.bundle import Pair
from core.evaluation.published_costs import find_costs
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
    compute_probs,
    explain_case,
    open_network,
    open_predictor,
    predict_case,
)
from core.release.latency_networks import list_networks, name_network
from core.release.runtimes import Run, give_threads
from core.types import Case, Role, StageTimes

JPEG_QUALITY = 95
FILE_NAME = "upload.jpg"


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
    case = open_first_sample(pair.card.modality)
    upload = _encode(case)
    load = read_machine_load()
    with give_threads(1):
        stages = _list_stages(pair, upload)
        calls = {name: run for name, (_, run) in stages.items()}
        reports = measure_interleaved(calls, threads=1, n=runs, warmup=warmup, clock=clock)
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
        published=find_costs(pair.card.modality),
    )


def _list_stages(pair: Pair, upload: bytes) -> dict[str, tuple[str, Run]]:
    """Stage to its title and what runs it, in the order of a reading."""
    read = partial(read_case, upload, title=FILE_NAME, modality=pair.card.modality)
    case = read()
    stages: dict[str, tuple[str, Run]] = {"decode": ("read the JPEG file", read)}
    if pair.card.modality in GATES:
        stages["quality_gate"] = ("quality gate", partial(assess_quality, case))
    predictors = {role: open_predictor(pair, role, threads=1) for role in pair.served_roles}
    lighter = {
        name_network(role, precision): open_predictor(pair, role, threads=1, precision=precision)
        for role, precision in list_networks(pair)
        if precision != "float"
    }
    explainers = {role: _list_explainers(pair, predictor, case) for role, predictor in predictors.items()}
    for predictor in predictors.values():
        stages |= _list_prediction(predictor, case, read)
    for name, predictor in lighter.items():
        stages |= _list_network(name, predictor, case, read)
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
    cropped = "field of view, crop, resize" if entry.preprocessing.crop != "none" else "resize"
    found: dict[str, tuple[str, Run]] = {
        f"{role}_prepare": (cropped, partial(entry.preprocessing.apply, case.pixels))
    }
    if entry.topology is not None:
        frame = entry.preprocessing.frame(case.pixels)
        found[f"{role}_topology"] = ("persistence image", partial(entry.topology.apply, frame))
    return found | _list_network(role, predictor, case, read)


def _list_network(
    name: str, predictor: Predictor, case: Case, read: Callable[[], Case]
) -> dict[str, tuple[str, Run]]:
    """The network alone, what is made of its answer, and the whole way from the file."""
    entry = predictor.entry
    feeds = build_feeds(entry.preprocessing, entry.topology, case.pixels)
    (answer,) = predictor.session.run([OUTPUT_NAME], feeds)
    point = predictor.pair.operating_point(predictor.role)

    def answer_with_probs() -> bool:
        probs = compute_probs(answer[0], entry.temperature)
        return float(predictor.positive_prob(probs)) >= point.threshold

    return {
        f"{name}_network": ("network alone", partial(predictor.session.run, [OUTPUT_NAME], feeds)),
        f"{name}_answer": ("probabilities and threshold", answer_with_probs),
        f"{name}_end_to_end": ("file to probabilities", lambda: predict_case(predictor, read())),
    }


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
