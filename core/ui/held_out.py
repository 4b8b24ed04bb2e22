"""Which held-out cases a page judges the networks on, and which findings count as positive."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.bundle import PREDICTIONS_NAME, Pair
from core.evaluation.held_out import list_held_out, load_held_out, load_validation
from core.figures.nouns import capital, case_of, count_of, finding_noun, plural
from core.modalities.base import Modality, PositiveSet
from core.types import FEW_CASES, HeldOut
from core.ui.networks import show_caution

_OWN_CHOICE = "own"


@dataclass(frozen=True)
class ChosenCases:
    """What the reader chose to be shown.

    Attributes:
        validation: cases on which thresholds and calibration maps are chosen.
        held_out: cases on which every figure of the page is measured.
        positive: the findings that count as positive, and what to call them.
        key: names data, positives and the predictions' SHA-256, for caches of what is computed from them.
    """

    validation: HeldOut
    held_out: HeldOut
    positive: PositiveSet
    key: tuple[str, ...]


def choose_held_out(pair: Pair) -> ChosenCases:
    """Draw the two choices and one line that says what was chosen.

    Raises:
        BundleError: the pair ships no held-out predictions, or they are damaged.
    """
    names = list_held_out(pair)
    titles = {name: report.title for name, report in pair.card.reports.items()}
    left, right = st.columns(2, gap="medium")
    with left:
        dataset = st.selectbox(
            "Measured on",
            names,
            format_func=lambda name: titles.get(name, name),
            key=f"held_out_{pair.card.pair}",
            persist_state="session",
            help="Pictures that trained no network and chose no threshold.",
        )
    with right:
        positive = _choose_positives(pair.modality)
    sha256 = pair.card.files[PREDICTIONS_NAME]
    validation, held_out = _load(sha256, dataset, positive.codes, pair)
    found = int(held_out.truth.sum())
    st.caption(
        f"{held_out.title}: {held_out.n:,} cases, {found:,} with {positive.noun}. Thresholds and corrections "
        f"are chosen on {validation.n:,} other cases ({int(validation.truth.sum()):,} with {positive.noun}) "
        "and never on these."
    )
    show_caution(pair)
    if warning := describe_scarcity(validation, held_out, positive.noun):
        st.warning(warning, icon=":material/info:")
    return ChosenCases(validation, held_out, positive, (sha256, dataset, *positive.codes))


def name_others(modality: Modality, positive: PositiveSet) -> str:
    """What a case is called that does not count as positive, whatever the reader counts.

    A modality that names its other cases by what they lack, such as "eye without referable retinopathy",
    would be wrong of any other choice; "other lesion" holds for every one.
    """
    head, lacking, _ = modality.other_name.partition(" without ")
    if not lacking or set(positive.codes) == set(modality.positives):
        return modality.other_name
    return f"{head}{lacking}{positive.noun.replace('one of', 'any of', 1)}"


def describe_scarcity(validation: HeldOut, held_out: HeldOut, noun: str) -> str:
    """What too few cases of a kind mean for every figure of the page; empty where there are enough."""
    found, others = int(held_out.truth.sum()), int((~held_out.truth).sum())
    chosen_on = int(validation.truth.sum())
    parts = []
    if not found:
        parts.append(
            f"These cases hold no {case_of(noun)}: how well {plural(noun)} are found cannot be measured on "
            "them. Choose other cases or other findings above."
        )
    elif not others:
        parts.append("Every one of these cases is positive: false alarms cannot be measured on them.")
    elif found < FEW_CASES:
        parts.append(f"Only {count_of(found, noun)} here: what is said of them is very uncertain.")
    if chosen_on < FEW_CASES:
        parts.append(
            f"Thresholds and corrections rest on only {count_of(chosen_on, noun)} of the other cases: "
            "another choice of cases would move them much."
        )
    return " ".join(parts)


@st.cache_resource(show_spinner=False, max_entries=32)
def _load(sha256: str, dataset: str, codes: tuple[str, ...], _pair: Pair) -> tuple[HeldOut, HeldOut]:
    return load_validation(_pair, positives=codes), load_held_out(_pair, dataset, positives=codes)


def _choose_positives(modality: Modality) -> PositiveSet:
    sets = {entry.name: entry for entry in modality.positive_sets}
    name = st.selectbox(
        "Counts as positive",
        [*sets, _OWN_CHOICE],
        format_func=lambda name: sets[name].title if name in sets else "My own choice of findings …",
        key=f"positives_{modality.name}",
        persist_state="session",
        help="The findings that must not be missed. Their probabilities are added up.",
    )
    if name in sets:
        return sets[name]
    codes = st.multiselect(
        "Findings that count as positive",
        modality.classes,
        default=modality.positives,
        format_func=lambda code: modality.finding(code).name,
        max_selections=len(modality.classes) - 1,
        key=f"own_positives_{modality.name}",
        persist_state="session",
    )
    if not codes:
        st.info("No finding is chosen, so the page keeps to its own.", icon=":material/info:")
        return modality.positive_sets[0]
    chosen = tuple(code for code in modality.classes if code in codes)
    names = [finding_noun(modality.finding(code).name) for code in chosen]
    noun = names[0] if len(names) == 1 else "one of the chosen findings"
    return PositiveSet(_OWN_CHOICE, capital(", ".join(names)), noun, chosen)
