"""The README of an exported folder."""

from __future__ import annotations

from core.card import IntervalEntry
from core.figures.nouns import count_of
from core.figures.wording import percent_with_limits, with_limits
from core.metrics.base import METRICS
from core.portable.record import ModelRecord

SHOWN = ("roc_auc", "sensitivity", "specificity", "ece")


def write_readme(record: ModelRecord, *, web: bool) -> str:
    """Markdown: what the folder is, how to run it, how good it is, what it cannot do and what it lacks."""
    parts = [
        f"# {record.title}: the {record.role.replace('_', ' ')}, to run without TwinLens",
        "**Research use only. Not a medical device; not for diagnosis, triage or treatment of anyone.**",
        f"{record.network.title}, {record.network.parameters / 1e6:.1f} million parameters, as exported by "
        f"TwinLens from its pair `{record.pair}`. {record.intended_use}",
        "## Run it",
        _run(record),
        _files(record, web=web),
        "## What an answer means",
        f"{record.operating_point_words} {_preparation(record)}",
        "## How good it is",
        *_figures(record),
        "## Limits",
        _list((*record.limits, record.unknowns.join(("Not known to the network: ", "")))),
        "## Not in this folder",
        _list(record.not_included),
    ]
    if web:
        parts[6:6] = ["## The page", _page(record)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _run(record: ModelRecord) -> str:
    pillow = record.versions["exported_with_pillow"].partition(".")[0]
    return (
        "```\n"
        f'pip install onnxruntime numpy "pillow>={pillow}"\n'
        "python example.py --selftest\n"
        "python example.py PICTURE ...\n"
        "```\n\n"
        "Run the self-test first, on every machine: it reads the pictures in `selftest/`, whose "
        "answers are known, and ends with exit code 1 where a probability differs by more than "
        f"{record.parity.tolerance:.0e}. In Python, `from example import predict`."
    )


def _files(record: ModelRecord, *, web: bool) -> str:
    told = {
        record.network.file: "the network (ONNX), mean and standard deviation inside",
        "model.json": "preparation, classes, temperature, threshold, figures, SHA-256 of every other file",
        "selftest.json": "the answers to the pictures in `selftest/`",
        "example.py": "reads pictures; onnxruntime, NumPy and Pillow are all it needs",
    }
    if (int8 := record.network.int8) is not None:
        share = record.files[int8.file].bytes / record.files[record.network.file].bytes
        changed = "; ".join(
            f"{name} {percent_with_limits(found.flips.record())} (n = {found.n})"
            for name, found in int8.held_out.items()
        )
        told[int8.file] = (
            f"the same in 8 bits, {share:.0%} of the size; decisions that differ from the float network's, "
            f"with 95 % limits: {changed}. To use it, name it as `file` of `network` in model.json (the "
            "self-test is of the float file)"
        )
    if "prepare.py" in record.files:
        told["prepare.py"] = "which part of a picture the network sees" + (
            ", and its topological input" if record.preparation.topology else ""
        )
    if web:
        told["index.html"] = "the page; `web/` holds its scripts and ONNX Runtime Web"
    return "| file | holds |\n|---|---|\n" + "\n".join(
        f"| `{name}` | {what} |" for name, what in told.items()
    )


def _page(record: ModelRecord) -> str:
    return (
        "```\npython -m http.server 8000 --bind 127.0.0.1\n```\n\n"
        "in this folder, then open `http://127.0.0.1:8000/`; any server of static files does. The network "
        "runs in the browser: a picture never leaves the device, and nothing is asked of any other host. "
        "Served over `https` or from the device itself, the page also opens again without a connection. ONNX "
        "Runtime Web is Microsoft's, under the MIT licence."
    )


def _preparation(record: ModelRecord) -> str:
    spec = record.preparation
    seen = {
        "none": "The whole picture",
        "field_of_view": "The box around the lit disc",
        "body": "The box around the body",
    }[spec.crop]
    return (
        f"{seen} is resized to {spec.width} x {spec.height} pixels; logits are divided by the temperature "
        f"{record.temperature:.3f} before the softmax."
    )


def _figures(record: ModelRecord) -> list[str]:
    parts = [record.caution]
    for report in record.held_out:
        rows = [
            f"| {METRICS.get(name).title} | {_number(report.metrics[name])} |"
            for name in SHOWN
            if name in report.metrics
        ]
        parts.append(
            f"{report.title}: {report.n} cases, {count_of(report.positives, record.positive_name)}; "
            "95 % limits in brackets.\n\n| | |\n|---|---|\n" + "\n".join(rows)
        )
    return parts


def _number(entry: IntervalEntry) -> str:
    return with_limits(entry.record(), digits=3)


def _list(sentences: tuple[str, ...]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)
