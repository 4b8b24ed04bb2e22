"""A spot is erased and the networks are asked again: what their answers lose or gain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.bundle import Pair
from core.figures.picture import encode_picture
from core.figures.topology_marks import outline_region
from core.figures.topology_words import name_spot
from core.figures.wording import ROLE_TITLES, all_networks, percent
from core.topology.erase import erase_feature
from core.types import Case, Erasure, Prediction, Role
from core.ui import models
from core.ui.topology_state import TopologyView, ask_frame, predict_frame, recall, remember
from core.ui.topology_wording import describe_erasure, describe_flag, in_points, tabulate_probs


@dataclass(frozen=True)
class ErasedSpot:
    """A spot without which the networks were asked again.

    Attributes:
        before, after: the frame as data URIs, the erased cells outlined.
        erasure: what it took; its ``pixels`` are shrunk to what is shown.
        answers: role to the answers before and after.
    """

    before: str
    after: str
    erasure: Erasure
    answers: Mapping[Role, tuple[Prediction, Prediction]]


def show_erasure(pair: Pair, case: Case, view: TopologyView, chosen: int) -> None:
    """Draw the button, and the answers once it was pressed for this spot."""
    st.subheader("What if this spot were not there?", anchor=False)
    if chosen == view.diagram.essential:
        st.markdown("The darkest spot of the whole picture cannot be erased. Choose another one.")
        return
    key = ("erased", view.key, models.file_key(pair, "teacher", "onnx"), chosen)
    every = all_networks(len(pair.served_roles))
    name = name_spot(view.diagram, chosen, view.surround)
    place = st.empty()
    found = recall(case, key)
    if found is None and not place.button(
        f"Erase this feature and ask {every} again",
        icon=":material/ink_eraser:",
        key=f"erase_{view.key}",
    ):
        return
    with place, st.spinner(f"Erasing, and asking {every} …"):
        found = remember(case, key, lambda: _erase(pair, case, view, chosen))
    place.empty()
    st.markdown(f"Erased: **{name}**. {describe_erasure(found.erasure)}")
    pictures, answers = st.columns(2, gap="small")
    with pictures:
        _show_pictures(found, name)
    with answers:
        for column, role in zip(st.columns(len(found.answers), gap="small"), found.answers, strict=True):
            with column:
                _show_answer(pair, role, *found.answers[role])
    st.caption(
        "One change of one picture. A changed answer shows that the networks react to this change of "
        "brightness; it is no proof that the spot was the cause of the first answer, and an unchanged answer "
        "does not show that it was ignored. The erased picture is not cropped anew, so that the answers "
        "differ by the erased spot alone."
    )


def _erase(pair: Pair, case: Case, view: TopologyView, chosen: int) -> ErasedSpot:
    erasure = erase_feature(view.frame, view.diagram, chosen)
    answers = {
        role: (ask_frame(pair, role, case, view), predict_frame(pair, role, case, erasure.pixels))
        for role in pair.served_roles
    }
    before, after = (outline_region(pixels, erasure.region) for pixels in (view.frame, erasure.pixels))
    return ErasedSpot(
        encode_picture(before),
        encode_picture(after),
        Erasure(**{**vars(erasure), "pixels": np.asarray(after)}),
        answers,
    )


def _show_pictures(found: ErasedSpot, name: str) -> None:
    left, right = st.columns(2, gap="small")
    with left:
        st.image(found.before, width="stretch", alt=f"Before: the cells of the {name} outlined")
        st.caption("Before; outlined: the cells that are erased")
    with right:
        st.image(found.after, width="stretch", alt=f"After: the picture without the {name}")
        st.caption("After")


def _show_answer(pair: Pair, role: Role, before: Prediction, after: Prediction) -> None:
    modality = pair.modality
    st.markdown(f"**{ROLE_TITLES[role]}**")
    st.metric(
        f"{modality.positive_name.capitalize()} probability",
        f"{percent(before.positive_prob)} → {percent(after.positive_prob)}",
        delta=in_points(after.positive_prob - before.positive_prob),
        delta_color="off",
        delta_arrow="off",
    )
    st.markdown(describe_flag(before, after))
    st.table(tabulate_probs(before, after, modality), border="horizontal", hide_index=True)
