"""The only inference path: pages, commands and evaluation all get their probabilities here.

Networks are served by ONNX Runtime (:mod:`core.sessions`).
The same network as a torch module is opened only where gradients are needed, that is, for explanations.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.bundle import Pair
from core.card import NetworkEntry
from core.errors import BundleError
from core.familiarity.record import Familiarity
from core.sessions import (
    FEATURES_OUTPUT,
    INPUT_NAME,
    OUTPUT_NAME,
    TOPOLOGY_NAME,
    build_feeds,
    compute_features,
    compute_logits,
    require_features,
    serve_session,
)
from core.types import AttentionMaps, Case, FamiliarityVerdict, Heatmap, Precision, Prediction, Role

if TYPE_CHECKING:
    from core.explain.subject import OnProgress, Subject
    from core.networks.base import Network
    from core.sessions import Session


def compute_probs(logits: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float64]:
    """Softmax of ``logits`` / ``temperature`` over the last axis, in float64.

    Args:
        logits: (..., C), finite.
        temperature: above 0; 1 leaves the logits as they are (Guo et al. 2017).

    Raises:
        ValueError: a logit is not finite, which would otherwise silently become class 0, or the temperature
            is not a number above 0.
    """
    if not 0 < temperature < np.inf:
        raise ValueError(f"temperature must be a number above 0, it is {temperature}")
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    if not np.isfinite(scaled).all():
        raise ValueError("logits must be finite")
    scaled = scaled - scaled.max(axis=-1, keepdims=True)
    exponentials = np.exp(scaled)
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def compute_positive_prob(
    probs: NDArray[np.float64], classes: tuple[str, ...], positives: tuple[str, ...]
) -> NDArray[np.float64]:
    """Sum of (..., C) probabilities over the positive classes: (...), clipped to [0, 1]."""
    index = [classes.index(code) for code in positives]
    return np.clip(probs[..., index].sum(axis=-1), 0.0, 1.0)


def compute_expected_grade(probs: NDArray[np.float64]) -> tuple[float, float]:
    """Mean and standard deviation of the grade, for (C,) probabilities over the grades 0 to C - 1."""
    grades = np.arange(len(probs))
    mean = float(probs @ grades)
    return mean, float(np.sqrt(probs @ (grades - mean) ** 2))


@dataclass(frozen=True)
class Predictor:
    """One served network of one pair, ready to run. Safe to share between threads."""

    pair: Pair
    role: Role
    session: Session

    @property
    def entry(self) -> NetworkEntry:
        """The card's entry of this network."""
        return self.pair.network(self.role)

    def on_frames(self) -> Predictor:
        """The same network for pictures that are cut to its frame already: none is looked for again."""
        plain = self.entry.preprocessing.model_copy(update={"crop": "none"})
        networks = {
            **self.pair.card.networks,
            self.role: self.entry.model_copy(update={"preprocessing": plain}),
        }
        return replace(
            self, pair=replace(self.pair, card=self.pair.card.model_copy(update={"networks": networks}))
        )

    def compute_probs(self, images: Iterable[NDArray[np.uint8]]) -> NDArray[np.float64]:
        """Calibrated probabilities (N, C) float64 of (H, W, 3) uint8 images."""
        entry = self.entry
        logits = list(compute_logits(self.session, entry.preprocessing, images, topology=entry.topology))
        shape = (len(logits), len(self.pair.card.classes))
        return compute_probs(np.asarray(logits).reshape(shape), entry.temperature)

    def compute_features(self, images: Iterable[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Features (N, F) float32 of (H, W, 3) uint8 images; see :func:`compute_features`."""
        entry = self.entry
        found = list(compute_features(self.session, entry.preprocessing, images, topology=entry.topology))
        return np.asarray(found, dtype=np.float32).reshape(len(found), entry.feature_shape[0])

    def positive_prob(self, probs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability (...) of a positive class from (..., C) probabilities."""
        return compute_positive_prob(probs, self.pair.card.classes, self.pair.card.positives)


def open_predictor(
    pair: Pair, role: Role, *, threads: int | None = None, precision: Precision = "float"
) -> Predictor:
    """Open the served network of a role, as trained or in 8 bits.

    Raises:
        BundleError: the role's weights do not ship in this precision, or the file is not the one the card
            names.
    """
    return Predictor(pair, role, serve_session(pair.read_served(role, precision), precision, threads=threads))


def predict_case(predictor: Predictor, case: Case, *, operating_point: str | None = None) -> Prediction:
    """Run one network on one case.

    Args:
        predictor: the opened network.
        case: of the pair's modality.
        operating_point: name of the threshold to apply; None takes the card's default.

    Raises:
        BundleError: the pair was made for another kind of image, has no such operating point, or its ONNX
            file lacks an output.
    """
    pair, entry = predictor.pair, predictor.entry
    if case.modality != pair.card.modality:
        raise BundleError(
            pair.card.pair, f"made for {pair.card.modality}, not for {case.modality}", "Choose another pair"
        )
    point = pair.operating_point(predictor.role, operating_point)
    feeds = build_feeds(entry.preprocessing, entry.topology, case.pixels)
    require_features(predictor.session, f"{pair.card.pair}/{entry.onnx}")
    start = time.perf_counter()
    output, features = predictor.session.run([OUTPUT_NAME, FEATURES_OUTPUT], feeds)
    network_ms = (time.perf_counter() - start) * 1000
    logits = np.asarray(output[0], dtype=np.float32)
    probs = compute_probs(logits, entry.temperature)
    positive_prob = float(predictor.positive_prob(probs))
    return Prediction(
        pair=pair.card.pair,
        role=predictor.role,
        classes=pair.card.classes,
        logits=logits,
        probs=probs,
        positive_prob=positive_prob,
        operating_point=point,
        flagged=positive_prob >= point.threshold,
        network_ms=network_ms,
        features=np.asarray(features[0], dtype=np.float32),
    )


def open_familiarity(pair: Pair) -> Familiarity | None:
    """The pair's check on whether a picture is of the kind its student was trained on; None without one.

    Raises:
        BundleError: the file is not the one the card names, or does not fit the student.
    """
    entry = pair.card.familiarity
    if entry is None:
        return None
    familiarity = Familiarity.load(pair.read(entry.file), entry.file)
    if familiarity.size != pair.network("student").feature_shape[0]:
        raise BundleError(
            f"{pair.card.pair}/{entry.file}", "it was fitted to another student", "Fit it again"
        )
    return familiarity


def judge_familiarity(
    pair: Pair, features: NDArray[np.floating], *, familiarity: Familiarity | None = None
) -> FamiliarityVerdict | None:
    """Whether a picture is of the kind that a pair's student was trained on.

    Args:
        pair: whose student gave the features.
        features: (F,) float32, :attr:`core.types.Prediction.features` of the student.
        familiarity: from :func:`open_familiarity`; None opens it anew.

    Returns:
        The verdict; None for a pair without such a check.

    Raises:
        BundleError: as :func:`open_familiarity`.
        ValueError: the features are not the student's.
    """
    found = familiarity or open_familiarity(pair)
    return None if found is None else found.judge(features)


def open_network(pair: Pair, role: Role) -> Network:
    """Open the same network as a torch module in eval mode, for explanations.

    Raises:
        BundleError: the role's weights do not ship, or a file is not the one the card names.
        WeightsError: the weights do not fit the architecture that the card names.
    """
    from core.networks import build_network, load_weights
    from core.networks.onnx_weights import read_onnx_weights

    entry = pair.network(role)
    if entry.weights is None:
        raise BundleError(
            f"{pair.card.pair}/{role}",
            "this role's weights do not ship",
            "Ask for the teacher or the student",
        )
    network = build_network(entry.architecture, entry.arguments, num_classes=len(pair.card.classes))
    content = pair.read(entry.weights)
    if entry.weights == entry.onnx:
        read_onnx_weights(content, network, entry.weights)
    else:
        load_weights(network, content, entry.weights)
    return network.eval().requires_grad_(False)


def build_subject(pair: Pair, role: Role, network: Network, case: Case) -> Subject:
    """A case as the methods of explanation take it; methods that share it compute nothing twice.

    Args:
        network: from :func:`open_network` of the same pair and role; may be shared between threads.
    """
    import torch

    from core.explain.subject import Subject

    feeds = build_feeds(pair.network(role).preprocessing, pair.network(role).topology, case.pixels)
    topology = torch.from_numpy(feeds[TOPOLOGY_NAME]) if TOPOLOGY_NAME in feeds else None
    return Subject(network, torch.from_numpy(feeds[INPUT_NAME]), topology)


def explain_case(
    pair: Pair,
    role: Role,
    network: Network,
    case: Case,
    *,
    class_code: str,
    method: str = "gradcam",
    subject: Subject | None = None,
    on_progress: OnProgress | None = None,
) -> Heatmap:
    """Map where a network of a pair found evidence for a class in a case; the map covers the case's frame.

    Args:
        network: from :func:`open_network` of the same pair and role; may be shared between threads.
        class_code: one of the pair's classes.
        method: name in the explainer registry.
        subject: of the same network and case, from :func:`build_subject`; None builds it anew.
        on_progress: see :data:`core.explain.subject.OnProgress`.
    """
    from core.explain.base import EXPLAINERS

    found = subject or build_subject(pair, role, network, case)
    index = pair.card.classes.index(class_code)
    return EXPLAINERS.get(method).explain(found, index, class_code, on_progress)


def attend_case(
    pair: Pair, role: Role, network: Network, case: Case, *, top: int = 6
) -> AttentionMaps | None:
    """What a network's own attention did with a case; the maps cover the case's frame.

    Args:
        pair, role: which network.
        network: from :func:`open_network` of the same pair and role; may be shared between threads.
        case: of the pair's modality.
        top: number of channels, at least 1.

    Returns:
        None for a network without attention.
    """
    import torch

    from core.explain.attention import explain_attention

    x = torch.from_numpy(pair.network(role).preprocessing.apply(case.pixels))
    return explain_attention(network, x, top=top)
