"""Commands on shipped pairs: list, evaluate, predict, explain."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from core.bundle import Pair, list_pairs, load_pair, verify_pair
from core.cli.arguments import PairArgument, ReaderOption, RootOption
from core.cli.images import read_image, read_images
from core.cli.output import JsonOption, format_interval, print_json, print_table, print_text
from core.cli.predictions import print_predictions
from core.errors import ConfigError, DecodeError, QualityError, TwinLensError
from core.types import LatencyReport, Role

METHODS_HELP = (
    "gradcam, gradcam_plus_plus, layercam, eigencam; slower: scorecam, integrated_gradients, gradient_shap, "
    "occlusion, lime; for a transformer: rollout, gradient_rollout; for a network with CBAM: cbam_gate."
)
PairOption = Annotated[str, typer.Option("--pair", help="Name of the pair; `pairs` lists them.")]


def add_commands(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    for command in (pairs, card, evaluate, predict, explain):
        app.command()(command)


def pairs(*, as_json: JsonOption = False) -> None:
    """List the shipped pairs and verify the SHA-256 of every file."""
    records = []
    for name in list_pairs():
        pair = load_pair(name)
        verify_pair(pair)
        for role in pair.served_roles:
            entry = pair.network(role)
            records.append(
                {
                    "pair": name,
                    "role": role,
                    "modality": pair.card.modality,
                    "network": entry.title,
                    "input": f"{entry.preprocessing.width}x{entry.preprocessing.height}",
                    "parameters": entry.parameters,
                    "macs": entry.macs,
                    "onnx_bytes": pair.size_bytes(role),
                }
            )
    if as_json:
        print_json(records)
    else:
        print_table(records, keys=2)


def card(
    pair_name: PairArgument,
    *,
    refresh: Annotated[
        bool,
        typer.Option("--refresh", help="First compute the figures again from the held-out predictions."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Print a pair's card: costs and held-out figures as Markdown, or all of it as JSON."""
    from core.release.refresh import refresh_reports
    from core.release.summary import summarise_card

    pair = load_pair(pair_name)
    if refresh:
        pair = refresh_reports(pair)
    print(pair.card.model_dump_json(indent=1) if as_json else summarise_card(pair))


def evaluate(
    pair_name: PairArgument,
    *,
    dataset: ReaderOption,
    root: RootOption,
    split: Annotated[str, typer.Option(help="all, train, val or test.")] = "all",
    as_json: JsonOption = False,
) -> None:
    """Score a shipped pair on a folder of images (external validation)."""
    from core.release.external import evaluate_pair

    result = evaluate_pair(load_pair(pair_name), dataset=dataset, root=root, split=split)
    if as_json:
        print_json(
            {
                "pair": result.pair,
                "dataset": result.dataset,
                "split": result.split,
                "n": result.n,
                "positives": result.positives,
                "used_in_training": result.used_in_training,
                "disputed": result.disputed,
                "metrics": result.metrics,
            }
        )
        return
    print(f"{result.pair} on {result.dataset} ({result.split}): n = {result.n}, {result.positives} positive")
    if result.disputed:
        print_text(f"{result.disputed} images were left out: copies of them carry different labels")
    if result.used_in_training:
        print_text(
            f"{result.used_in_training} of these images were used to train or tune the pair: "
            "the figures flatter it"
        )
    names = next(iter(result.metrics.values()))
    print_table(
        [
            {"metric": name, **{role: format_interval(f[name]) for role, f in result.metrics.items()}}
            for name in names
        ]
    )


