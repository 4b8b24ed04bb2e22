"""Whether a picture is of the kind the student was trained on; if not, reasons stand where results would."""

from __future__ import annotations

import streamlit as st

from core.bundle import Pair
from core.card import FamiliarityEntry
from core.familiarity.wording import describe_unfamiliar
from core.figures.wording import percent
from core.intake.dicom_facts import find_other_kind
from core.modalities.base import Modality
from core.predict import judge_familiarity
from core.types import Case, FamiliarityVerdict
from core.ui import models, state
from core.ui.result import read_prediction

_ANYWAY = "Show what the networks say all the same"
_AIMS = {"keep": "kept", "refuse": "refused", "either": "either"}


def allow_kind(case: Case, pair: Pair) -> bool:
    """Draw why a case is not read as unfamiliar, and the control that reads it all the same.

    A file that calls itself another kind of picture is held back by its own word. Draws nothing for a
    familiar case, a drawing of ours, and a pair without such a check.

    Returns:
        Whether predictions may be shown. The control is off for every new case or series.
    """
    other = find_other_kind(case.warnings)
    if other:
        st.error(
            f"**Not read.** {other} Choose its kind of image above, or another file.", icon=":material/block:"
        )
        return _ask_anyway(case)
    verdict = read_familiarity(case, pair)
    entry = pair.card.familiarity
    if verdict is None or verdict.familiar or entry is None:
        return True
    words = "\n".join(f"- {reason}" for reason in describe_unfamiliar(verdict, pair.modality.image_name))
    st.error(f"**Not like the {pair.modality.image_name}s of training**\n\n{words}", icon=":material/block:")
    with st.expander("How often this check is right"):
        st.table(tabulate_rates(entry, pair.modality), border="horizontal")
        st.caption(describe_choice(entry))
    return _ask_anyway(case)


def _ask_anyway(case: Case) -> bool:
    if not st.toggle(
        _ANYWAY,
        key=f"read_unfamiliar_{case.series or case.case_id}",
        help="For research. What the networks say of pictures unlike those of training was never measured.",
    ):
        return False
    st.warning(
        "**Read against the check on the kind of picture.** The networks answer any picture at all; what "
        "they say of one that is unlike those of training has no measured worth.",
        icon=":material/warning:",
    )
    return True


def read_familiarity(case: Case, pair: Pair) -> FamiliarityVerdict | None:
    """The verdict on a case, found once for the case on screen; None for a drawing, or without a check."""
    entry = pair.card.familiarity
    if entry is None or case.generated:
        return None
    reading, key = state.get_reading(), pair.card.files[entry.file]
    if reading is not None and reading.case is case and key in reading.familiarity:
        return reading.familiarity[key]
    prediction = read_prediction(pair, case, "student", pair.card.operating_point)
    verdict = judge_familiarity(pair, prediction.features, familiarity=models.get_familiarity(pair))
    if verdict is not None and reading is not None and reading.case is case:
        reading.familiarity[key] = verdict
    return verdict


def tabulate_rates(entry: FamiliarityEntry, modality: Modality) -> dict[str, list[str]]:
    """Column title to cells: kinds of pictures, what is wished for, the share refused with limits, n."""
    rates = [rate.refused.record() for rate in entry.rates]
    return {
        "Pictures": [rate.kind for rate in entry.rates],
        "Should be": [_AIMS[rate.aim] for rate in entry.rates],
        "Refused": [
            f"{percent(rate.value)} ({percent(rate.low)} to {percent(rate.high)})"
            if rate.defined
            else "not measured"
            for rate in rates
        ],
        "n": [str(rate.n) for rate in rates],
    }


def describe_choice(entry: FamiliarityEntry) -> str:
    """Where the limit comes from, one paragraph."""
    found = entry.validation.record()
    return (
        f"The limit was set on {found.n} validation images, of which it refuses {percent(found.value)}. The "
        "shares above are of other images, with 95 % limits (Wilson)."
    )
