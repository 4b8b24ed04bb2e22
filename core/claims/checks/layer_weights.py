"""How many times more weights one stack of layers has than another, counted from the layers."""

from __future__ import annotations

import re

from pydantic import Field, field_validator

from core.claims.base import CheckArguments, claim_check, show, step
from core.claims.printed import Figure
from core.types import CheckOutcome

_LAYER = re.compile(r"(conv) (\d{1,5}) (\d{1,5}) (\d{1,2})|(linear|norm) (\d{1,6})(?: (\d{1,6}))?")


class WeightsArguments(CheckArguments):
    """A stack of layers, and the stacks that may be meant by the larger one."""

    base: list[str] = Field(
        min_length=1,
        max_length=50,
        description='layers, "conv IN OUT SIDE", "linear IN OUT", "norm CHANNELS"',
    )
    candidates: dict[str, list[str]] = Field(
        min_length=1, max_length=20, description="name = layers of the larger one, every reading of it"
    )
    claimed: Figure = Field(description="how many times the weights")

    @field_validator("base")
    @classmethod
    def _base(cls, value: list[str]) -> list[str]:
        for layer in value:
            count_layer(layer)
        return value

    @field_validator("candidates")
    @classmethod
    def _others(cls, value: dict[str, list[str]]) -> dict[str, list[str]]:
        for layer in [layer for stack in value.values() for layer in stack[:200]]:
            count_layer(layer)
        return value


@claim_check("layer_weights", title="Weights, layer by layer", arguments=WeightsArguments)
def check_weights(given: WeightsArguments) -> CheckOutcome:
    """Contradicted if no reading gives the ratio; not verifiable if only one of several readings does."""
    base = sum(map(count_layer, given.base))
    steps = [step("weights of the base", base, _sum(given.base))]
    fits, ratios = [], []
    for name, stack in given.candidates.items():
        total = sum(map(count_layer, stack))
        ratio = total / base
        steps += [
            step(f"weights with {name}", total, _sum(stack)),
            step(f"{name} over base", ratio, f"{total:,} / {base:,}"),
        ]
        ratios.append(f"{show(ratio, 3)} ({name})")
        if given.claimed.meets(ratio):
            fits.append(name)
    computed = ", ".join(ratios)
    if not fits:
        words = f"No reading gives {given.claimed.text} times: {computed}."
        return CheckOutcome("contradicted", given.claimed.text, computed, words, tuple(steps))
    if len(fits) == len(given.candidates):
        return CheckOutcome(
            "consistent",
            given.claimed.text,
            computed,
            f"The layers give {computed} times the weights.",
            tuple(steps),
        )
    words = (
        f"Which layers are meant is not said; {given.claimed.text} times are the weights with "
        f"{', '.join(fits)}."
    )
    return CheckOutcome("not_verifiable", given.claimed.text, computed, words, tuple(steps))


def count_layer(layer: str) -> int:
    """Weights and biases of a layer as the file writes it; ``norm`` has a scale and a shift a channel.

    Raises:
        ValueError: it is not written so.
    """
    found = _LAYER.fullmatch(layer)
    if found is None or (found[5] == "linear") != (found[7] is not None):
        raise ValueError(f'{layer[:40]!r} is not "conv IN OUT SIDE", "linear IN OUT" or "norm CHANNELS"')
    if found[1]:
        return int(found[2]) * int(found[3]) * int(found[4]) ** 2 + int(found[3])
    return int(found[6]) * int(found[7]) + int(found[7]) if found[7] else 2 * int(found[6])


def _sum(layers: list[str]) -> str:
    return " + ".join(f"{count_layer(layer):,} ({layer})" for layer in layers)
