"""What a network's own attention weighed: its gate beside its Grad-CAM, and its strongest channels."""

from __future__ import annotations

import streamlit as st

from core.bundle import Pair
from core.figures.attention import (
    GateScale,
    describe_channels,
    describe_correlation,
    describe_gate,
    is_flat,
    plot_channels,
    plot_gate,
)
from core.figures.panels import Arrangement, Backdrop
from core.figures.wording import name_role
from core.predict import attend_case
from core.types import AttentionMaps, Case, Heatmap, Role
from core.ui import models, state, wording

ARRANGEMENTS: tuple[Arrangement, ...] = ("row", "column")
MODEBAR = {
    "displaylogo": False,
    "displayModeBar": True,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "toImage"],
}

# A constant of ours; no text of a user ever comes near it.
_STYLE = """<style>
[class*="st-key-twinlens_attention_column"] {display: none;}
@media (max-width: 640px) {
  [class*="st-key-twinlens_attention_row"] {display: none;}
  [class*="st-key-twinlens_attention_column"] {display: flex;}
}
</style>"""

_GATES = """
Before it answers, the {role} multiplies its view of the picture by gates between 0 (shut) and 1 (open):
one for each of {places} places, and one for each of {channels} channels, the patterns that it has
learned to look for. **The gates belong to the picture, not to an answer:** they stay the same whichever
answer is chosen above. Brighter means that more was let through, not that it spoke for a diagnosis.
"""
_CHANNELS = """
The {count} of {channels} channels that pass on most, over the same picture and on one scale.

- **Gate:** the share of the channel that was let through. All channels: {low:.2f} to {high:.2f}.
- **Strength:** the channel's mean over the picture after both gates, in the network's own units.

A channel has a number and no name: nobody told it what to look for.
"""


def read_attention(pair: Pair, case: Case, role: Role) -> AttentionMaps | None:
    """The gates of one network, computed once per case and network file; None for a network without any."""
    key = (models.file_key(pair, role, "weights"), role)
    reading = state.get_reading()
    known = reading.attention if reading is not None and reading.case is case else {}
    if key not in known:
        known[key] = attend_case(pair, role, models.get_network(pair, role), case)
    return known[key]


def show_attention(
    case: Case, role: Role, attention: AttentionMaps, heatmap: Heatmap, backdrop: Backdrop, *, finding: str
) -> None:
    """Draw the section of one network.

    Args:
        case: on screen.
        role: whose attention.
        attention: from :func:`read_attention`.
        heatmap: of the same network and case.
        backdrop: the part of the photograph that both cover.
        finding: what the heat map is evidence for, inside a sentence.
    """
    st.html(_STYLE)
    st.subheader(f"What the {name_role(role)}'s own attention weighed", anchor=False)
    channels = len(attention.channel_gates)
    st.markdown(_GATES.format(role=name_role(role), places=attention.spatial_gate.size, channels=channels))
    if is_flat(attention):
        st.info(describe_gate(attention), icon=":material/horizontal_rule:")
    else:
        _show_gate(case, role, attention, heatmap, backdrop, finding)
    _show_channels(case, role, attention, backdrop)


def _show_gate(
    case: Case, role: Role, attention: AttentionMaps, heatmap: Heatmap, backdrop: Backdrop, finding: str
) -> None:
    from core.explain.attention import correlate_maps

    scale = _choose_scale(role)
    agreement = describe_correlation(correlate_maps(heatmap.values, attention), finding_name=finding)
    words = describe_gate(attention)
    text = f"{words} {agreement.replace('**', '')}"
    for arrangement in ARRANGEMENTS:
        with st.container(key=f"twinlens_attention_{arrangement}_gate_{role}"):
            st.plotly_chart(
                plot_gate(
                    backdrop,
                    attention,
                    heatmap,
                    finding_name=finding,
                    role_title=wording.ROLE_TITLES[role],
                    scale=scale,
                    arrangement=arrangement,
                    view=case.case_id,
                ),
                key=f"gate_{role}_{arrangement}_{case.case_id}",
                config=MODEBAR,
                alt=text,
            )
    st.markdown(f"{words}  \n{agreement}")
    st.caption(
        "Beside the gate, the Grad-CAM is drawn relative to its own strongest spot. ρ compares the "
        "order of the places: 1 is the same order in both maps, 0 no relation, −1 the opposite order. "
        "Grad-CAM looks at the view behind the gate, so some agreement is built in."
    )


def _choose_scale(role: Role) -> GateScale:
    stretched = st.toggle(
        "Stretch the gate's colours to its own range",
        key=f"stretched_gate_{role}",
        persist_state="session",
        help="Off: colours run from 0 to 1, so a gate that hardly differs between places looks flat. "
        "On: small differences show, and look larger than they are.",
    )
    return "stretched" if stretched else "full"


def _show_channels(case: Case, role: Role, attention: AttentionMaps, backdrop: Backdrop) -> None:
    st.markdown("#### The channels that pass on most")
    picture, words = st.columns([2.2, 1], gap="medium")
    with picture:
        for arrangement in ARRANGEMENTS:
            with st.container(key=f"twinlens_attention_{arrangement}_channels_{role}"):
                st.plotly_chart(
                    plot_channels(backdrop, attention, arrangement=arrangement),
                    key=f"channels_{role}_{arrangement}_{case.case_id}",
                    config={"staticPlot": True},
                    alt=describe_channels(attention),
                )
    with words:
        st.markdown(
            _CHANNELS.format(
                count=len(attention.channels),
                channels=len(attention.channel_gates),
                low=attention.channel_gates.min(),
                high=attention.channel_gates.max(),
            )
        )
