"""What a page says where there are too few cases of a kind to say much."""

from __future__ import annotations

import numpy as np
import pytest

from core.modalities.base import Modality, PositiveSet
from core.modalities.dermoscopy import DERMOSCOPY
from core.modalities.fundus import FUNDUS
from core.types import HeldOut
from core.ui.held_out import describe_scarcity, name_others


def cases(positives: int, others: int = 40) -> HeldOut:
    n = positives + others
    target = np.array(["mel"] * positives + ["nv"] * others)
    prob = np.full((n, 2), 0.5)
    return HeldOut(
        dataset="set",
        split="test",
        title="Set",
        classes=("mel", "nv"),
        positives=("mel",),
        image_ids=target,
        groups=target,
        target=target,
        truth=target == "mel",
        probs={"teacher": prob},
        positive_prob={"teacher": prob[:, 0]},
        metadata={},
    )


@pytest.mark.parametrize(
    ("here", "chosen_on", "words"),
    [
        (10, 10, ""),
        (0, 10, "These cases hold no chosen finding: how well chosen findings are found cannot be measured"),
        (1, 10, "Only 1 chosen finding here"),
        (9, 10, "Only 9 chosen findings here"),
        (10, 4, "rest on only 4 chosen findings of the other cases"),
    ],
)
def test_few_cases_are_named(here: int, chosen_on: int, words: str) -> None:
    text = describe_scarcity(cases(chosen_on), cases(here), "one of the chosen findings")
    assert words in text
    assert bool(text) == bool(words)


def test_nothing_but_positives() -> None:
    assert "false alarms cannot be measured" in describe_scarcity(cases(20), cases(20, 0), "melanoma")


@pytest.mark.parametrize(
    ("modality", "name", "other"),
    [
        (FUNDUS, "default", "eye without referable retinopathy"),
        (FUNDUS, "any", "eye without retinopathy"),
        (FUNDUS, "sight_threatening", "eye without severe or proliferative retinopathy"),
        (DERMOSCOPY, "default", "other lesion"),
    ],
)
def test_others_are_named_by_what_was_chosen(modality: Modality, name: str, other: str) -> None:
    positive = next(entry for entry in modality.positive_sets if entry.name == name)
    assert name_others(modality, positive) == other


def test_others_of_an_own_choice() -> None:
    own = PositiveSet("own", "Mild, severe", "one of the chosen findings", ("mild", "severe"))
    assert name_others(FUNDUS, own) == "eye without any of the chosen findings"
    assert name_others(DERMOSCOPY, own) == "other lesion"