def predict(
    files: Annotated[list[Path], typer.Argument(help="Image files (PNG, JPEG, TIFF, DICOM).")],
    *,
    pair: PairOption,
    ungradable: Annotated[
        bool, typer.Option("--ungradable", help="Answer also where a check on the picture refuses.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Print the probabilities the page would show, for each file and every network.

    A file that cannot be read, and a picture that cannot be graded or is unlike those of training, are named
    at the end with the reasons, and the exit code is then 1; the others are answered, a DICOM file with
    several frames for each of them.
    """
    from core.release.reading import open_reader

    bundle = load_pair(pair)
    reader = open_reader(bundle, bundle.served_roles)
    records: list[dict[str, Any]] = []
    read = [(file, read_images(file, bundle.card.modality)) for file in files]
    refused: list[TwinLensError] = [
        DecodeError(one.subject, one.problem, one.remedy) for _, batch in read for one in batch.refused
    ]
    for file, case in ((file, case) for file, batch in read for case in batch.cases):
        try:
            answer = reader.read(case, ungradable=ungradable)
        except QualityError as error:
            refused.append(error)
            continue
        verdict, kind = answer.quality, answer.kind
        for result in answer.predictions:
            records.append(
                {
                    "file": str(file),
                    "slice": case.position,
                    "role": result.role,
                    "quality": verdict.state,
                    "kind": None if kind is None else kind.state,
                    "distance": None if kind is None else kind.distance,
                    "positive_prob": result.positive_prob,
                    "threshold": result.operating_point.threshold,
                    "flagged": result.flagged,
                    "probs": dict(zip(result.classes, result.probs.tolist(), strict=True)),
                }
            )
    if as_json:
        print_json(records)
    elif records:
        print_predictions(records)
    for refusal in refused:
        print(f"error: {refusal}", file=sys.stderr)
    if refused:
        raise typer.Exit(1)


def explain(
    file: Annotated[Path, typer.Argument(help="Image file (PNG, JPEG, TIFF, DICOM).")],
    *,
    pair: PairOption,
    out: Annotated[Path, typer.Option(help="Folder to write into; made when missing.")],
    role: Annotated[str, typer.Option(help="A role that the pair serves.")] = "student",
    method: Annotated[str, typer.Option(help=METHODS_HELP)] = "gradcam",
    class_code: Annotated[str, typer.Option("--class", help="Class code; empty takes the finding.")] = "",
    slice_number: Annotated[
        int, typer.Option("--slice", min=0, help="Slice of a file with several, from 1; 0 takes the first.")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Write a heat map: overlay PNG, and the raw map as .npy (float32, in [0, 1])."""
    import numpy as np
    from PIL import Image

    from core.cli.progress import follow_share
    from core.explain.base import EXPLAINERS
    from core.explain.overlay import render_overlay
    from core.predict import explain_case, open_network

    bundle = load_pair(pair)
    code = class_code or bundle.card.positives[0]
    if code not in bundle.card.classes:
        raise ConfigError(code, "no such class", f"The choices are {', '.join(bundle.card.classes)}")
    served = served_role(bundle, role)
    case = read_image(file, bundle.card.modality, number=slice_number)
    network = open_network(bundle, served)
    with follow_share(method) as tell:
        heatmap = explain_case(
            bundle, served, network, case, class_code=code, method=method, on_progress=tell
        )
    frame = bundle.network(served).preprocessing.frame(case.pixels)
    out.mkdir(parents=True, exist_ok=True)
    stem = out / f"{file.stem}.{served}.{method}.{code}"
    overlay, raw = Path(f"{stem}.png"), Path(f"{stem}.npy")
    Image.fromarray(render_overlay(frame, heatmap, opacity=0.5)).save(overlay)
    np.save(raw, heatmap.values)
    record = {
        "file": str(file),
        "pair": pair,
        "role": served,
        "method": method,
        "layer": heatmap.layer,
        "class": code,
        "class_specific": EXPLAINERS.get(method).class_specific,
        "state": heatmap.state,
        "peak": heatmap.peak,
        "unit": heatmap.unit,
        "overlay": str(overlay),
        "raw": str(raw),
    }
    if as_json:
        print_json(record)
    else:
        print_table([{"field": key, "value": value} for key, value in record.items()])


def time_networks(bundle: Pair, *, threads: int, runs: int) -> dict[Role, LatencyReport]:
    """Time one reading of the modality's sample picture by every served network, taking turns."""
    from core.intake.samples import open_first_sample
    from core.latency import measure_interleaved
    from core.predict import open_predictor, predict_case

    case = open_first_sample(bundle.card.modality)
    predictors = {role: open_predictor(bundle, role, threads=threads) for role in bundle.served_roles}
    calls: dict[str, Callable[[], object]] = {
        role: partial(predict_case, predictor, case) for role, predictor in predictors.items()
    }
    reports = measure_interleaved(calls, n=runs, threads=threads)
    return {role: reports[role] for role in bundle.served_roles}


def served_role(bundle: Pair, name: str) -> Role:
    """Check that a role is one whose weights ship."""
    for role in bundle.served_roles:
        if role == name:
            return role
    raise ConfigError(name, "not a role that can be run", f"The choices are {', '.join(bundle.served_roles)}")
