"""What was measured of a pair's maps over many held-out cases, and the cases to look at."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from pathlib import Path

import streamlit as st

from core.bundle import Pair
from core.data.base import DATASETS, ROOT_VARIABLE, data_root, load_pixels, read_samples
from core.errors import DataError, TwinLensError
from core.explanation_card import AgreedCase, ExplanationCard
from core.figures import explain_tables as tables
from core.figures.map_words import title_method
from core.figures.wording import LIMITS, percent, percent_with_limits, with_limits
from core.types import Case, Sample
from core.ui import maps, state
from core.ui.explain_trust import load_record
from core.ui.frame import show_error
from core.ui.networks import show_caution

_LISTED = 10
_REFUSED, _YARDSTICK = "explain_not_opened", "explain_yardstick"


def show_cohort(pair: Pair) -> None:
    """Draw the measured figures; one sentence where the pair ships none."""
    st.header("Over many cases", anchor=False)
    card = load_record(pair)
    if card is None:
        st.markdown(
            "Nothing was measured of this pair's maps over many cases. Where its data sets are at hand, "
            f"`python -m core explanations {pair.card.pair} --root FOLDER` does it."
        )
        return
    show_caution(pair)
    _show_faithfulness(card)
    _show_pointing(card)
    _show_different(pair, card)


def _show_faithfulness(card: ExplanationCard) -> None:
    if not card.faithfulness:
        return
    st.subheader("Which methods can be believed?", anchor=False)
    dataset = _choose_set(card, card.faithfulness, "faithfulness")
    chosen = st.segmented_control(
        "Measured as",
        list(tables.YARDSTICKS),
        format_func=lambda name: tables.YARDSTICKS[name].title,
        default=None if _YARDSTICK in st.session_state else "above_random",
        required=True,
        key=_YARDSTICK,
        persist_state="session",
        label_visibility="collapsed",
        wrap=True,
    )
    yardstick = chosen or "above_random"
    chance = (
        f" An order that knows nothing would do so in {percent(card.chance_above)} of cases."
        if yardstick == "above_random"
        else ""
    )
    st.markdown(f"{tables.YARDSTICKS[yardstick].words}{chance}")
    st.table(tables.tabulate_faithfulness(card, dataset, yardstick), border="horizontal", hide_index=True)
    measured = card.datasets[dataset]
    st.caption(
        f"{measured.title}: n cases drawn from {measured.n} that trained no network; for slow methods fewer. "
        f"Medians or shares, in brackets {LIMITS}. The maps are for {card.explained}. {tables.LACKING}: the "
        "method does not apply, or was not measured."
    )


def _show_pointing(card: ExplanationCard) -> None:
    if not card.localisation:
        return
    st.subheader("Do the maps point at the lesion?", anchor=False)
    dataset = _choose_set(card, card.localisation, "pointing")
    baselines = tables.find_baselines(card, dataset)
    chance = ""
    if baselines is not None:
        area, middle = baselines
        chance = (
            f" By chance both would be about {percent_with_limits(area)}, the lesion's share of the picture. "
            "**The middle of the picture**, without any network, lies inside in "
            f"{percent_with_limits(middle)}."
        )
    st.markdown(
        "An expert outlined the lesion. **Peak inside:** how often the map's strongest spot lies within the "
        f"outline (pointing game). **Share inside:** how much of the map does, at the median.{chance}"
    )
    st.table(tables.tabulate_pointing(card, dataset), border="horizontal", hide_index=True)
    st.caption(
        f"{card.datasets[dataset].title}. In brackets {LIMITS}. A network may be right for something outside "
        "the outline, such as the skin around it: a miss is a question, not a fault."
    )


def _show_different(pair: Pair, card: ExplanationCard) -> None:
    if not card.agreement:
        return
    st.subheader("Same answer, different reasons", anchor=False)
    dataset = _choose_set(card, card.agreement, "agreement")
    figures = card.agreement[dataset]
    found = figures.list_other_reasons()
    if not found:
        st.markdown("Teacher and student call no case of this set the same, so there is nothing to list.")
        return
    method = title_method(figures.method)
    chance = "about a ninth" if figures.chance_overlap is None else percent(figures.chance_overlap)
    st.markdown(
        f"Teacher and student give the same answer in {percent_with_limits(figures.same_call.record())} "
        f"of {figures.same_call.n} cases. How alike their {method} maps are is another question: the median "
        f"rank correlation is {with_limits(figures.rank.record())}. Below are cases with the same answer, "
        "those with the least alike maps first."
    )
    st.table(tables.tabulate_different(found[:_LISTED], pair.modality), border="horizontal", hide_index=True)
    st.caption(
        f"{card.datasets[dataset].title}: the first {min(_LISTED, len(found))} of {len(found)}. ρ: 1 is the "
        "same order of places in both maps, 0 no relation, −1 the opposite. Marked by both: of the fifth "
        f"that either marks most, the part that both mark; by chance {chance}. "
        "Apart: distance of the maps' centres, as a share of the picture's diagonal."
    )
    _offer_opening(pair, dataset, found)


def _offer_opening(pair: Pair, dataset: str, found: tuple[AgreedCase, ...]) -> None:
    """A case of the list becomes the case on the page, where the data set is at hand."""
    try:
        root = data_root()
    except DataError as error:
        show_error("The folder of the data sets cannot be used.", error)
        return
    if root is None:
        st.caption(
            f"To open a case of this list here, start TwinLens with {ROOT_VARIABLE} set to the folder of the "
            "data sets."
        )
        return
    cases = {case.image_id: case for case in found}
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    image_id = left.selectbox(
        "Case to look at",
        list(cases),
        format_func=lambda name: f"{name} (ρ {tables.say_number(cases[name].rank)})",
        key=f"explain_case_{dataset}",
    )
    right.button(
        "Open it above",
        key=f"explain_open_{dataset}",
        icon=":material/open_in_full:",
        on_click=_open,
        args=(dataset, root, cases[image_id]),
        width="stretch",
    )
    refused: TwinLensError | None = st.session_state.pop(_REFUSED, None)
    if refused is not None:
        show_error("This case cannot be opened.", refused)


def _open(dataset: str, root: Path, chosen: AgreedCase) -> None:
    """Put a public picture on screen; it stays in this session's memory as an upload would."""
    try:
        samples = _index(dataset, root)
        if chosen.image_id not in samples:
            raise DataError(chosen.image_id, f"not in {root}", "Restore the publisher's download")
        pixels = load_pixels(samples[chosen.image_id])
    except TwinLensError as error:
        st.session_state[_REFUSED] = error
        return
    pixels.setflags(write=False)
    published = DATASETS.get(dataset)
    case = Case(
        uuid.uuid4().hex,
        pixels,
        published.modality,
        f"{published.title}: {chosen.image_id}",
        source=f"From the data set {published.title} on this machine ({published.licence}).",
    )
    state.set_case(case)
    state.empty_uploader()
    maps.explain_class(case, next(iter(chosen.called.values())))


@st.cache_resource(show_spinner=False, max_entries=4)
def _index(dataset: str, root: Path) -> dict[str, Sample]:
    """Where the pictures of a public data set are; no picture is held."""
    return {sample.image_id: sample for sample in read_samples(dataset, root)}


def _choose_set(card: ExplanationCard, names: Collection[str], what: str) -> str:
    """A choice where there is one, in the order of the record: the set of the draw first."""
    names = [name for name in card.datasets if name in names]
    if len(names) == 1:
        return names[0]
    chosen = st.segmented_control(
        "Measured on",
        names,
        format_func=lambda name: card.datasets[name].title,
        default=names[0],
        required=True,
        key=f"explain_set_{what}_{card.pair}",
        label_visibility="collapsed",
        wrap=True,
    )
    return chosen or names[0]
