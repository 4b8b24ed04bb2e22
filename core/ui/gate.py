"""Whether a case may be read: refused pictures get reasons instead of predictions, unless asked for."""

from __future__ import annotations

import math

import streamlit as st

from core.bundle import Pair
from core.intake.quality import assess_quality
from core.modalities.base import Modality
from core.types import Case, QualityMeasure, QualityVerdict
from core.ui import state
from core.ui.kind_gate import allow_kind

_ANYWAY = "Show what the networks say all the same"


def allow_reading(case: Case, modality: Modality, pair: Pair | None = None) -> bool:
    """Draw why a case is not read, and the control that reads it all the same.

    Draws nothing for a case that is gradable or doubtful and, with a pair, of the kind that its student was
    trained on (:mod:`core.ui.kind_gate`). For any other, call this where the result would stand, and draw no
    prediction, map or figure of the case unless it returns True.

    Returns:
        Whether predictions may be shown. The control is off for every new case.
    """
    verdict = read_verdict(case)
    if verdict.readable:
        return pair is None or allow_kind(case, pair)
    words = "\n".join(f"- {reason}" for reason in verdict.reasons)
    st.error(f"**{describe_state(verdict, modality)}**\n\n{words}", icon=":material/block:")
    with st.expander("What was measured"):
        st.table(tabulate_measures(verdict.measures), border="horizontal")
    if not st.toggle(
        _ANYWAY,
        key=f"read_anyway_{case.case_id}",
        help="For research on the gate. The networks were neither trained nor tested on such pictures.",
    ):
        return False
    st.warning(
        f"**Read against the quality check.** This picture was judged "
        f"{_NOUNS[verdict.state].format(modality.image_name)}. The networks answer any picture at all; "
        "what they say of this one means nothing.",
        icon=":material/warning:",
    )
    return True


def read_verdict(case: Case) -> QualityVerdict:
    """The verdict on a case, found once for the case on screen."""
    reading = state.get_reading()
    if reading is None or reading.case is not case:
        return assess_quality(case)
    if reading.verdict is None:
        reading.verdict = assess_quality(case)
    return reading.verdict


_NOUNS = {"ungradable": "ungradable", "foreign": "not to be a {}"}


def describe_state(verdict: QualityVerdict, modality: Modality) -> str:
    """The verdict's state in a clinician's words."""
    return {
        "gradable": "Gradable",
        "doubtful": "Gradable with reservations",
        "ungradable": "Ungradable: retake",
        "foreign": f"Not a {modality.image_name}",
    }[verdict.state]


def tabulate_measures(measures: tuple[QualityMeasure, ...]) -> dict[str, list[str]]:
    """Column title to cells: what was measured, the value, what is allowed, and whether it is kept."""
    return {
        "Measure": [measure.name for measure in measures],
        "Here": [f"{measure.value:.{measure.digits}f}" for measure in measures],
        "Read when": [_describe_bounds(measure) for measure in measures],
        "": ["kept" if measure.inside else "not kept" for measure in measures],
    }


def _describe_bounds(measure: QualityMeasure) -> str:
    low, high = f"{measure.low:.{measure.digits}f}", f"{measure.high:.{measure.digits}f}"
    if math.isinf(measure.low) and math.isinf(measure.high):
        return "any"
    if math.isinf(measure.low):
        return f"at most {high}"
    return f"at least {low}" if math.isinf(measure.high) else f"{low} to {high}"
