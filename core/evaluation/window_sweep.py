"""Robustness of networks to the display window: one slice, many windows, the same prediction path.

A network that was trained on 8-bit pictures of one window is asked about the same Hounsfield units in others.
What moves is the picture, not the patient, so an answer that changes says how far the network leans on the
window.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from core.modalities.base import MODALITIES
from core.predict import Predictor
from core.types import Case, Role, Window, WindowAxis, WindowCurve, WindowSensitivity

STEPS = 12
"""Steps of a sweep on either side of the value of training."""

CENTRE_STEP_HU, WIDTH_STEP_HU = 25.0, 50.0
"""A step of either number: the centre moves by up to 300 HU, the width by up to 600 HU."""


def list_windows(modality: str) -> tuple[Window, ...]:
    """Every window that :func:`sweep_windows` shows, each once, the modality's own first; () without any."""
    named = MODALITIES.get(modality).windows
    if not named:
        return ()
    trained = named[0]
    swept = (
        _move(trained, axis, value) for axis in ("centre", "width") for value in sweep_values(trained, axis)
    )
    return tuple({_key(window): window for window in chain(named, swept)}.values())


def sweep_values(trained: Window, axis: WindowAxis) -> NDArray[np.float64]:
    """The (25,) values that a sweep tests, Hounsfield units, ascending, with that of training in the middle.

    Widths stay above 0 whatever the window of training is.
    """
    step = CENTRE_STEP_HU if axis == "centre" else min(WIDTH_STEP_HU, trained.width / (STEPS + 1))
    middle = trained.centre if axis == "centre" else trained.width
    return middle + step * np.arange(-STEPS, STEPS + 1)


def sweep_windows(
    predictors: Mapping[Role, Predictor], case: Case, *, operating_point: str | None = None
) -> WindowSensitivity:
    """Ask networks about one slice in every window of :func:`list_windows`.

    Args:
        predictors: opened networks of one pair, by role; each runs its pictures in batches.
        case: with Hounsfield units, of the pair's modality.
        operating_point: name of the threshold to apply; None takes the card's default.

    Raises:
        ValueError: the case has no Hounsfield units, or its modality no windows.
        BundleError: the pair has no such operating point.
    """
    windows = list_windows(case.modality)
    if case.hounsfield is None or not windows:
        raise ValueError("case must have Hounsfield units and a modality with windows")
    thresholds = {
        role: predictor.pair.operating_point(role, operating_point).threshold
        for role, predictor in predictors.items()
    }
    probs = {
        role: predictor.positive_prob(predictor.on_frames().compute_probs(_show(case, windows, predictor)))
        for role, predictor in predictors.items()
    }
    place = {_key(window): index for index, window in enumerate(windows)}
    named = MODALITIES.get(case.modality).windows
    trained = named[0]

    def curve(axis: WindowAxis) -> WindowCurve:
        values = sweep_values(trained, axis)
        index = [place[_key(_move(trained, axis, value))] for value in values]
        middle = trained.centre if axis == "centre" else trained.width
        return WindowCurve(axis, values, middle, {role: p[index] for role, p in probs.items()}, thresholds)

    return WindowSensitivity(
        windows=named,
        named={role: p[[place[_key(window)] for window in named]] for role, p in probs.items()},
        centre=curve("centre"),
        width=curve("width"),
        thresholds=thresholds,
        images=len(windows),
    )


def _show(case: Case, windows: tuple[Window, ...], predictor: Predictor) -> Iterator[NDArray[np.uint8]]:
    """The network's frame in one window after the other, made when asked for.

    The frame is the one of the case itself, so that nothing but the greys changes.
    """
    if case.hounsfield is not None:
        for window in windows:
            shown = window.apply(case.hounsfield)
            yield predictor.entry.preprocessing.frame(shown, found_on=case.pixels)


def _move(trained: Window, axis: WindowAxis, value: float) -> Window:
    centre, width = (value, trained.width) if axis == "centre" else (trained.centre, value)
    return Window(f"{axis}_{value:g}", "Moved window", float(centre), float(width))


def _key(window: Window) -> tuple[float, float]:
    return window.centre, window.width
