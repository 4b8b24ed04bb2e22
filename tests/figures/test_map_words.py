"""What is said of maps: each method by its own name, and nothing that its maps do not show."""

from __future__ import annotations

import numpy as np
import pytest

from core.explain.base import EXPLAINERS
from core.figures.map_words import (
    METHOD_HELP,
    METHOD_TITLES,
    NO_CLASS,
    describe_excess,
    describe_nothing,
    describe_subject,
    name_pair_of_maps,
    say_nothing_found,
    title_bar,
    title_method,
)
from core.types import Heatmap

FINDING = "melanoma"


def gate(peak: float) -> Heatmap:
    return Heatmap(np.ones((2, 2), np.float32), peak, "u", "cbam_gate", "layer", "mel", "ok")


def test_every_registered_method_has_a_title_and_a_help_of_its_own() -> None:
    names = set(EXPLAINERS.names())
    assert names <= set(METHOD_TITLES) and names <= set(METHOD_HELP)
    assert len({title_method(name) for name in names}) == len(names) == len({METHOD_HELP[n] for n in names})


@pytest.mark.parametrize("name", EXPLAINERS.names())
def test_every_help_says_what_the_method_cannot_tell(name: str) -> None:
    assert "cannot" in METHOD_HELP[name] and METHOD_HELP[name].endswith(".")
    assert len(METHOD_HELP[name]) < 400, "a paragraph, not a page"


@pytest.mark.parametrize("name", EXPLAINERS.names())
def test_evidence_for_a_finding_is_claimed_by_class_specific_methods_only(name: str) -> None:
    specific = EXPLAINERS.get(name).class_specific
    said = (title_bar(name, FINDING), say_nothing_found(name, FINDING), describe_subject((name,), FINDING))
    assert [FINDING in words for words in said] == [specific] * 3
    assert (name in NO_CLASS) != specific
    assert ("evidence" in describe_nothing(name) or "for it" in describe_nothing(name)) == specific
    assert ("whichever answer" in METHOD_HELP[name]) != specific


def test_methods_of_both_kinds_are_told_apart() -> None:
    assert describe_subject(("gradcam", "eigencam", "cbam_gate"), FINDING) == (
        "what stands out in the last layer, for no class in particular and of what the gate lets through, "
        "for no class in particular and of the evidence for melanoma"
    )
    assert describe_subject(("lime", "gradcam"), FINDING) == "the evidence for melanoma"


def test_how_wide_a_gate_is_open() -> None:
    assert describe_excess(gate(0.052)) == ", where the gate lets 5.2 of 100 more through than on average"
    assert describe_excess(gate(0.004)).endswith("0.4 of 100 more through than on average: nearly even")


def test_names_keep_their_capitals_inside_a_sentence() -> None:
    assert name_pair_of_maps("rollout", "gradcam", FINDING) == (
        "the attention rollout and the Grad-CAM for melanoma"
    )
    inside = {
        name: name_pair_of_maps(name, "gradcam", FINDING).split(" and ")[0][4:] for name in METHOD_TITLES
    }
    kept = {name for name in inside if inside[name] == title_method(name)}
    assert kept == {
        *("gradcam", "gradcam_plus_plus", "layercam", "eigencam", "scorecam"),
        *("gradient_shap", "lime", "cbam_gate"),
    }
