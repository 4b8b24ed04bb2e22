"""Which way to 8 bits a network takes, and which of its layers stay float.

Weights and activations in 8 bits are taken where that is faster on this machine, else the weights alone: a
network whose arithmetic would only become slower gains the same size and is closer to what was trained. From
there as few layers as possible stay float, the most sensitive first, until the validation cases keep to half
of what the card allows: half, since other cases have to keep to all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.card import Int8Allowance, Int8Plan
from core.errors import ParityError
from core.int8_card import Int8Drift, Int8Trial
from core.quantise.graph import LAYER_TYPES, Layer, list_layers, simplify_graph
from core.quantise.sensitivity import Make, rank_layers
from core.quantise.static import measure_ranges, quantise_static
from core.quantise.weights import quantise_weights
from core.release.int8_drift import keeps_to
from core.release.int8_times import time_versions
from core.sessions import OUTPUT_NAME, Feeds, build_session

WORTH = 0.95
"""Activations in 8 bits are worth it below this share of the float network's time."""
SHARE = 0.5
"""Of the allowance, for the validation cases."""
MOST_KEPT = 2 / 3
"""Of the layers; with more of them float there is nothing left to gain."""
RANKED_ON = 48
"""Calibration pictures on which layers are ranked."""
_BATCH = 16

OnStep = Callable[[str], None]


@dataclass(frozen=True)
class Int8Choice:
    """The network in 8 bits and how it was found.

    Attributes:
        content: the serialised model.
        plan, kept: how; layers that stay float, the most sensitive first.
        layers: how many there are.
        every: ``"float"``, ``"static"`` and ``"weights"`` with every layer in 8 bits, serialised.
        trials: in the order in which they were made.
        validation: of the one that was taken.
    """

    content: bytes
    plan: Int8Plan
    kept: tuple[Layer, ...]
    layers: int
    every: dict[str, bytes]
    trials: tuple[Int8Trial, ...]
    validation: Int8Drift


def search_int8(
    content: bytes,
    calibration: Sequence[Feeds],
    *,
    allowance: Int8Allowance,
    judge: Callable[[bytes], Int8Drift],
    name: str,
    on_step: OnStep = lambda step: None,
) -> Int8Choice:
    """Find a network in 8 bits whose decisions on validation cases are those of the float one.

    Args:
        content: the float network as it ships.
        calibration: inputs of training pictures, one each.
        allowance: of the card.
        judge: the drift of a serialised model on the validation cases.
        name: of the file, for the message.
        on_step: told what is being done.

    Raises:
        ParityError: no way keeps to half of the allowance with a third of the layers in 8 bits.
        ValueError: there is no calibration picture.
    """
    if not calibration:
        raise ValueError("calibration must hold a picture at least")
    simple = simplify_graph(content)
    layers = list_layers(simple)
    on_step(f"ranges of activations over {len(calibration)} training pictures")
    ranges = measure_ranges(simple, calibration)

    def make_static(kept: Collection[Layer]) -> bytes:
        return quantise_static(simple, ranges, kept)

    def make_static_alone(kept: Collection[Layer]) -> bytes:
        return quantise_static(simple, ranges, kept, types=LAYER_TYPES)

    def make_weights(kept: Collection[Layer]) -> bytes:
        return quantise_weights(simple, layers, kept)

    on_step("times with every layer in 8 bits")
    every = {"float": content, "static": make_static(()), "weights": make_weights(())}
    times = time_versions(every, calibration[0])
    worth = times["static"].median_ms < WORTH * times["float"].median_ms
    ways: list[tuple[Int8Plan, Make, Make]] = [("weights", make_weights, make_weights)]
    trials: list[Int8Trial] = []
    if worth:
        ways.insert(0, ("static", make_static, make_static_alone))
    else:
        trials.append(_describe("static", every["static"], 0, judge(every["static"]), allowance))
    for plan, make, make_alone in ways:
        on_step(f"which of {len(layers)} layers mind 8 bits most ({plan})")
        ranked = rank_layers(
            layers,
            make_alone,
            lambda made: answer(made, calibration[:RANKED_ON]),
            reference=answer(content, calibration[:RANKED_ON]),
        )
        for count in _counts(len(layers)):
            on_step(f"{plan}, {count} of {len(layers)} layers float, on the validation cases")
            made = make(ranked[:count])
            drift = judge(made)
            trial = _describe(_name(plan, count), made, count, drift, allowance)
            trials.append(trial)
            if trial.accepted:
                return Int8Choice(made, trial.plan, ranked[:count], len(layers), every, tuple(trials), drift)
    raise ParityError(
        name,
        f"in 8 bits it decides more than {SHARE * allowance.flips:.1%} of the validation cases otherwise, or "
        f"its ROC-AUC is worse by more than {SHARE * allowance.auc:g}, in all {len(trials)} ways tried",
        "Nothing was changed; train it for 8 bits, or allow more on the card",
    )


def answer(content: bytes, feeds: Sequence[Feeds]) -> NDArray[np.float32]:
    """The (N, C) float32 logits of a serialised model for N pictures, in batches."""
    session = build_session(content)
    found = []
    for start in range(0, len(feeds), _BATCH):
        batch = feeds[start : start + _BATCH]
        joined = {key: np.concatenate([one[key] for one in batch]) for key in batch[0]}
        found.append(np.asarray(session.run([OUTPUT_NAME], joined)[0], dtype=np.float32))
    return np.concatenate(found)


def _counts(layers: int) -> Iterator[int]:
    """How many layers stay float: few steps, finer where few do."""
    count = 0
    while count <= MOST_KEPT * layers:
        yield count
        count += 1 if count < 4 else 2 if count < 12 else 4


def _name(plan: Int8Plan, kept: int) -> Int8Plan:
    return "mixed" if plan == "static" and kept else plan


def _describe(
    plan: Int8Plan, made: bytes, kept: int, drift: Int8Drift, allowance: Int8Allowance
) -> Int8Trial:
    return Int8Trial(
        plan=plan,
        kept=kept,
        onnx_bytes=len(made),
        flips=len(drift.flipped),
        n=drift.n,
        auc=drift.auc.value,
        mean=drift.mean,
        accepted=keeps_to(drift, allowance, share=SHARE),
    )
