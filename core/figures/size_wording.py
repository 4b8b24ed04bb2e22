"""What the networks of a pair cost, in words and as a table."""

from __future__ import annotations

from collections.abc import Mapping

from core.figures.wording import (
    NO_BREAK,
    ROLE_TITLES,
    in_points,
    name_role,
    percent_with_limits,
    signed_with_limits,
    with_limits,
)
from core.types import ALIKE, Interval, SizeAudit, StudentCost

Table = dict[str, list[str]]

_MIB = 2**20
_FIGURES = {
    "roc_auc": "AUC",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "accuracy_top1": "Most probable class is right",
    "macro_f1": "Macro F1",
    "quadratic_kappa": "Quadratic weighted kappa",
}
_SHARES = ("sensitivity", "specificity", "accuracy_top1")
_DIFFERENCES = {"roc_auc": "AUC", "accuracy_top1": "right answers"}


def tabulate_sizes(audit: SizeAudit) -> Table:
    """Column title to cells: what is counted, then one column a served network."""
    timed = all(network.latency for network in audit.networks)
    names = [name for name in _FIGURES if all(name in network.figures for network in audit.networks)]
    table: Table = {
        "": [
            "Network",
            "Parameters, million",
            "Input, pixels",
            "Multiplications for one picture, million",
            "File, MiB",
            *(["Time of a reading here, median", "95 of 100 readings take at most"] if timed else []),
            *(_FIGURES[name] for name in names),
        ]
    }
    for network in audit.networks:
        cells = [
            network.title,
            f"{network.parameters / 1e6:,.1f}",
            f"{network.width} × {network.height}",
            f"{network.macs / 1e6:,.0f}",
            f"{network.onnx_bytes / _MIB:,.1f}",
        ]
        if timed and network.latency:
            cells += [f"{ms:.1f}{NO_BREAK}ms" for ms in (network.latency.median_ms, network.latency.p95_ms)]
        cells += [_figure(name, network.figures[name]) for name in names]
        table[ROLE_TITLES[network.role]] = cells
    return table


def describe_student(student: StudentCost) -> str:
    """Whether a student is bigger or slower than its teacher, one sentence."""
    name = name_role(student.role)
    size = _judge(student.parameters, "bigger", "smaller", "as big as", "the parameters")
    if student.time is None or not student.steady:
        work = _judge(student.macs, "does more work", "does less work", "does as much work as", "the work")
        why = (
            "was not measured here"
            if student.time is None
            else f"here was too unsteady to judge ({student.time:.1f} times the teacher's, on a busy machine)"
        )
        return f"The {name} is {size}, and {work}; its time {why}."
    time = _judge(student.time, "slower", "faster", "as fast as", "the time")
    return f"The {name} is {size} and {time}."


def recommend(audit: SizeAudit) -> str:
    """Which student to use and why, and on what that rests."""
    chosen = audit.student(audit.recommended)
    name = name_role(chosen.role)
    title = audit.network(chosen.role).title
    if chosen.saves:
        parts = [f"**Use the {name}** ({title}): it is {_summarise(chosen)} its teacher."]
    else:
        parts = [
            f"**No student here saves anything; the teacher itself costs less.** If it has to be a student, "
            f"use the {name} ({title}), although it is {_summarise(chosen)} its teacher."
        ]
    parts += [
        f"The {name_role(other.role)} ({audit.network(other.role).title}) is {_summarise(other)} its teacher"
        + (" too." if other.saves else ", so it saves nothing.")
        for other in audit.students
        if other.role != chosen.role
    ]
    return " ".join([*parts, *_describe_accuracy(audit, chosen)])


def describe_ground(audit: SizeAudit) -> str:
    """What was counted and what was measured on how much, for a caption."""
    where = (
        f"AUC and the other figures: {audit.title}, n = {audit.n:,} cases in {audit.groups:,} independent "
        f"groups, 95{NO_BREAK}% limits in brackets."
        if audit.n
        else "No held-out predictions ship with this pair, so accuracy was not compared."
    )
    reports = [network.latency for network in audit.networks if network.latency]
    if not reports:
        return f"Parameters, multiplications and files are counted. {where}"
    threads = "one thread" if reports[0].threads == 1 else f"{reports[0].threads} threads"
    busy = (
        " The machine was busy while the time was taken; the times spread widely."
        if any(report.noisy for report in reports)
        else ""
    )
    return (
        f"Parameters, multiplications and files are counted; times are of this machine, {reports[0].n} "
        f"readings of one picture by each network, taking turns, {threads}.{busy} {where}"
    )


def _judge(ratio: float, more: str, less: str, alike: str, what: str) -> str:
    if sign := _sign(ratio):
        figure = f"{ratio:.1f} times {what}" if sign > 0 else f"{_share(ratio)} of {what}"
        return f"{_pick(sign, more, less, alike)} than its teacher ({figure})"
    return f"about {alike} its teacher"


def _summarise(student: StudentCost) -> str:
    """For example ``"smaller and faster than"``."""
    words = ("more work to run", "less work to run", "as much work to run")
    if student.time is not None and student.steady:
        words = ("slower", "faster", "as fast")
    size, speed = _sign(student.parameters), _sign(student.effort)
    first, second = (_pick(size, "bigger", "smaller", "as big"), _pick(speed, *words))
    joint = "but" if size * speed < 0 else "and"
    if bool(size) == bool(speed):
        return f"{first} {joint} {second} {'than' if size else 'as'}"
    return f"{first} {'than' if size else 'as'} {joint} {second} {'than' if speed else 'as'}"


def _sign(ratio: float) -> int:
    return 1 if ratio > 1 + ALIKE else -1 if ratio < 1 - ALIKE else 0


def _pick(sign: int, more: str, less: str, alike: str) -> str:
    return {1: more, -1: less, 0: alike}[sign]


def _share(ratio: float) -> str:
    return f"{ratio * 100:.0f}{NO_BREAK}%" if ratio >= 0.095 else f"{ratio * 100:.1f}{NO_BREAK}%"


def _describe_accuracy(audit: SizeAudit, chosen: StudentCost) -> list[str]:
    """What the recommended student loses or gains against its teacher and against the other student."""
    if not audit.n:
        return ["Accuracy was not compared: no held-out predictions ship with this pair."]
    name = name_role(chosen.role)
    sentences = [f"On {audit.title}, n = {audit.n:,}: {_state(chosen.differences, name, 'teacher')}."]
    for other in audit.students:
        if other.role != chosen.role:
            found = _state(audit.between, name, name_role(other.role))
            sentences.append(f"{found[0].upper()}{found[1:]}.")
    return sentences


def _state(differences: Mapping[str, Interval], first: str, second: str) -> str:
    figures = "; ".join(
        f"{_DIFFERENCES[key]} {in_points(found) if key in _SHARES else signed_with_limits(found)}"
        for key, found in differences.items()
    )
    gains = any(found.low > 0 for found in differences.values())
    losses = any(found.high < 0 for found in differences.values())
    if not any(found.defined for found in differences.values()):
        return f"how {first} and {second} differ in accuracy cannot be told ({figures})"
    if gains and losses:
        return f"the {first} is better in one way and worse in another than the {second} ({figures})"
    if gains or losses:
        return f"the {first} reads {'better' if gains else 'less well'} than the {second} ({figures})"
    return f"no difference between {first} and {second} is shown ({figures})"


def _figure(name: str, interval: Interval) -> str:
    return percent_with_limits(interval) if name in _SHARES else with_limits(interval)
