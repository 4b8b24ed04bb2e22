"""Printed weights, channels or work of networks, against the networks built and counted."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.claims.base import CheckArguments, claim_check, judge, show, step
from core.claims.counting import SIDE, get_count
from core.claims.printed import Count, Figure
from core.types import CheckOutcome

Quantity = Literal["parameters", "feature_channels", "gmacs", "gflops"]
_TITLES = {
    "parameters": "weights",
    "feature_channels": "channels of the last map",
    "gmacs": f"billions of multiply-accumulates at {SIDE} pixels",
    "gflops": f"billions of operations at {SIDE} pixels",
}


class BuiltArguments(CheckArguments):
    """Networks, and what is printed of each."""

    quantity: Quantity = Field(
        description='"parameters", "feature_channels", "gmacs" or "gflops"; work is counted at 224 pixels'
    )
    networks: dict[str, Figure] = Field(
        min_length=1, max_length=20, description='network = printed figure, "11 M"'
    )
    outputs: Count = Field(description="outputs of every network")

    def named_networks(self) -> tuple[tuple[str, int], ...]:
        """Every one, with its outputs."""
        return tuple((name, self.outputs) for name in self.networks)


@claim_check("built_network", title="Printed counts and the network as built", arguments=BuiltArguments)
def check_built(given: BuiltArguments) -> CheckOutcome:
    """Whether each count is the built network's; ``gflops`` fits as operations or as multiply-accumulates.

    More work than was counted is not verifiable: some counters take element-wise work along.
    """
    steps, wrong, found, more = [], [], [], 0
    for name, printed in given.networks.items():
        count = get_count(name, given.outputs)
        values = {
            "parameters": {"counted": float(count.parameters)},
            "feature_channels": {"counted": float(count.feature_channels)},
            "gmacs": {"counted": count.macs / 1e9},
            "gflops": {
                "two a multiply-accumulate": 2 * count.macs / 1e9,
                "one a multiply-accumulate": count.macs / 1e9,
            },
        }[given.quantity]
        for how, value in values.items():
            steps.append(
                step(f"{name}: {_TITLES[given.quantity]}, {how}", f"{show(value)}, printed {printed.text}")
            )
        first = next(iter(values.values()))
        found.append(show(first))
        if not any(printed.meets(value) for value in values.values()):
            either = " or ".join(show(value) for value in values.values())
            wrong.append(f"{name} has {either}, printed is {printed.text}")
            work = given.quantity in ("gmacs", "gflops")
            more += work and printed.low > max(values.values())
    texts = ", ".join(figure.text for figure in given.networks.values())
    words = (
        f"As built {'; '.join(wrong)}."
        if wrong
        else f"The network as built has the printed {_TITLES[given.quantity]}."
    )
    verdict = judge(fits=not wrong)
    if wrong and more == len(wrong):
        verdict = "not_verifiable"
        words += " Counters that take element-wise work along give more; how it was counted is not printed."
    return CheckOutcome(
        verdict,
        texts,
        ", ".join(found),
        words,
        tuple(steps),
    )
