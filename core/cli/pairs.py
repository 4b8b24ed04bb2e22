"""Commands on shipped pairs: list, evaluate, predict, explain, time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from core.bundle import list_pairs, load_pair, verify_pair
from core.cli.arguments import PairArgument, ReaderOption, RootOption
from core.cli.output import JsonOption, format_interval, print_json, print_table, print_text
from core.errors import ConfigError, DecodeError, QualityError
from core.types import SERVED_ROLES, Case, Role

PairOption = Annotated[str, typer.Option("--pair", help="Name of the pair; `pairs` lists them.")]


def add_commands(app: typer.Typer) -> None:
    """Add this module's commands to the command line."""
    for command in (pairs, card, evaluate, predict, explain, latency):
        app.command()(command)


def pairs(*, as_json: JsonOption = False) -> None:
    """List the shipped pairs and verify the SHA-256 of every file."""
    records = []
    for name in list_pairs():
        pair = load_pair(name)
        verify_pair(pair)
        for role in SERVED_ROLES:
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
    files: Annotated[list[Path], typer.Argument(help="Image files (PNG, JPEG, TIFF).")],
    *,
    pair: PairOption,
    ungradable: Annotated[
        bool, typer.Option("--ungradable", help="Answer also where the quality check refuses.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Print the probabilities the page would show, for each file and both networks.

    A picture that cannot be graded is named at the end with the reasons, and the exit code is then 1; the
    others are answered.
    """
    from core.intake.quality import assess_quality, require_readable
    from core.predict import open_predictor, predict_case

    bundle = load_pair(pair)
    predictors = [open_predictor(bundle, role) for role in SERVED_ROLES]
    records: list[dict[str, Any]] = []
    refused: list[QualityError] = []
    for file in files:
        case = _read_file(file, bundle.card.modality)
        try:
            verdict = assess_quality(case) if ungradable else require_readable(case)
        except QualityError as error:
            refused.append(error)
            continue
        for predictor in predictors:
            result = predict_case(predictor, case)
            records.append(
                {
                    "file": str(file),
                    "role": result.role,
                    "quality": verdict.state,
                    "positive_prob": result.positive_prob,
                    "threshold": result.operating_point.threshold,
                    "flagged": result.flagged,
                    "probs": dict(zip(result.classes, result.probs.tolist(), strict=True)),
                }
            )
    if as_json:
        print_json(records)
    else:
        _print_predictions(records)
    for refusal in refused:
        print(f"error: {refusal}", file=sys.stderr)
    if refused:
        raise typer.Exit(1)


def _print_predictions(records: list[dict[str, Any]]) -> None:
    print_table(
        [
            {
                "file": record["file"],
                "role": record["role"],
                "quality": record["quality"],
                "flagged": "yes" if record["flagged"] else "no",
                "positive": f"{record['positive_prob']:.4f}",
                **{code: f"{prob:.4f}" for code, prob in record["probs"].items()},
            }
            for record in records
        ],
        keys=2,
    )


def explain(
    file: Annotated[Path, typer.Argument(help="Image file (PNG, JPEG, TIFF).")],
    *,
    pair: PairOption,
    out: Annotated[Path, typer.Option(help="Folder to write into; made when missing.")],
    role: Annotated[str, typer.Option(help="teacher or student.")] = "student",
    method: Annotated[str, typer.Option(help="Name of the explainer.")] = "gradcam",
    class_code: Annotated[str, typer.Option("--class", help="Class code; empty takes the finding.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Write a heat map: overlay PNG, and the raw map as .npy (float32, in [0, 1])."""
    import numpy as np
    from PIL import Image

    from core.explain.overlay import render_overlay
    from core.predict import explain_case, open_network

    bundle = load_pair(pair)
    code = class_code or bundle.card.positives[0]
    if code not in bundle.card.classes:
        raise ConfigError(code, "no such class", f"The choices are {', '.join(bundle.card.classes)}")
    served = served_role(role)
    case = _read_file(file, bundle.card.modality)
    heatmap = explain_case(bundle, served, open_network(bundle, served), case, class_code=code, method=method)
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


def latency(
    pair_name: PairArgument,
    *,
    threads: Annotated[int, typer.Option(min=1, help="Threads ONNX Runtime may use.")] = 1,
    runs: Annotated[int, typer.Option(min=5, help="Timed runs of each network.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Time both networks on this machine, the modality's sample image, taking turns."""
    from core.intake.samples import open_first_sample
    from core.latency import measure_interleaved
    from core.predict import open_predictor, predict_case

    bundle = load_pair(pair_name)
    case = open_first_sample(bundle.card.modality)
    predictors = {role: open_predictor(bundle, role, threads=threads) for role in SERVED_ROLES}

    def timed(role: Role):  # type: ignore[no-untyped-def]
        return lambda: predict_case(predictors[role], case)

    reports = measure_interleaved({role: timed(role) for role in SERVED_ROLES}, n=runs, threads=threads)
    rows = [
        {
            "role": report.label,
            "median_ms": round(report.median_ms, 2),
            "p95_ms": round(report.p95_ms, 2),
            "min_ms": round(report.min_ms, 2),
            "max_ms": round(report.max_ms, 2),
            "threads": report.threads,
            "n": report.n,
            "busy_machine": report.noisy,
            "onnx_bytes": bundle.size_bytes(served_role(report.label)),
        }
        for report in reports.values()
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(rows)


def served_role(name: str) -> Role:
    """Check that a role is one whose weights ship."""
    for role in SERVED_ROLES:
        if role == name:
            return role
    raise ConfigError(name, "not a role that can be run", f"The choices are {', '.join(SERVED_ROLES)}")


def _read_file(path: Path, modality: str) -> Case:
    from core.intake.raster import read_case

    try:
        content = path.read_bytes()
    except OSError as error:
        raise DecodeError(str(path), f"cannot be read ({error.strerror})", "Check the path") from error
    return read_case(content, title=path.name, modality=modality)
