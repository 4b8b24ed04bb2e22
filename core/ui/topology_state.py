"""What a session knows of the topology of its case; all of it goes when another case comes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.bundle import Pair
from core.figures.topology_words import find_surround
from core.predict import predict_case
from core.topology.grey import compute_grey
from core.topology.reference import REFERENCE_NAME, TopologyReference
from core.topology.spec import TopologySpec
from core.types import Case, Diagram, Prediction, Role
from core.ui import models

_WORK = "topology_work"
_MOST = 64
"""Results that are kept of one case; the oldest goes first."""

Result = TypeVar("Result")


@dataclass
class _Work:
    case_id: str
    results: dict[Hashable, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TopologyView:
    """A case as the topological branch sees it.

    Attributes:
        spec: of the student's card entry.
        frame: (H, W, 3) uint8.
        grey: (side, side) float64 in [0, 1].
        diagram: of ``grey``.
        surround: (side, side) bool, cells outside the lit disc; nowhere true where nothing is cropped.
        key: case and student's file, for keys of widgets and results.
    """

    spec: TopologySpec
    frame: NDArray[np.uint8]
    grey: NDArray[np.float64]
    diagram: Diagram
    surround: NDArray[np.bool_]
    key: str


def remember(case: Case, key: Hashable, compute: Callable[[], Result]) -> Result:
    """A result of the case, computed once in this session and kept while the case stays."""
    work = st.session_state.get(_WORK)
    if work is None or work.case_id != case.case_id:
        work = st.session_state[_WORK] = _Work(case.case_id)
    if key not in work.results:
        result = compute()
        while len(work.results) >= _MOST:
            work.results.pop(next(iter(work.results)))
        work.results[key] = result
    return work.results[key]


def recall(case: Case, key: Hashable) -> Any:
    """What :func:`remember` kept under the key, None if nothing."""
    work = st.session_state.get(_WORK)
    return work.results.get(key) if work is not None and work.case_id == case.case_id else None


def view_case(pair: Pair, case: Case, spec: TopologySpec) -> TopologyView:
    """Frame, greyscale and diagram of a case, computed once."""
    key = f"{case.case_id}_{models.file_key(pair, 'student', 'onnx')[:12]}"

    def compute() -> TopologyView:
        preprocessing = pair.network("student").preprocessing
        frame = preprocessing.frame(case.pixels)
        grey = compute_grey(frame, spec.side)
        cropped = preprocessing.crop == "field_of_view"
        surround = find_surround(grey) if cropped else np.zeros(grey.shape, dtype=np.bool_)
        return TopologyView(spec, frame, grey, spec.diagram(frame), surround, key)

    return remember(case, ("view", key, spec.model_dump_json()), compute)


def predict_frame(pair: Pair, role: Role, case: Case, frame: NDArray[np.uint8]) -> Prediction:
    """A network's answer to a frame as it is: no field of view is looked for again.

    For the case's own frame this is the answer to the case itself, so two answers differ by what was done to
    the frame and by nothing else.
    """
    predictor = models.get_predictor(pair, role).on_frames()
    return predict_case(predictor, replace(case, pixels=frame))


def ask_frame(pair: Pair, role: Role, case: Case, view: TopologyView) -> Prediction:
    """A network's answer to the frame before anything is done to it, asked once."""

    def ask() -> Prediction:
        return predict_frame(pair, role, case, view.frame)

    return remember(case, ("frame", view.key, models.file_key(pair, role, "onnx")), ask)


def load_reference(pair: Pair) -> TopologyReference | None:
    """Averages of the training photographs; None where the pair ships none, or none on the card's grid.

    Raises:
        BundleError: the file is damaged.
    """
    sha256 = pair.card.files.get(REFERENCE_NAME)
    if sha256 is None:
        return None
    reference = _reference(sha256, pair)
    fits = reference.spec == pair.network("student").topology and reference.classes == pair.card.classes
    return reference if fits else None


@st.cache_resource(show_spinner=False, max_entries=8)
def _reference(sha256: str, _pair: Pair) -> TopologyReference:
    return TopologyReference.load(_pair.read(REFERENCE_NAME), REFERENCE_NAME)
