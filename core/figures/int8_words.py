"""What a network in 8 bits saves, what it changes, and why it is or is not faster, in words and as tables."""

from __future__ import annotations

from core.card import Int8Plan, IntervalEntry
from core.figures.wording import NO_BREAK, name_role, percent_with_limits, signed_with_limits
from core.int8_card import Int8Drift, Int8Report, Int8Time
from core.types import ALIKE

PLANS: dict[Int8Plan, str] = {
    "static": "weights and activations of every layer in 8 bits",
    "mixed": "weights and activations in 8 bits, except in layers that stay float",
    "weights": "weights in 8 bits, arithmetic in float",
}
WAYS: dict[Int8Plan, str] = {
    "static": "weights and activations",
    "mixed": "weights and activations",
    "weights": "weights alone",
}
TIMED = {
    "float": "as trained",
    "static": "weights and activations, every layer",
    "weights": "weights alone, every layer",
    "int8": "what ships",
}
_REPLACED = ("QLinearConv", "QGemm", "QLinearMatMul")
"""Operators that stand for a layer of the float network."""
NOISY = 0.2
"""Spread above which a median of these times does not tell."""


def describe_int8(report: Int8Report) -> str:
    """What the network in 8 bits gains, in two or three sentences."""
    smaller = report.float32_bytes / report.onnx_bytes
    file = report.float_bytes / report.onnx_bytes
    kept = f", {len(report.kept_float)} of {report.layers} layers in float" if report.kept_float else ""
    return (
        f"In 8 bits the {name_role(report.role)} takes {report.onnx_bytes / 2**20:.1f}{NO_BREAK}MiB: "
        f"{smaller:.1f} times less than in float32, {file:.1f} times less than the file that ships "
        f"(float16). {describe_speed(report)} It was made from {report.calibrated_on}, with "
        f"{PLANS[report.plan]}{kept}, chosen on the {report.chosen_on}."
    )


def describe_speed(report: Int8Report) -> str:
    """Whether 8 bits buy speed where the network was made, and if not, why not."""
    times = report.times
    ground = (
        f"(one thread, taking turns, n{NO_BREAK}={NO_BREAK}{report.rounds}, on a processor with "
        f"{report.instructions})"
    )
    if any(time.spread > NOISY for time in times.values()):
        return f"The machine was busy when it was timed, so its speed is not told {ground}."
    ratio = report.faster
    if ratio > 1 + ALIKE:
        return f"It is {ratio:.2f} times as fast as in float {ground}."
    before, static = times["float"], times["static"]
    words = f"8 bits buy size here, not speed: {ratio:.2f} times as fast as in float {ground}."
    if static.median_ms <= before.median_ms * (1 + ALIKE):
        return words
    added = {
        name: spent
        for name, spent in static.operators.items()
        if name not in before.operators and name not in _REPLACED
    }
    why = (
        " Its activation function (hard swish) is no part of an 8-bit layer: numbers go back to float for it."
        if "HardSigmoid" in added
        else ""
    )
    return (
        f"{words} With activations in 8 bits too it would take {static.median_ms / before.median_ms:.2f} "
        f"times as long: {', '.join(added)}, which the float network does without, take "
        f"{sum(added.values()):.2f}{NO_BREAK}of {static.median_ms:.2f}{NO_BREAK}ms.{why}"
    )


def describe_drift(drift: Int8Drift) -> str:
    """How many decisions of one set change, and what becomes of the ROC-AUC."""
    changed = f"{len(drift.flipped)} of {drift.n} decisions change"
    share = percent_with_limits(drift.flips.record())
    return f"{drift.title}: {changed} ({share}); AUC {_signed(drift.auc)}."


def tabulate_drift(report: Int8Report) -> list[dict[str, str]]:
    """One row a set of cases, the validation split first."""
    return [
        {
            "cases": drift.title,
            "n": str(drift.n),
            "decided otherwise": f"{len(drift.flipped)}: {percent_with_limits(drift.flips.record())}",
            "another class first": percent_with_limits(drift.calls.record()),
            "probability moves by": f"{drift.mean:.4f}, at most {drift.largest:.3f}",
            "AUC, difference": _signed(drift.auc),
        }
        for drift in (report.validation, *report.sets.values())
    ]


def tabulate_flipped(report: Int8Report) -> list[dict[str, str]]:
    """Every held-out case whose decision changes; empty where none does."""
    return [
        {
            "cases": drift.title,
            "image": case.image_id,
            "truth": case.target,
            "threshold": f"{drift.threshold:.4f}",
            "as trained": f"{case.float_prob:.4f}",
            "in 8 bits": f"{case.int8_prob:.4f}",
        }
        for drift in report.sets.values()
        for case in drift.flipped
    ]


def tabulate_trials(report: Int8Report) -> list[dict[str, str]]:
    """Every way that was tried on the validation cases, in order."""
    return [
        {
            "in 8 bits": WAYS[trial.plan],
            "layers in float": f"{trial.kept} of {report.layers}",
            "MiB": f"{trial.onnx_bytes / 2**20:.2f}",
            "decisions that change": f"{trial.flips} of {trial.n}",
            "AUC, difference": "undefined" if trial.auc is None else f"{trial.auc:+.4f}",
            "probability moves: mean": f"{trial.mean:.4f}",
            "half the allowance": "kept" if trial.accepted else "exceeded",
        }
        for trial in report.trials
    ]


def tabulate_times(report: Int8Report) -> list[dict[str, str]]:
    """Each version that was timed, against the float one, with the operators that take most of its time."""
    before = report.times["float"].median_ms
    return [
        {
            "version": TIMED[name],
            "median ms": f"{time.median_ms:.2f}",
            "of float": f"{time.median_ms / before:.2f}",
            "spread": f"{time.spread:.2f}",
            "longest operators, ms": _operators(time),
        }
        for name, time in sorted(report.times.items(), key=lambda item: list(TIMED).index(item[0]))
    ]


def _operators(time: Int8Time) -> str:
    return ", ".join(f"{name} {spent:.2f}" for name, spent in list(time.operators.items())[:4])


def _signed(entry: IntervalEntry) -> str:
    return "undefined" if entry.value is None else signed_with_limits(entry.record(), digits=4)
