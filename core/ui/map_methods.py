"""How maps are made: by Grad-CAM for every network, and by following attention where there is attention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from core.figures.attention import describe_likeness
from core.figures.map_words import name_pair_of_maps, title_method
from core.figures.wording import name_role
from core.types import Heatmap, Role

if TYPE_CHECKING:
    from core.networks.base import Network

GRADCAM = "gradcam"
METHODS = (GRADCAM, "rollout", "gradient_rollout")
"""Those of the first page; the page about explanations has all."""
_METHOD = "map_method"

_HELP = """
- **Grad-CAM:** where the picture, as the network's last layer sees it, spoke for the answer you chose.
- **Attention rollout:** where the network looked, followed back through all its layers of attention. It does
  not depend on the answer, so it says nothing for or against one.
- **Attention for the answer:** the same, but every look counts by how much it raised the score of the answer
  you chose.
"""
_TEXTS = {
    "rollout": (
        "**Attention rollout** shows where the {readers} looked, followed back through all layers of "
        "attention. **It stays the same whichever answer is chosen above:** looking at a place is not yet "
        "finding something there. Attention is spread over the whole picture; colour begins where a place "
        "got more than an even share."
    ),
    "gradient_rollout": (
        "**Attention for the answer** follows the {readers}’s attention back through all layers and counts "
        "each look by how much it raised the score of {finding}. It changes with the answer chosen above."
    ),
}
_OTHERS = (
    "The {others} {have} no attention of this kind to follow, being made of convolutions: Grad-CAM is shown "
    "instead. The two kinds of map answer different questions; do not compare their brightness."
)
_CAPTION = (
    "ρ compares the order of the places: 1 is the same order in both maps, 0 no relation, −1 the opposite "
    "order. Places without colour count as equal. {cells} neighbouring places of one picture are few: this "
    "describes this picture only, and does not test whether any of the maps is right. Methods that disagree "
    "are a reason to trust none of them too far."
)


def choose_method(networks: Mapping[Role, Network]) -> str:
    """A choice above the maps if any network has attention to follow; Grad-CAM if none has.

    Args:
        networks: those whose maps are shown, opened.

    Returns:
        Name in the explainer registry.
    """
    if not any(network.attention == "self" for network in networks.values()):
        return GRADCAM
    chosen = st.segmented_control(
        "How the maps are made",
        METHODS,
        format_func=title_method,
        default=None if _METHOD in st.session_state else GRADCAM,
        required=True,
        key=_METHOD,
        persist_state="session",
        help=_HELP,
    )
    return chosen or GRADCAM


def method_of(network: Network, chosen: str) -> str:
    """The chosen method where it applies to the network, Grad-CAM where it does not."""
    from core.explain.base import EXPLAINERS

    return chosen if EXPLAINERS.get(chosen).applies_to(network) else GRADCAM


def explain_method(chosen: str, networks: Mapping[Role, Network], finding: str) -> str:
    """What the chosen maps show, and why some networks show Grad-CAM; empty for Grad-CAM everywhere."""
    if chosen not in _TEXTS:
        return ""
    readers = [name_role(role) for role, network in networks.items() if method_of(network, chosen) == chosen]
    others = [name_role(role) for role, network in networks.items() if method_of(network, chosen) != chosen]
    text = _TEXTS[chosen].format(readers=" and the ".join(readers), finding=finding)
    if not others:
        return text
    have = "has" if len(others) == 1 else "have"
    return f"{text}\n\n{_OTHERS.format(others=' and the '.join(others), have=have)}"


def show_agreement(role: Role, heatmaps: Mapping[str, Heatmap], finding: str) -> None:
    """Say how alike one transformer's maps of the case are.

    Args:
        role: whose maps.
        heatmaps: by method, of one class; Grad-CAM and at least one other.
        finding: the class, inside a sentence.
    """
    from core.explain.attention import correlate_heatmaps

    st.subheader(f"How alike the {name_role(role)}’s maps are", anchor=False)
    lines = [
        describe_likeness(
            correlate_heatmaps(heatmap, heatmaps[GRADCAM]), name_pair_of_maps(method, GRADCAM, finding)
        )
        for method, heatmap in heatmaps.items()
        if method != GRADCAM
    ]
    st.markdown("  \n".join(lines))
    st.caption(_CAPTION.format(cells=heatmaps[GRADCAM].values.size))
