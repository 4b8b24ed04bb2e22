"""What records mean, in the words of a clinic; no Streamlit here, so that every sentence is tested."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from numpy.typing import NDArray

from core.card import IntervalEntry, NetworkEntry, ReportEntry, SourceEntry
from core.figures.nouns import count_of, finding_noun, one, plural
from core.figures.point_words import explain_flag, explain_no_flag
from core.figures.wording import ROLE_TITLES, percent
from core.modalities.base import Modality
from core.predict import compute_expected_grade
from core.types import LatencyReport, Prediction, Role

_SUBTITLES: dict[Role, str] = {
    "teacher": "the large network",
    "student": "the small network",
    "second_student": "another student of the same teacher",
    "control": "the small network without a teacher",
}
MINUS = "\N{MINUS SIGN}"
_REPORTED = {
    "roc_auc": "AUC",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
}


def subtitle_role(role: Role, roles: Collection[Role]) -> str:
    """What a role is beside the others; a teacher of two students need not be the largest network."""
    if role == "teacher" and "second_student" in roles:
        return "from which both students learned"
    return _SUBTITLES[role]


def describe_agreement(predictions: Mapping[Role, Prediction], modality: Modality) -> str:
    """Whether teacher and student fall on the same side, in one sentence."""
    teacher, student = predictions["teacher"].flagged, predictions["student"].flagged
    target, unit = modality.positive_name, modality.unit_name
    alone = "second_student" not in predictions
    if teacher and student:
        return f"{'Both networks' if alone else 'Teacher and student'} flag this {unit} for {target}."
    if not teacher and not student:
        neither = "Neither network flags" if alone else "Neither teacher nor student flags"
        return f"{neither} this {unit} for {target}."
    flagging, other = ("teacher", "student") if teacher else ("student", "teacher")
    who = "The networks" if alone else "Teacher and student"
    return f"{who} disagree: the {flagging} flags this {unit} for {target}, the {other} does not."


def describe_second_student(predictions: Mapping[Role, Prediction], modality: Modality) -> str:
    """Where a second student stands towards the other two, in one sentence; empty where there is none."""
    if "second_student" not in predictions:
        return ""
    teacher, student, second = (
        predictions[role].flagged for role in ("teacher", "student", "second_student")
    )
    does = f"{'flags' if second else 'does not flag'} this {modality.unit_name}"
    if teacher == student:
        return f"The second student {'agrees' if second == student else 'disagrees'}: it {does}."
    return f"The second student sides with the {'teacher' if second == teacher else 'student'}: it {does}."


def explain_agreement(predictions: Mapping[Role, Prediction], modality: Modality) -> str:
    """What the reader must not conclude from the sentence above it."""
    flags = [prediction.flagged for prediction in predictions.values()]
    if all(flags):
        return explain_flag(modality)
    if any(flags):
        if len(flags) == 2:
            return "Look at both probabilities and both maps; neither network is right by default."
        return "Look at every probability and every map; no network is right by default."
    return explain_no_flag(predictions["teacher"].operating_point, modality)


def describe_grade(prediction: Prediction, modality: Modality) -> str:
    """The most probable grade of an ordinal scale, the mean grade, its spread, and why a flag may differ."""
    code, prob = prediction.ranked()[0]
    mean, spread = compute_expected_grade(prediction.probs)
    return (
        f"Most probable: **{modality.finding(code).name}** (grade {modality.classes.index(code)}, "
        f"{percent(prob)}). Expected grade **{mean:.1f}** on the scale from 0 to "
        f"{len(modality.classes) - 1}, spread ± {spread:.1f}: how widely it shares its probability out, not "
        f"an error margin.{_explain_difference(prediction, modality)}"
    )


def _explain_difference(prediction: Prediction, modality: Modality) -> str:
    """Why the most probable class and the flag point different ways; empty where they do not."""
    positive = prediction.ranked()[0][0] in modality.positives
    if positive == prediction.flagged:
        return ""
    names = [finding_noun(modality.finding(code).name) for code in modality.positives]
    return (
        f" **The flag goes by the sum of {len(names)} grades** ({', '.join(names)}) and its threshold, not "
        "by the most probable grade."
    )


def describe_record(truth: NDArray, called: NDArray, code: str, modality: Modality) -> str:
    """What the cases were that a network called as it calls this one; empty where it called none so.

    Args:
        truth: (N,) class codes of held-out cases.
        called: (N,) the class that the network found most probable.
        code: what it calls the case on screen.
        modality: of the cases.
    """
    counts = {name: int(((truth == name) & (called == code)).sum()) for name in modality.classes}
    total = sum(counts.values())
    if not total:
        return ""
    others = sorted((name for name in counts if name != code and counts[name]), key=lambda c: -counts[c])
    parts = [f"{counts[name]} {finding_noun(modality.finding(name).name)}" for name in others]
    rest = f" (the others: {', '.join(parts)})" if parts else ""
    return (
        f"Held out: right in {counts[code]} of {total} pictures that it called so{rest}; it called so "
        f"{counts[code]} of {int((truth == code).sum())} that were graded so."
    )


def spell_note(note: str, modality: Modality) -> str:
    """A network's note with classes by name instead of code, true minus signs, and its one word of jargon."""
    for finding in modality.findings:
        note = re.sub(rf"\b{finding.code} (?=[-+]\d)", f"{finding_noun(finding.name)} ", note)
    note = re.sub(r"(?<= )-(?=\d)", MINUS, note)
    return note.replace("its logits,", "its scores before they become probabilities (logits),")


