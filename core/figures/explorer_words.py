"""Titles, axes and explanations of the threshold explorer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.figures.nouns import capital, case_of, plural, single, state
from core.figures.wording import NO_BREAK
from core.types import ThresholdTable

_QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)


def find_net_benefit_end(prevalence: float) -> float:
    """Threshold at which decision curves end, a share: 50 %, or five times a prevalence below 10 %.

    Above it few would wait to refer, and where a finding is rare the curves have long left the figure.
    """
    return 0.5 if not 0 < prevalence < 0.1 else max(0.05, round(5 * prevalence, 2))


def describe_rows(noun: str, other: str, prevalence: float, cost_ratio: float) -> list[dict[str, str]]:
    """The lines of the table: key, title, what it means, unit, and words for where it is undefined."""
    several = capital(plural(noun))
    at = f"where {prevalence * 100:.3g} of 100 {state('are', noun)}"
    entries = (
        (
            "sensitivity",
            f"{several} found",
            "sensitivity",
            "percent",
            f"no {case_of(noun)} here",
        ),
        ("specificity", f"{capital(plural(other))} left alone", "specificity", "percent", f"no {other} here"),
        ("ppv", f"Flagged that {state('are', noun)}", f"PPV, {at}", "percent", "nothing is flagged"),
        ("npv", f"Unflagged that {state('are not', noun)}", f"NPV, {at}", "percent", "everything is flagged"),
        ("flagged_per_1000", "Flagged per 1,000", at, "count", "not defined"),
        ("missed_per_1000", f"{several} missed per 1,000", at, "count", "not defined"),
        (
            "cost",
            "Cost per 1,000",
            f"one missed {case_of(noun)} = {cost_ratio:g} needless referrals",
            "count",
            "not defined",
        ),
        ("net_benefit", "Net benefit per 1,000", "as in the decision curve", "count", "not defined"),
    )
    keys = ("key", "title", "help", "unit", "undefined")
    return [{**dict(zip(keys, entry, strict=True)), "noLimits": "no limits"} for entry in entries]


def describe_words(noun: str, other: str, title: str, table: ThresholdTable) -> dict[str, str]:
    """Every sentence and label that is not a number."""
    return {
        "typed": "Flag from a probability of",
        "slider": f"Probability of {noun} from which a case is flagged",
        "aims": "Thresholds by aim",
        "same": "One threshold for every network. The buttons give each network its own.",
        "threshold": "Threshold",
        "thresholdHelp": f"probability of {noun}",
        "caption": (
            f"Small print: {table.level * 100:.0f}{NO_BREAK}% limits. {title}: {table.n:,} cases, "
            f"{table.positives:,} with {noun}."
        ),
        "positives": f"{capital(single(noun))} ({table.positives:,})",
        "negatives": f"{capital(other)} ({table.n - table.positives:,})",
        "flagged": "Flagged",
        "unflagged": "Not flagged",
        "tp": "found",
        "fp": "false alarm",
        "fn": "missed",
        "tn": "left alone",
    }


def describe_charts(noun: str, other: str, table: ThresholdTable) -> list[dict[str, Any]]:
    """Titles, axes, ticks and reference lines of the three charts."""
    unit = {
        "xRange": [0, 1],
        "yRange": [0, 1],
        "xTicks": _per_cent(_QUARTERS),
        "yTicks": _per_cent(_QUARTERS),
    }
    several, others = plural(noun), plural(other)
    prevalence = table.prevalence
    top = 1080 * (prevalence or 1.0)
    to = find_net_benefit_end(prevalence)
    axis = np.linspace(0, to, 101)
    treat_all = 1000 * (prevalence - (1 - prevalence) * axis / (1 - axis))
    return [
        {
            "key": "roc",
            "title": "ROC curve",
            "help": f"{capital(several)} found (up) against {others} flagged (across). Dotted: chance",
            "xTitle": f"{capital(others)} flagged",
            "alt": f"ROC curves; the table above gives the same at any threshold. {table.n} cases.",
            "at": ["false_alarm", "sensitivity"],
            "references": [{"x": [0, 1], "y": [0, 1], "dash": "3 4"}],
            **unit,
        },
        {
            "key": "pr",
            "title": "Precision and recall",
            "help": f"Flagged that {state('are', noun)} (up) against {several} found (across). "
            "Dotted: flag everyone",
            "xTitle": f"{capital(several)} found",
            "alt": f"Precision-recall curves; the table above gives the same. {table.n} cases.",
            "at": ["sensitivity", "ppv"],
            "references": [{"x": [0, 1], "y": [prevalence, prevalence], "dash": "3 4"}],
            **unit,
        },
        {
            "key": "net",
            "title": "Decision curve",
            "help": f"Net {several} found per 1,000 (up). Thin line: flag everyone. Dotted: flag nobody",
            "xTitle": "Threshold",
            "alt": f"Decision curves up to a threshold of {to * 100:.0f}{NO_BREAK}%. {table.n} cases.",
            "at": ["threshold", "net_benefit"],
            "references": [
                {"x": axis.tolist(), "y": treat_all.tolist(), "dash": ""},
                {"x": [0, to], "y": [0, 0], "dash": "3 4"},
            ],
            "xRange": [0, to],
            "yRange": [-0.25 * top, top],
            "xTicks": _per_cent([round(to * fifth / 5, 4) for fifth in range(6)]),
            "yTicks": [{"at": at, "text": f"{at:.3g}"} for at in _round_ticks(top)],
        },
    ]


def _per_cent(values: Sequence[float]) -> list[dict[str, Any]]:
    return [{"at": at, "text": f"{at * 100:g}{NO_BREAK}%"} for at in values]


def _round_ticks(top: float) -> list[float]:
    rough = top / 4
    power = 10 ** np.floor(np.log10(rough))
    step = float(power * next(factor for factor in (1, 2, 5, 10) if rough <= factor * power))
    return [step * index for index in range(int(top / step) + 1)]
