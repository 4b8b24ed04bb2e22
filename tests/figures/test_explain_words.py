"""What is said of methods, scales and costs."""

from __future__ import annotations

import numpy as np
import pytest

from core.explain.base import EXPLAINERS
from core.figures.explain_words import (
    METHOD_WORDS,
    ORDER,
    explain_methods,
    order_methods,
    say_duration,
    say_lacking,
    title_bars,
)
from core.types import RELATIVE, Heatmap


def heatmap(method: str, unit: str = "logit", peak: float = 1.0) -> Heatmap:
    values = np.ones((2, 2), np.float32) * (peak > 0)
    return Heatmap(values, peak, unit, method, "layer", "mel", "ok" if peak else "no_evidence")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.3, "less than a second"),
        (1.0, "about 1 s"),
        (13.2, "about 14 s"),
        (99.0, "about 99 s"),
        (100.0, "about 2 minutes"),
        (301.0, "about 6 minutes"),
    ],
)
def test_durations_are_rounded_up(seconds: float, words: str) -> None:
    assert say_duration(seconds) == words


def test_every_registered_method_has_its_place_and_its_words() -> None:
    names = {name for name, _ in EXPLAINERS}
    assert names <= set(ORDER) and names <= set(METHOD_WORDS)
    listed = explain_methods(order_methods(names))
    assert listed.count("\n") == len(names) - 1 and listed.startswith("- **Grad-CAM:**")


def test_methods_that_are_not_known_come_last_by_name() -> None:
    assert order_methods({"zeta", "lime", "alpha", "gradcam"}) == ("gradcam", "lime", "alpha", "zeta")


def test_what_a_network_lacks_is_said_of_it() -> None:
    assert say_lacking("cbam", "teacher") == "Does not apply: the teacher has no gate to show"
    assert "second student has no attention" in say_lacking("self_attention", "second_student")


def test_one_scale_is_claimed_only_where_it_holds() -> None:
    def scale(*maps: Heatmap, shared: bool = True) -> str:
        return title_bars(maps, "melanoma", shared=shared)[1]

    own = "Each map has its own scale: brightness cannot be compared"
    two = (heatmap("gradcam"), heatmap("gradcam"))
    assert scale(*two) == "One scale: equal colours mean equal evidence"
    assert scale(*two, shared=False) == own
    assert scale(heatmap("gradcam"), heatmap("layercam")) == own
    assert scale(heatmap("eigencam", RELATIVE), heatmap("eigencam", RELATIVE)) == own
    assert scale(heatmap("gradcam"), heatmap("gradcam", "probability")) == own
    assert scale(heatmap("gradcam"), heatmap("gradcam", peak=0.0)) == own
    assert "Each method has one scale for all networks" in scale(*two, heatmap("lime"), heatmap("lime"))
    mixed = scale(*two, heatmap("rollout"))
    assert mixed == "One scale for all networks: Grad-CAM. Each map by itself: Attention rollout"


def test_the_bar_names_everything_that_its_colours_stand_for() -> None:
    what, _ = title_bars([heatmap("gradcam"), heatmap("rollout")], "melanoma", shared=True)
    assert what == "Evidence for melanoma, or attention beyond an even share"
