"""The trust badge beside a map: a word with a sign, what failed or is not shown, every check."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from core.figures.explain_checks import TITLES, describe_check, describe_curves, describe_trouble
from core.figures.explain_curves import plot_curves
from core.types import Role, TrustState
from core.ui.explain_state import Scene
from core.ui.explain_trust import find_check_error, find_trust, show_key

_ICONS: dict[TrustState, str] = {
    "holds": ":material/check_circle:",
    "unshown": ":material/help:",
    "fails": ":material/cancel:",
}
_COLOURS: dict[TrustState, Literal["green", "gray", "red"]] = {
    "holds": "green",
    "unshown": "gray",
    "fails": "red",
}


def show_badge(scene: Scene, role: Role, method: str) -> bool:
    """Draw what came of a map's checks, and the control that shows a failed map; False if not checked yet."""
    error, trust = find_check_error(scene, role, method), find_trust(scene, role, method)
    if trust is None:
        if error:
            st.caption(error)
        return bool(error)
    st.badge(TITLES[trust.state], icon=_ICONS[trust.state], color=_COLOURS[trust.state])
    if trouble := describe_trouble(trust):
        st.caption(trouble)
    if trust.state == "fails":
        st.toggle("Show this map all the same", key=show_key(scene, role, method))
    with st.expander("All checks"):
        st.markdown("\n".join(f"- {describe_check(check)}" for check in trust.checks))
        if trust.faithfulness is not None:
            words = describe_curves(trust)
            st.plotly_chart(
                plot_curves(trust.faithfulness),
                key=f"curves_{scene.key(role, method)}",
                config={"staticPlot": True},
                alt=words,
            )
            st.caption(f"{words} Grey: the span of random orders.")
    return True
