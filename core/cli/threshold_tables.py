"""The record of the thresholds command as tables for people."""

from __future__ import annotations

from typing import Any

from core.cli.cases import print_cases
from core.cli.output import format_interval, format_signed, print_table, print_text
from core.figures.wording import signed_with_limits
from core.types import CombinationTable, Interval, PositiveSetCalls

TITLES = {
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "ppv": "PPV",
    "npv": "NPV",
    "flagged_per_1000": "flagged per 1,000",
    "missed_per_1000": "missed per 1,000",
    "cost_per_1000": "cost per 1,000",
}


def print_thresholds(record: dict[str, Any]) -> None:
    """Print everything, one table after another, each under a line that says what it is."""
    source = "as given" if record["prevalence_given"] else "as in these cases"
    print_cases(
        record, "threshold given; combinations set" if record["aim"] == "given" else "thresholds chosen"
    )
    print_text(
        f"aim: {record['aim']}; prevalence {100 * record['prevalence']:.3g} % {source}; "
        f"a miss costs {record['cost_ratio']:g} needless referrals "
        f"(calibrated at this prevalence: flag from {record['theoretical_threshold']:.3g})"
    )
    _print_roles(record["roles"])
    _print_decisions(record["decision_curve"])
    _print_combinations(record["combinations"])
    if record["positive_set"]:
        _print_calls(record["positive_set"])


def _print_roles(roles: dict[str, dict[str, Any]]) -> None:
    print("\nAt the threshold, held-out cases (95 % limits)")
    for role, entry in roles.items():
        print_text(f"{role}: {entry['words']}")
    measured = {role: entry["held_out"] for role, entry in roles.items() if entry["held_out"]}
    if not measured:
        return
    rows = [
        {"figure": title, **{role: _show(found[name], name) for role, found in measured.items()}}
        for name, title in TITLES.items()
    ]
    counts = next(iter(measured.values()))["counts"]
    rows += [
        {
            "figure": name.replace("_", " "),
            **{role: str(found["counts"][name]) for role, found in measured.items()},
        }
        for name in counts
    ]
    print_table(rows)


def _print_decisions(curve: dict[str, Any]) -> None:
    print("\nNet benefit per 1,000 people (flagging nobody has 0)")
    if curve["rebased_from"] is not None:
        print_text(
            f"probabilities moved from a prevalence of {100 * curve['rebased_from']:.3g} % (validation cases)"
        )
    print_table(
        [
            {
                "threshold": f"{cut:g}",
                "everyone": f"{1000 * everyone:.1f}",
                **{
                    role: format_signed(values[index], digits=1, scale=1000)
                    for role, values in curve["roles"].items()
                },
                **(
                    {
                        "student - teacher": signed_with_limits(
                            curve["student_minus_teacher"][index], digits=1, scale=1000
                        )
                    }
                    if "student_minus_teacher" in curve
                    else {}
                ),
            }
            for index, (cut, everyone) in enumerate(
                zip(curve["thresholds"], curve["flag_everyone"], strict=True)
            )
        ]
    )


def _print_combinations(table: CombinationTable | str) -> None:
    print("\nTeacher and student together")
    if isinstance(table, str):
        print_text(table)
        return
    print_text(
        f"set to {100 * table.target:.1f} % {table.kind} on validation cases; gain: sensitivity minus that "
        "of the single network at the same held-out specificity"
    )
    rows = []
    for row in table.rows:
        gain = {matched.against: signed_with_limits(matched.difference) for matched in row.matched}
        rows.append(
            {
                "strategy": row.title,
                "sensitivity": format_interval(row.sensitivity),
                "specificity": format_interval(row.specificity),
                "teacher reads": _share_read(row.teacher_reads),
                "gain over teacher": gain.get("teacher", "-"),
                "gain over student": gain.get("student", "-"),
            }
        )
    print_table(rows)
    for row in table.rows:
        if row.problem:
            print_text(f"{row.title}: {row.problem}")


def _print_calls(calls: dict[str, PositiveSetCalls]) -> None:
    print("\nThe set of classes, by every reading of found")
    titles = {
        "pooled_recall": "pooled recall (its own class is the most probable)",
        "superclass_call": "superclass call (some class of the set is)",
        "superclass_specificity": "specificity of the superclass call",
        "summed_sensitivity": "sensitivity of the sum at the threshold",
        "summed_specificity": "specificity of the sum at the threshold",
    }
    print_table(
        [
            {
                "reading": title,
                **{role: format_interval(getattr(found, name)) for role, found in calls.items()},
            }
            for name, title in titles.items()
        ]
    )


def _show(interval: Interval, name: str) -> str:
    if not interval.defined:
        return f"- ({interval.method})"
    return format_interval(interval, digits=1 if name.endswith("1000") else 3)


def _share_read(interval: Interval) -> str:
    if interval.method == "by design":
        return "all" if interval.value else "none"
    return format_interval(interval)
