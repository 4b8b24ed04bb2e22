"""From differences with limits to what may be said: no worse than a margin, worse, or not to be told."""

from __future__ import annotations

import math
from typing import Literal

from scipy.special import ndtri

from core.types import Interval, MarginState, NonInferiority, Verdict

AUC_MARGIN = 0.02
SENSITIVITY_MARGIN = 0.05
_POWER = 0.8


def judge_margin(
    difference: Interval, margin: float, measure: Literal["roc_auc", "sensitivity"]
) -> NonInferiority:
    """Judge student minus teacher against the largest loss that is put up with.

    Args:
        difference: of a measure where higher is better, two-sided limits.
        margin: in (0, 1).
        measure: what was compared.

    Returns:
        ``"better"`` with the lower limit above 0, ``"not_worse"`` with it above minus the margin, ``"worse"``
        with the upper limit below minus the margin, ``"cannot_tell"`` otherwise, ``"undefined"`` without a
        value or limits.

    Raises:
        ValueError: margin outside (0, 1).

    How often a true loss of exactly the margin is passed as ``"not_worse"``, nominally 2.5 %, in simulations:
    of sensitivity 0 to 3 % of studies (6 % where the student finds nothing that its teacher misses). Of
    ROC-AUC with DeLong's limits and a margin of .02, 3 to 4 % at an area of .85 and 117 positives; with 20
    positives or fewer 7 to 9 % at .95 and 14 to 17 % at .99: near 1 and on few positives a pass is weaker
    than it looks.

    Source: Piaggio et al. 2012, "Reporting of noninferiority and equivalence randomized trials: extension of
    the CONSORT 2010 statement".
    """
    if not 0 < margin < 1:
        raise ValueError(f"margin must lie between 0 and 1, it is {margin}")
    low, high = difference.low, difference.high
    state: MarginState = "cannot_tell"
    if not difference.defined or math.isnan(low) or math.isnan(high):
        state = "undefined"
    elif low > 0:
        state = "better"
    elif low > -margin:
        state = "not_worse"
    elif high < -margin:
        state = "worse"
    needed = _cases_needed(difference, margin) if state == "cannot_tell" else None
    return NonInferiority(measure, margin, difference, state, needed)


def judge(auc: NonInferiority, sensitivity: NonInferiority, control: Interval | None) -> Verdict:
    """Put the two margins and the difference to the control together.

    Both losses must be ruled out for a yes, so testing two of them makes a false yes no likelier and needs no
    correction; a no is said when either is shown.

    Args:
        auc, sensitivity: student minus teacher, judged.
        control: student minus control in ROC-AUC; None where no control was measured.
    """
    states = {auc.state, sensitivity.state}
    replace: Literal["yes", "no", "cannot_tell", "undefined"] = "cannot_tell"
    if auc.state == "undefined" or sensitivity.state == "undefined":
        replace = "undefined"
    if "worse" in states:
        replace = "no"
    elif states <= {"better", "not_worse"}:
        replace = "yes"
    return Verdict(replace, _judge_teaching(control), auc, sensitivity, control)


def _judge_teaching(
    control: Interval | None,
) -> Literal["helped", "harmed", "not_shown", "no_control", "undefined"]:
    if control is None:
        return "no_control"
    if not control.defined or math.isnan(control.low) or math.isnan(control.high):
        return "undefined"
    if control.low > 0:
        return "helped"
    return "harmed" if control.high < 0 else "not_shown"


def _cases_needed(difference: Interval, margin: float) -> int | None:
    """Cases of the same mixture and spread at which equal networks would pass in 80 of 100 studies.

    None where as many were measured: then it is not the number of cases that leaves it open.
    """
    z = float(ndtri(0.5 + difference.level / 2))
    error = (difference.high - difference.low) / (2 * z)
    if not error > 0:
        return None
    needed = math.ceil(difference.n * ((z + float(ndtri(_POWER))) * error / margin) ** 2)
    return needed if needed > difference.n else None