def describe_cost(entry: NetworkEntry, size_bytes: int) -> tuple[tuple[str, str], ...]:
    """(what, how much) of a network's size and work."""
    return (
        ("Size", f"{size_bytes / 1e6:.1f} MB on disk"),
        ("Weights", f"{_count(entry.parameters)} learned numbers"),
        ("Work", f"{_count(entry.macs)} multiplications per picture"),
        ("Sees", f"{entry.preprocessing.width} × {entry.preprocessing.height} pixels"),
    )


def _count(number: int) -> str:
    if number >= 1e9:
        return f"{number / 1e9:.2f} billion"
    if number >= 1e6:
        return f"{number / 1e6:.1f} million"
    return f"{number:,}"


def tabulate_report(report: ReportEntry, modality: Modality) -> tuple[str, dict[str, list[str]]]:
    """Heading and table of every role's figures on one set of held-out cases.

    Returns:
        The heading with what was measured on how many cases, and column title to cells: first the figures'
        names, then one column a role that was measured.
    """
    heading = f"{report.title}: {report.n} cases, {count_of(report.positives, modality.positive_name)}"
    roles = [role for role in ROLE_TITLES if role in report.metrics]
    table = {"": list(_REPORTED.values())}
    for role in roles:
        table[ROLE_TITLES[role]] = [_figure(report.metrics[role].get(name)) for name in _REPORTED]
    return heading, table


def tabulate_sources(sources: tuple[SourceEntry, ...]) -> dict[str, list[str]]:
    """Column title to cells: which pictures were used for what, how many, under which licence."""
    return {
        "Pictures": [source.title for source in sources],
        "Used for": [source.used_for for source in sources],
        "Number": [f"{source.n:,}" for source in sources],
        "Licence": [source.licence for source in sources],
    }


def explain_reports(modality: Modality) -> str:
    """What the figures of :func:`tabulate_report` mean."""
    target, other = modality.positive_name, modality.other_name
    return (
        f"AUC: how often {one(target)} gets a higher probability than {one(other)} (0.5 is guessing, 1 is "
        f"perfect). Sensitivity: share of {plural(target)} flagged at the default threshold. Specificity: "
        f"share of {plural(other)} left alone. In brackets: 95 % limits. Control: the same small network "
        "trained without a teacher, so the difference between student and control is what the teacher was "
        "worth."
    )


def _figure(entry: IntervalEntry | None) -> str:
    if entry is None:
        return "not measured"
    interval = entry.record()
    if not interval.defined:
        return "not defined on these cases"
    return f"{interval.value:.2f} ({interval.low:.2f}–{interval.high:.2f})"


def describe_latency(report: LatencyReport, network_ms: float) -> str:
    """Median time of a reading, how it was measured, and what the network alone took on this photograph."""
    threads = "one thread" if report.threads == 1 else f"{report.threads} threads"
    busy = "; the machine was busy, so this varies" if report.noisy else ""
    return (
        f"{report.median_ms:.1f} ms to prepare and read a picture (median of {report.n} runs, {threads}"
        f"{busy}); {network_ms:.1f} ms for the network alone on this one"
    )
