"""A network in 8 bits: made from training pictures, chosen on validation cases, gated on all others."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from core.bundle import Pair
from core.card import Card, Int8Entry
from core.data.base import load_pixels
from core.errors import DataError, ParityError
from core.int8_card import Int8Drift, Int8Report, Int8Time, report_name
from core.release.int8_drift import keeps_to, measure_drift
from core.release.int8_search import Int8Choice, OnStep, answer, search_int8
from core.release.int8_times import ROUNDS, time_versions
from core.release.kinds import split_samples
from core.release.refresh import rewrite_pair
from core.release.unseen import choose_unseen, list_unseen_sets
from core.sessions import Feeds, build_feeds
from core.types import Role, Sample

CALIBRATION = 128
"""Training pictures on which ranges of activations are measured."""
_NAMED = 5
"""Flipped cases that a refusal names."""


@dataclass(frozen=True)
class MadeInt8:
    """A network in 8 bits that kept to the card's allowance: the file, and the report on it."""

    role: Role
    content: bytes
    report: Int8Report


def make_int8(
    pair: Pair,
    role: Role,
    root: Path,
    *,
    calibration: int = CALIBRATION,
    seed: int = 0,
    on_step: OnStep = lambda step: None,
) -> MadeInt8:
    """Quantise a served network and hold it to the card's allowance on every set of held-out cases.

    Args:
        pair: as loaded; nothing of it is changed.
        role: one that is served.
        root: folder of the data sets.
        calibration: training pictures.
        seed: of their draw.
        on_step: told what is being done.

    Raises:
        ParityError: no way keeps the decisions on the validation cases; or a set of held-out cases has more
            decisions changed, or loses more ROC-AUC, than the card allows. Names the pair and the set.
        DataError: a data set of the pair is missing.
        BundleError: the role is not served.
    """
    name, float_content = f"{pair.card.pair}/{role}", pair.read_served(role)
    parts = split_samples(pair, root)
    if not parts["train"] or not parts["val"]:
        raise DataError(
            name, "no training or no validation pictures were found", "Name the data sets' folder"
        )
    drawn = np.random.default_rng(seed).permutation(len(parts["train"]))[:calibration]
    on_step(f"{len(drawn)} training and {len(parts['val'])} validation pictures")
    feeds = _prepare(pair, role, [parts["train"][place] for place in np.sort(drawn)])
    validation = _prepare(pair, role, parts["val"])
    reference = answer(float_content, validation)

    def judge(content: bytes) -> Int8Drift:
        logits = reference, answer(content, validation)
        return measure_drift(pair, role, parts["val"], logits, title="validation split")

    choice = search_int8(
        float_content,
        feeds,
        allowance=pair.card.int8_allowance,
        judge=judge,
        name=name,
        on_step=on_step,
    )
    sets = {}
    for dataset in list_unseen_sets(pair):
        samples = choose_unseen(pair, dataset=dataset, root=root)
        on_step(f"gate: {len(samples)} held-out cases of {dataset}")
        sets[dataset] = _measure_set(pair, role, samples, choice.content, dataset)
    require_allowed(pair, role, sets)
    on_step("times of what ships")
    times = time_versions({**choice.every, "int8": choice.content}, feeds[0])
    return MadeInt8(role, choice.content, _report(pair, role, choice, times, sets, calibrated=len(feeds)))


def require_allowed(pair: Pair, role: Role, sets: dict[str, Int8Drift]) -> None:
    """Raise ParityError, with the cases, where a set of held-out cases changes more than the card allows."""
    allowance = pair.card.int8_allowance
    for dataset, drift in sets.items():
        if keeps_to(drift, allowance):
            continue
        named = ", ".join(case.image_id for case in drift.flipped[:_NAMED])
        more = len(drift.flipped) - _NAMED
        raise ParityError(
            f"{pair.card.pair}/{role} in 8 bits",
            f"on {dataset} {len(drift.flipped)} of {drift.n} decisions change ({named}"
            f"{f' and {more} more' if more > 0 else ''}) and ROC-AUC changes by {drift.auc.value or 0:+.4f}; "
            f"the card allows {allowance.flips:.1%} and a loss of {allowance.auc:g}",
            "Nothing was changed; train it for 8 bits, or allow more on the card",
        )


def write_int8(pair: Pair, made: MadeInt8) -> Pair:
    """Write a network in 8 bits and its report into the pair; returns the pair as loaded back."""
    entry = Int8Entry(plan=made.report.plan, onnx=f"{made.role}.int8.onnx", report=report_name(made.role))
    networks = {
        **pair.card.networks,
        made.role: pair.network(made.role).model_copy(update={"int8": entry}),
    }
    card: Card = pair.card.model_copy(update={"networks": networks})
    report = (made.report.model_dump_json(indent=1) + "\n").encode()
    return rewrite_pair(pair, card, {entry.onnx: made.content, entry.report: report})


def _prepare(pair: Pair, role: Role, samples: Sequence[Sample]) -> list[Feeds]:
    entry = pair.network(role)
    return [build_feeds(entry.preprocessing, entry.topology, load_pixels(sample)) for sample in samples]


def _measure_set(
    pair: Pair, role: Role, samples: Sequence[Sample], content: bytes, dataset: str
) -> Int8Drift:
    feeds = _prepare(pair, role, samples)
    logits = answer(pair.read_served(role), feeds), answer(content, feeds)
    report = pair.card.reports.get(dataset)
    return measure_drift(pair, role, samples, logits, title=report.title if report else dataset)


def _report(
    pair: Pair,
    role: Role,
    choice: Int8Choice,
    times: dict[str, Int8Time],
    sets: dict[str, Int8Drift],
    *,
    calibrated: int,
) -> Int8Report:
    import torch

    allowance = pair.card.int8_allowance
    return Int8Report.model_validate(
        {
            "pair": pair.card.pair,
            "role": role,
            "plan": choice.plan,
            "made_from": hashlib.sha256(pair.read_served(role)).hexdigest(),
            "layers": choice.layers,
            "kept_float": tuple(layer.title for layer in choice.kept),
            "calibrated_on": f"{calibrated} training pictures",
            "chosen_on": f"validation split, n = {choice.validation.n}, at most half of "
            f"{allowance.flips:.1%} changed decisions and of {allowance.auc:g} ROC-AUC",
            "float32_bytes": 4 * pair.network(role).parameters,
            "float_bytes": pair.size_bytes(role),
            "onnx_bytes": len(choice.content),
            "times": times,
            "rounds": ROUNDS,
            "instructions": torch.backends.cpu.get_cpu_capability(),
            "trials": choice.trials,
            "validation": choice.validation,
            "sets": sets,
            "versions": {name: version(name) for name in ("onnxruntime", "onnx", "numpy")},
        }
    )
