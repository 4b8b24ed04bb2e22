"""How many times faster something is said to be, against the same table's times or ratios."""

from __future__ import annotations

from pydantic import Field

from core.claims.base import CheckArguments, claim_check, show, step
from core.claims.printed import Figure, FigureRange, Positive, range_meets, word_range
from core.types import CheckOutcome


class SpeedupArguments(CheckArguments):
    """A claimed speed-up, and by machine the times that it should follow from."""

    claimed: FigureRange = Field(description="times faster; one figure, or a list of lowest and highest")
    milliseconds: dict[str, Positive] = Field(
        min_length=1, max_length=20, description="machine = milliseconds of the faster network"
    )
    by_table: dict[str, Figure] = Field(
        default_factory=dict, max_length=20, description="machine = ratio that the table gives"
    )
    slower_milliseconds: dict[str, Positive] = Field(
        default_factory=dict,
        max_length=20,
        description="machine = milliseconds of the slower network, where printed",
    )


@claim_check("speedup", title="A speed-up and the times behind it", arguments=SpeedupArguments)
def check_speedup(given: SpeedupArguments) -> CheckOutcome:
    """Consistent if it holds on every machine, contradicted if not; without times it cannot be verified."""
    steps, found = [], {}
    for machine, own in given.milliseconds.items():
        if machine in given.slower_milliseconds:
            other = given.slower_milliseconds[machine]
            low, high = other.low / own.high, other.high / own.low
            middle = other.value / own.value
            steps.append(step(f"{machine}: divide the times", middle, f"{other.text} ms / {own.text} ms"))
        elif machine in given.by_table:
            ratio = given.by_table[machine]
            low, high, middle = ratio.low, ratio.high, ratio.value
            steps.append(
                step(
                    f"{machine}: the table's ratio means",
                    f"{show(middle * own.value, 3)} ms",
                    f"{ratio.text} x {own.text} ms",
                )
            )
        else:
            continue
        ends = [show(figure.value * own.value, 3) for figure in given.claimed]
        steps.append(
            step(
                f"{machine}: the text would need",
                f"{ends[0]} ms" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]} ms",
                f"{word_range(given.claimed)} x {own.text} ms",
            )
        )
        found[machine] = (middle, range_meets(given.claimed, low, high))
    printed = f"{word_range(given.claimed)} times"
    if not found:
        step_ = step("times of the slower network", "none is printed for the machines of the faster one")
        return CheckOutcome(
            "not_verifiable", printed, "-", "The times it rests on are not printed.", (step_,)
        )
    computed = ", ".join(f"{show(ratio, 3)} ({machine})" for machine, (ratio, _) in found.items())
    if all(fits for _, fits in found.values()):
        return CheckOutcome(
            "consistent", printed, computed, "The printed times give that ratio.", tuple(steps)
        )
    where = ", ".join(f"{show(ratio, 3)} on the {machine}" for machine, (ratio, _) in found.items())
    some = [machine for machine, (_, fits) in found.items() if fits]
    words = f"The table gives {where}; the text says {word_range(given.claimed)}."
    if some:
        words += f" It holds on the {', '.join(some)} only."
    return CheckOutcome("contradicted", printed, computed, words, tuple(steps))
