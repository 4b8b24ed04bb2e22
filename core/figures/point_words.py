"""A threshold in words: what it is for, and what it did on the cases it was chosen on."""

from __future__ import annotations

import re

from core.figures.nouns import plural
from core.figures.wording import NO_BREAK, of_100, percent
from core.modalities.base import Modality
from core.types import Interval, OperatingPoint

_RATE = re.compile(r"(sensitivity|specificity)_(\d+)")


def title_operating_point(name: str, modality: Modality) -> str:
    """A choice of threshold as its user would ask for it."""
    target = modality.positive_name
    if match := _RATE.fullmatch(name):
        rate, share = match[1], match[2]
        if rate == "sensitivity":
            return f"Catch at least {share} of 100 {plural(target)}"
        return f"Leave at least {share} of 100 {plural(modality.other_name)} alone"
    if name == "youden":
        return "Balance misses and false alarms"
    return name.replace("_", " ").capitalize()


def describe_operating_point(point: OperatingPoint, modality: Modality) -> str:
    """Threshold, what it does, and on which cases that was seen."""
    target = modality.positive_name
    caught = _rate(point.sensitivity, plural(target))
    spared = _rate(point.specificity, plural(modality.other_name))
    return (
        f"Threshold {percent(point.threshold)}: catches {caught} and leaves alone {spared}, on the cases it "
        f"was chosen on ({point.chosen_on})."
    )


def explain_flag(modality: Modality) -> str:
    """What a reader must not conclude from a flag."""
    return (
        f"A flag is not a diagnosis: at this threshold, some {plural(modality.other_name)} are flagged too."
    )


def explain_no_flag(point: OperatingPoint, modality: Modality) -> str:
    """What a reader must not conclude where there is none, and how many are missed."""
    target, share = modality.positive_name, point.sensitivity.value
    missed = (
        f" About {of_100(1 - share)} {plural(target)} stay unflagged at this threshold."
        if share == share
        else ""
    )
    return f"This does not rule {target} out.{missed}"


def _rate(interval: Interval, what: str) -> str:
    if not interval.defined:
        return f"an unknown number of {what}"
    limits = (
        f"{interval.level * 100:.0f}{NO_BREAK}% limits {interval.low * 100:.0f} to {interval.high * 100:.0f}"
    )
    return f"about {of_100(interval.value)} {what} ({limits}, n = {interval.n})"
