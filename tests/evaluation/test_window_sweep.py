from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from core.bundle import load_pair
from core.evaluation.window_sweep import list_windows, sweep_values, sweep_windows
from core.intake.synthetic import draw_sample as draw_skin
from core.intake.synthetic_ct import draw_sample
from core.modalities.base import Preprocessing
from core.modalities.body import find_body
from core.modalities.ct import CT
from core.predict import open_predictor, predict_case
from core.types import Case, Window
from tests.ct_pair import CT_PAIR


class Brightness:
    """A stand-in network: the mean grey of the picture is its probability of malignancy."""

    def __init__(self, threshold: float) -> None:
        point = SimpleNamespace(threshold=threshold)
        self.pair = SimpleNamespace(operating_point=lambda role, name: point)
        self.entry = SimpleNamespace(preprocessing=Preprocessing(height=32, width=32))
        self.shown = 0

    def on_frames(self) -> Brightness:
        return self

    def compute_probs(self, images) -> np.ndarray:
        means = np.array([image.mean() / 255 for image in images])
        self.shown = len(means)
        return np.stack([1 - means, means], axis=1)

    def positive_prob(self, probs) -> np.ndarray:
        return probs[:, 1]


def flat(value: int) -> Case:
    hounsfield = np.full((40, 40), value, np.int16)
    return Case("id", CT.windows[0].apply(hounsfield), "ct", "flat", hounsfield=hounsfield)


def test_a_flat_slice_gives_the_greys_of_the_windows_by_hand() -> None:
    """-500 HU in centre c, width 1500: (750 - 500 - c) * 255 / 1500, rounded to nearest, over 255."""
    network = Brightness(0.5)
    found = sweep_windows({"student": network}, flat(-500))
    grey = {-575: 140.25, -525: 131.75, -475: 123.25, -375: 106.25}
    for centre, value in grey.items():
        place = list(found.centre.values).index(centre)
        assert found.centre.probs["student"][place] == pytest.approx(np.rint(value) / 255)
    # the width changes nothing in the middle of the window
    assert found.width.probs["student"] == pytest.approx(np.full(25, 127.5 / 255), abs=0.6 / 255)
    # mediastinum (40, 400): -500 HU is below black; bone (400, 1800): all below -500 HU is black
    assert found.named["student"] == pytest.approx([127.5 / 255, 144.5 / 255, 0, 0], abs=0.6 / 255)
    assert network.shown == found.images == len(list_windows("ct"))


def test_only_the_greys_change_never_the_frame() -> None:
    """Mean grey of the body's box of the case in every window, also where the body cannot be seen in it."""
    network = Brightness(0.5)
    network.entry = SimpleNamespace(preprocessing=Preprocessing(height=32, width=32, crop="body"))
    case = draw_sample("nodule")
    found = sweep_windows({"student": network}, case)
    box = find_body(case.pixels)
    assert box.found and case.hounsfield is not None
    means = [box.crop(window.apply(case.hounsfield)).mean() / 255 for window in CT.windows]
    assert found.named["student"] == pytest.approx(means)


def test_the_answer_holds_as_far_as_the_tested_steps_say() -> None:
    found = sweep_windows({"student": Brightness(0.49)}, flat(-500))
    centre, width = found.centre.stable_range("student"), found.width.stable_range("student")
    assert (centre.low, centre.high, centre.open_low, centre.open_high) == (-800, -500, True, False)
    assert (width.low, width.high, width.open_low, width.open_high) == (900, 2100, True, True)


def test_an_answer_below_the_threshold_has_its_range_too() -> None:
    found = sweep_windows({"teacher": Brightness(0.6)}, flat(-500))
    # flagged from (250 - c) * 0.17 >= 153, that is c <= -650
    held = found.centre.stable_range("teacher")
    assert not found.centre.flags("teacher")[found.centre.place]
    assert (held.low, held.high, held.open_high) == (-625, -200, True)


@pytest.mark.parametrize(("axis", "first", "last"), [("centre", -800, -200), ("width", 900, 2100)])
def test_sweeps_go_evenly_to_both_sides_of_training(axis, first, last) -> None:
    values = sweep_values(CT.windows[0], axis)
    assert (values[0], values[-1], len(values)) == (first, last, 25)
    assert np.ptp(np.diff(values)) == 0
    assert values[12] == (-500 if axis == "centre" else 1500)


def test_a_narrow_window_of_training_is_never_swept_to_nothing() -> None:
    assert sweep_values(Window("narrow", "Narrow", 40, 100), "width").min() > 0


def test_no_window_is_shown_twice_and_modalities_without_windows_have_none() -> None:
    windows = [(window.centre, window.width) for window in list_windows("ct")]
    # the wide lung window, centre -600, stands in the sweep of the centre too
    assert len(set(windows)) == len(windows) == 25 + 24 + len(CT.windows) - 2
    assert list_windows("dermoscopy") == ()


def test_only_hounsfield_units_can_be_swept() -> None:
    with pytest.raises(ValueError, match="Hounsfield"):
        sweep_windows({"student": Brightness(0.5)}, replace(flat(0), hounsfield=None))
    with pytest.raises(ValueError, match="windows"):
        sweep_windows({}, replace(draw_skin("regular"), hounsfield=flat(0).hounsfield))


def test_a_real_network_says_in_a_batch_what_predict_says_one_by_one(ct_models) -> None:
    pair = load_pair(CT_PAIR, ct_models)
    case = draw_sample("nodule")
    predictors = {role: open_predictor(pair, role) for role in pair.served_roles}
    found = sweep_windows(predictors, case, operating_point="youden")
    for role, predictor in predictors.items():
        assert found.thresholds[role] == pair.operating_point(role, "youden").threshold
        wanted = [
            predict_case(predictor, replace(case, pixels=window.apply(case.hounsfield))).positive_prob
            for window in CT.windows
        ]
        assert found.named[role] == pytest.approx(wanted, abs=1e-5)
        for curve in (found.centre, found.width):
            assert curve.probs[role][curve.place] == pytest.approx(wanted[0], abs=1e-5)
        assert np.ptp(found.centre.probs[role]) > 0
