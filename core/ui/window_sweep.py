"""How the answers move when the slice is seen through other windows than the networks'."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.bundle import Pair
from core.evaluation.window_sweep import list_windows, sweep_windows
from core.figures.ct_windows import describe_window_curve, plot_window_curve, tabulate_named
from core.types import Case, Prediction, Role, WindowSensitivity
from core.ui import models, state

_AT_ONCE_S = 1.0
"""What may be computed without being asked for."""

_PREPARE_MS = 3.0
"""About what preparing one picture for a network takes."""


def show_window_sweep(pair: Pair, case: Case, predictions: Mapping[Role, Prediction]) -> None:
    """Draw the section for a case with Hounsfield units, nothing for any other."""
    if case.hounsfield is None or not pair.modality.windows:
        return
    st.header("How much the answers depend on the window", anchor=False)
    st.markdown(
        f"The networks were trained on one window ({pair.modality.windows[0].stamp}). Here they are shown "
        "the same slice in others. **The patient does not change, only the picture does:** this tests how "
        "robust the networks are, and says nothing more about the patient."
    )
    found = _read_sweep(pair, case, predictions)
    if found is None:
        return
    target = pair.modality.positive_name
    for column, curve in zip(st.columns(2, gap="medium"), (found.centre, found.width), strict=True):
        with column:
            other = (
                f"width {found.windows[0].width:g} HU"
                if curve.axis == "centre"
                else f"centre {found.windows[0].centre:g} HU"
            )
            st.markdown(f"**The {curve.axis} moves** (at {other})")
            words = describe_window_curve(curve)
            st.plotly_chart(
                plot_window_curve(curve, finding_name=target),
                key=f"window_{curve.axis}_{case.case_id}",
                config={"displayModeBar": False},
                alt=words,
            )
            st.markdown(words)
    st.table(tabulate_named(found), border="horizontal", hide_index=True)
    st.caption(
        f"One slice, {found.images} windows, {len(found.centre.values)} steps a curve. Dotted: each "
        "network's threshold. Grey: at least one network answers otherwise than in the window of training."
    )


def _read_sweep(pair: Pair, case: Case, predictions: Mapping[Role, Prediction]) -> WindowSensitivity | None:
    """The sweep, computed once per case, network files and threshold; at once only where it is quick."""
    roles = tuple(predictions)
    point = predictions[roles[0]].operating_point.name
    key = (*(models.file_key(pair, role, "onnx") for role in roles), point)
    reading = state.get_reading()
    known = reading.sweeps if reading is not None and reading.case is case else {}
    if key in known:
        return known[key]
    count = len(list_windows(case.modality))
    seconds = estimate_seconds([prediction.network_ms for prediction in predictions.values()], count)
    slot = st.empty()
    if seconds > _AT_ONCE_S and not slot.button(
        f"Show the slice in {count} windows to {len(roles)} networks (about {seconds:.0f} seconds)",
        icon=":material/tune:",
        key="sweep_windows",
    ):
        return None
    with slot, st.spinner(f"Asking {len(roles)} networks about {count} windows …"):
        predictors = {role: models.get_predictor(pair, role) for role in roles}
        known[key] = sweep_windows(predictors, case, operating_point=point)
    slot.empty()
    return known[key]


def estimate_seconds(network_ms: list[float], images: int) -> float:
    """About how long showing ``images`` pictures takes to networks that took ``network_ms`` for one each."""
    return images * sum(one + _PREPARE_MS for one in network_ms) / 1000
