"""Sentences and tables of the page about topology; no Streamlit here, so that every sentence is tested."""

from __future__ import annotations

from collections.abc import Sequence

from core.figures.nouns import finding_noun
from core.figures.topology_stability import say_move, say_moves
from core.figures.wording import percent, signed
from core.modalities.base import Modality
from core.types import Disturbance, Erasure, Prediction

_LITTLE = 0.1
"""Below this share of the distance between two eyes a move counts as small."""


def describe_erasure(erasure: Erasure) -> str:
    """How much of the picture was changed, and whether the spot is gone."""
    cells = int(erasure.region.sum())
    gone = (
        "The spot is gone from the diagram."
        if erasure.removed
        else f"Not all of it could be removed: {erasure.remaining_persistence:.2f} of its persistence of "
        f"{erasure.point[1] - erasure.point[0]:.2f} is left."
    )
    return (
        f"{gone} {percent(erasure.changed_share)} of the pixels were changed, by "
        f"{erasure.mean_change:.1f} of 255 steps on average over the whole picture and "
        f"{erasure.largest_change} at most; {cells} of {erasure.region.size} cells were levelled."
    )


def in_points(change: float) -> str:
    """A difference of probabilities in percentage points."""
    return f"{signed(change * 100, digits=1)} percentage points"


def describe_flag(before: Prediction, after: Prediction) -> str:
    """Whether the answer crossed the threshold."""
    threshold = f"the threshold of {percent(before.operating_point.threshold)}"
    if before.flagged == after.flagged:
        return f"{'Flagged' if before.flagged else 'Not flagged'} before and after ({threshold})."
    if after.flagged:
        return f"**Not flagged before, flagged after** ({threshold})."
    return f"**Flagged before, not flagged after** ({threshold})."


def tabulate_probs(before: Prediction, after: Prediction, modality: Modality) -> dict[str, list[str]]:
    """Column title to cells: every class's probability before and after, and the change in points."""
    return {
        "Finding": [modality.finding(code).name for code in before.classes],
        "Before": [percent(prob) for prob in before.probs],
        "After": [percent(prob) for prob in after.probs],
        "Points": [
            signed((new - old) * 100, digits=1) for old, new in zip(before.probs, after.probs, strict=True)
        ],
    }


def judge_stability(disturbances: Sequence[Disturbance]) -> list[str]:
    """What the figures mean: exact changes, lighting, and the rest; one sentence each."""
    exact = [entry for entry in disturbances if entry.exact]
    moved = [entry.words for entry in exact if any(entry.wasserstein)]
    sentences = []
    if exact:
        sentences.append(
            f"Right-angle turns and mirroring do not move the diagram at all: exactly 0 in {len(exact)} of "
            f"{len(exact)}."
            if not moved
            else "Theory says that right-angle turns and mirroring move nothing, but here the diagram moved "
            f"when it was {', '.join(moved)}."
        )
    sentences += [_judge_lighting(entry) for entry in disturbances if entry.name == "darker"]
    others = [entry for entry in disturbances if not entry.exact and entry.name != "darker"]
    if others:
        most = max(others, key=_reach)
        least = min(others, key=_reach)
        sentences.append(
            f"Of the other changes, {most.words} moves it most ({say_moves(most)}), {least.words} least "
            f"({say_moves(least)})."
        )
    return sentences


def _judge_lighting(entry: Disturbance) -> str:
    if not any(entry.wasserstein):
        return f"On this photograph, {entry.words} does not move the diagram."
    if entry.share_of_yardstick is None:
        moves = f"{say_moves(entry)}, in sums of grey values"
    else:
        moves = (
            f"{say_move(entry, 0)} (H0) and {say_move(entry, 1)} (H1) of the distance between two different "
            "eyes"
        )
    if entry.share_of_yardstick is not None and _reach(entry) < _LITTLE:
        return f"On this photograph, {entry.words} moves the diagram little: by {moves}."
    claim = "The claim that the diagram does not depend on lighting is not true"
    return f"{claim}: {entry.words} moves it by {moves}."


def judge_answers(original: Prediction, answers: Sequence[tuple[str, Prediction]], modality: Modality) -> str:
    """Under which changes the student's class changes, and how far its probability moves."""
    own = original.ranked()[0][0]
    other = [words for words, answer in answers if answer.ranked()[0][0] != own]
    words, farthest = max(answers, key=lambda pair: abs(pair[1].positive_prob - original.positive_prob))
    reach = (
        f"Its probability of {modality.positive_name} moves most under “{words}”: from "
        f"{percent(original.positive_prob)} to {percent(farthest.positive_prob)}."
    )
    if not other:
        return f"The student's most probable class stays the same under all {len(answers)} changes. {reach}"
    listed = ", ".join(other)
    return (
        f"The student's most probable class changes under {len(other)} of {len(answers)} changes ({listed}). "
        f"{reach}"
    )


def tabulate_stability(
    disturbances: Sequence[Disturbance],
    answers: Sequence[Prediction],
    original: Prediction,
    modality: Modality,
) -> dict[str, list[str]]:
    """Column title to cells, one row a change; the first row is the photograph as it is."""
    cosines = [
        "no image" if entry.image_cosine is None else f"{entry.image_cosine:.2f}" for entry in disturbances
    ]
    asked = [original, *answers]
    own = original.ranked()[0][0]

    def answer(prediction: Prediction) -> str:
        code, prob = prediction.ranked()[0][0], percent(prediction.positive_prob)
        if prediction is not original and code == own:
            return prob
        name = finding_noun(modality.finding(code).name)
        return f"{prob}, {name}{'' if code == own else ' (changed)'}"

    return {
        "Change of the picture": ["as it is", *(entry.words for entry in disturbances)],
        "H0 moves": ["", *(say_move(entry, 0) for entry in disturbances)],
        "H1 moves": ["", *(say_move(entry, 1) for entry in disturbances)],
        "Image cosine": ["", *cosines],
        "Student": [answer(prediction) for prediction in asked],
    }


def _reach(entry: Disturbance) -> float:
    return max(entry.share_of_yardstick or entry.wasserstein)
