"""What source documents printed that have no table of classes, and whether their few figures agree.

A printed accuracy stands for every whole number of cases that is printed so, rounded or cut.
"""

from __future__ import annotations

import math
from pathlib import Path

from core.evaluation.intervals import wilson_interval
from core.evaluation.published import FOLDER, find_table
from core.types import (
    ArithmeticCheck,
    CheckState,
    Interval,
    PublishedCount,
    PublishedNetwork,
    PublishedSummary,
    SummaryLimits,
)

_TINY = 1e-9


def find_summary(modality: str, *, folder: Path = FOLDER) -> PublishedSummary | None:
    """What was published about a modality without a table of classes; None where there is nothing.

    Args:
        modality: registry name.
        folder: of the TOML files.

    Raises:
        TypeError, ValueError: a file has a key too many or too few, or two are about one modality.
    """
    table = find_table(modality, folder=folder)
    if "networks" not in table:
        return None
    networks = tuple(
        PublishedNetwork(**(row | {"parameters": tuple(row["parameters"])})) for row in table.pop("networks")
    )
    parts, count = tuple(table.pop("parts")), PublishedCount(**table.pop("count"))
    return PublishedSummary(**table, networks=networks, parts=parts, count=count)


def limit_summary(summary: PublishedSummary, level: float = 0.95) -> SummaryLimits:
    """The printed accuracies, and the recall that the count means, with Wilson limits.

    The document gives no limits. These assume that its cases are independent; near copies are not, so the
    true limits are wider.
    """

    def limit(value: float, n: int) -> Interval:
        low, high = wilson_interval(value, n, level)
        return Interval(value, low, high, level, n, "Wilson")

    count = summary.count
    return SummaryLimits(
        accuracy=tuple(limit(network.accuracy, summary.n) for network in summary.networks),
        recall=limit(1 - count.missed / count.support, count.support),
    )


def check_summary(summary: PublishedSummary) -> tuple[ArithmeticCheck, ...]:
    """Whether the printed figures can be true together, and with what is known of the set and the networks.

    Returns:
        One check each of: accuracies as whole numbers of cases; missed cases against errors; the class's
        share against the public set, where the division is stratified; the student's size against its
        teacher's, where both are among the networks.
    """
    correct = [count_correct(network.accuracy, summary.n, summary.decimals) for network in summary.networks]
    checks = [_check_whole(summary, correct), _check_missed(summary, correct)]
    if summary.stratified:
        checks.append(_check_added(summary))
    by_role = {network.role: network for network in summary.networks}
    if "teacher" in by_role and "student" in by_role:
        checks.append(_check_size(by_role["teacher"], by_role["student"]))
    return tuple(checks)


def count_correct(accuracy: float, n: int, decimals: int) -> tuple[int, ...]:
    """Numbers of correct cases out of ``n`` whose share is printed as ``accuracy``, rounded or cut."""
    step = 10.0**-decimals
    near = range(max(0, math.floor(accuracy * n) - 1), min(n, math.ceil((accuracy + step) * n) + 1) + 1)
    low, high = accuracy - step / 2 - _TINY, accuracy + step - _TINY
    return tuple(correct for correct in near if low <= correct / n < high)


def _check_whole(summary: PublishedSummary, correct: list[tuple[int, ...]]) -> ArithmeticCheck:
    of_network = dict.fromkeys(
        (network.accuracy, found) for network, found in zip(summary.networks, correct, strict=True)
    )
    words = "; ".join(_word_whole(summary, accuracy, found) for accuracy, found in of_network)
    state: CheckState = "consistent" if all(correct) else "contradicted"
    shown = [network for network in summary.networks if network.role in ("teacher", "student")]
    if len(shown) == 2 and shown[0].accuracy == shown[1].accuracy:
        words += ". Teacher and student make the same number of errors"
    return _judge("Accuracies as whole cases", words, state)


def _word_whole(summary: PublishedSummary, accuracy: float, correct: tuple[int, ...]) -> str:
    digits, half = summary.decimals - 2, 0.5 * 10.0**-summary.decimals
    printed = f"{100 * accuracy:.{digits}f} %"
    if not correct:
        return f"{printed} is no whole number of {summary.n} cases, rounded or cut"
    counts = " or ".join(f"{count:,} of {summary.n:,} right, {summary.n - count} wrong" for count in correct)
    if all(abs(count / summary.n - accuracy) > half + _TINY for count in correct):
        rounded = f"{100 * correct[0] / summary.n:.{digits}f} %"
        return f"{printed} is {counts}, which is {rounded} when rounded and {printed} when cut"
    return f"{printed} is {counts}"


def _check_missed(summary: PublishedSummary, correct: list[tuple[int, ...]]) -> ArithmeticCheck:
    count = summary.count
    errors = [summary.n - found[0] for found in correct if found]
    wrong = ", ".join(map(str, errors)) or "an unknown number"
    words = (
        f"{count.missed} missed of {count.support} {count.name} cases are among the {wrong} errors of the "
        f"networks on {summary.n} cases"
    )
    fits = count.missed <= count.support <= summary.n and all(count.missed <= found for found in errors)
    return _judge(f"Missed {count.name} cases", words, "consistent" if fits else "contradicted")


def _check_added(summary: PublishedSummary) -> ArithmeticCheck:
    """A stratified part holds a class's share to within one case; the rest of the class was added."""
    count, whole = summary.count, sum(summary.parts)
    added = whole - count.public_n
    least = max(math.ceil((count.support - 1) * whole / summary.n), count.public_support)
    most = min(math.floor((count.support + 1) * whole / summary.n), count.public_support + added)
    words = (
        f"{count.support} of {summary.n} are {count.name}, {100 * count.support / summary.n:.1f} %; in the "
        f"public set {count.public_support} of {count.public_n:,}, "
        f"{100 * count.public_support / count.public_n:.1f} %. The parts add up to {whole:,}, so "
        f"{added:,} are of another origin, which is not stated"
    )
    if least > most:
        return _judge(f"Share of {count.name} cases", f"{words}; no number of them fits", "contradicted")
    few, many = least - count.public_support, most - count.public_support
    words += (
        f". How many of these are {count.name} is not stated; a stratified division of the whole "
        f"public set and these fits {few} to {many}"
    )
    if many < 0.01 * added:
        words += f", and then a picture's origin alone says much about whether it is {count.name}"
    return _judge(f"Share of {count.name} cases", words, "consistent")


def _check_size(teacher: PublishedNetwork, student: PublishedNetwork) -> ArithmeticCheck:
    state: CheckState = "undecided"
    if student.parameters[1] < teacher.parameters[0]:
        state = "consistent"
    elif student.parameters[0] >= teacher.parameters[1]:
        state = "contradicted"
    words = (
        f"{student.name} has {_millions(student.parameters)} million parameters, its teacher {teacher.name} "
        f"{_millions(teacher.parameters)} million"
    )
    if state == "undecided":
        words += "; which head the student has is not stated"
    return _judge("A student smaller than its teacher", words, state)


def _millions(counts: tuple[int, int]) -> str:
    low, high = (f"{count / 1e6:.1f}" for count in counts)
    return low if low == high else f"{low} to {high}"


def _judge(name: str, words: str, state: CheckState) -> ArithmeticCheck:
    return ArithmeticCheck(name, state, f"{words[:1].upper()}{words[1:]}.")
