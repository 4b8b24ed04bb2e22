"""What teacher and student say of the case: agreement first, then both side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from core.bundle import Pair
from core.figures.nouns import one
from core.figures.point_words import describe_operating_point, title_operating_point
from core.figures.probabilities import describe_probabilities, plot_probabilities
from core.figures.wording import percent
from core.predict import predict_case
from core.types import Case, Prediction, Role
from core.ui import models, state, wording
from core.ui.sizes import read_held_out


def show_result(pair: Pair, case: Case) -> dict[Role, Prediction]:
    """Predict; draw the sentence, the choice of threshold and one card per network."""
    sentence = st.container()
    point = _choose_operating_point(pair)
    roles = pair.served_roles
    predictions = {role: read_prediction(pair, case, role, point) for role in roles}
    with sentence:
        _show_agreement(pair, predictions)
    with st.container(key="twinlens_cards"):
        columns = st.columns(len(roles), gap="small" if len(roles) > 2 else "medium")
        cards = []
        for column in columns:
            with column, st.container(border=True, height="stretch"):
                cards.append(st.container())
        # Every answer first: a figure takes as long to build as a small network to answer.
        for card, role in zip(cards, roles, strict=True):
            with card:
                _show_answer(pair, predictions[role])
        for card, role in zip(cards, roles, strict=True):
            with card:
                _show_probabilities(pair, predictions[role])
    return predictions


def read_prediction(pair: Pair, case: Case, role: Role, point: str) -> Prediction:
    """The network's prediction, computed once per case, network file and operating point."""
    key = (models.file_key(pair, role, "onnx"), role, point)
    reading = state.get_reading()
    if reading is None or reading.case is not case:
        return predict_case(models.get_predictor(pair, role), case, operating_point=point)
    if key not in reading.predictions:
        reading.predictions[key] = predict_case(models.get_predictor(pair, role), case, operating_point=point)
    return reading.predictions[key]


def _choose_operating_point(pair: Pair) -> str:
    """Names that every served network has; the card's own default first chosen.

    Each pair keeps a choice of its own: its default, and its words, are not those of another kind of image.
    """
    names = [point.name for point in pair.network("teacher").operating_points]
    shared = [
        name
        for name in names
        if all(name in {p.name for p in pair.network(role).operating_points} for role in pair.served_roles)
    ]
    return st.selectbox(
        f"When should {one(pair.modality.unit_name)} be flagged?",
        shared,
        index=shared.index(pair.card.operating_point) if pair.card.operating_point in shared else 0,
        format_func=lambda name: title_operating_point(name, pair.modality),
        key=f"operating_point_{pair.card.pair}",
        persist_state="session",
        help="Each network has its own threshold for the same aim, chosen on cases kept apart for it.",
    )


def _show_agreement(pair: Pair, predictions: Mapping[Role, Prediction]) -> None:
    sentence = f"**{wording.describe_agreement(predictions, pair.modality)}**"
    if second := wording.describe_second_student(predictions, pair.modality):
        sentence = f"{sentence} {second}"
    text = f"{sentence}  \n{wording.explain_agreement(predictions, pair.modality)}"
    flags = {prediction.flagged for prediction in predictions.values()}
    if flags == {False}:
        st.info(text, icon=":material/radio_button_unchecked:")
    else:
        st.warning(text, icon=":material/flag:" if flags == {True} else ":material/call_split:")


def _show_answer(pair: Pair, prediction: Prediction) -> None:
    role, modality = prediction.role, pair.modality
    st.subheader(wording.ROLE_TITLES[role], anchor=False)
    st.caption(f"{pair.network(role).title}, {wording.subtitle_role(role, pair.served_roles)}")
    if prediction.flagged:
        st.markdown(f"#### :orange[:material/flag:] Flagged for {modality.positive_name}")
    else:
        st.markdown("#### :material/radio_button_unchecked: Not flagged")
    relation = "at or above" if prediction.flagged else "below"
    st.metric(
        f"{modality.positive_name.capitalize()} probability",
        percent(prediction.positive_prob),
        delta=f"{relation} the threshold of {percent(prediction.operating_point.threshold)}",
        delta_color="off",
        delta_arrow="off",
    )
    if modality.scale == "ordinal":
        st.markdown(wording.describe_grade(prediction, modality))
        if record := _describe_record(pair, prediction):
            st.caption(record)


def _show_probabilities(pair: Pair, prediction: Prediction) -> None:
    modality = pair.modality
    st.plotly_chart(
        plot_probabilities(prediction, modality),
        key=f"probabilities_{prediction.role}",
        config={"staticPlot": True},
        alt=describe_probabilities(prediction, modality),
    )
    st.caption(describe_operating_point(prediction.operating_point, modality))


def _describe_record(pair: Pair, prediction: Prediction) -> str:
    """How often the same call was right on the first set of held-out cases; empty where none ships."""
    held_out = read_held_out(pair)
    if held_out is None or prediction.role not in held_out.roles:
        return ""
    called = np.array(held_out.classes)[held_out.probs[prediction.role].argmax(axis=1)]
    return wording.describe_record(
        np.asarray(held_out.target), called, prediction.ranked()[0][0], pair.modality
    )
