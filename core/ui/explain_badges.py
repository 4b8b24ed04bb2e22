"""The trust badge beside a map: a word with a sign, what failed or is not shown, every check."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from core.figures.trust_curves import describe_faithfulness, plot_faithfulness
from core.figures.trust_words import WHAT_IT_MEANS, describe_check, describe_trust, title_trust
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
    st.badge(title_trust(trust.state), icon=_ICONS[trust.state], color=_COLOURS[trust.state])
    trouble = next((check for check in trust.checks if check.state == trust.state != "holds"), None)
    if trouble is not None:
        st.caption(describe_check(trouble, trust, finding=scene.finding))
    if trust.state == "fails":
        st.toggle("Show this map all the same", key=show_key(scene, role, method))
    with st.expander("All checks"):
        st.markdown("\n".join(f"- {sentence}" for sentence in describe_trust(trust, finding=scene.finding)))
        if trust.faithfulness is not None:
            words = describe_faithfulness(trust.faithfulness, role=role, finding=scene.finding)
            st.plotly_chart(
                plot_faithfulness(trust.faithfulness, role=role, finding=scene.finding, arrangement="column"),
                key=f"curves_{scene.key(role, method)}",
                config={"displayModeBar": False},
                alt=words,
            )
        st.caption(WHAT_IT_MEANS)
    return True
