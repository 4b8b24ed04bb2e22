"""How far one map of one case is to be believed: every check, measured on the networks that answer.

A map is computed from the torch network; what it marks is tested on the served one, the network whose
probability the reader sees (ONNX Runtime, after temperature). Pictures are altered as the network takes them,
(1, 3, H, W); a topology stays that of the photograph.

What each check asks, and from where on it holds or fails, was set before anything was measured on test data
and has not been changed since (docs/decisions.md):

- **not_degenerate**: fails for a map that is broken; an empty map is neither right nor wrong.
- **planted_spot**: holds if the method finds the spot in :mod:`core.explain.sentinel`'s networks, else fails.
- **faithful**: insertion less deletion area (:mod:`core.explain.faithfulness`) above that of every random
  order holds, below that of every one fails. Unshown between them, and where the probability moves by less
  than :data:`FLAT` whatever is taken away.
- **stable**: lowest correlation with the maps of changed pictures (:mod:`core.explain.stability`), from
  :data:`STABLE` holds, below :data:`UNSTABLE` fails.
- **learned**: correlation with maps of the same network with its weights in disorder
  (:mod:`core.explain.randomise`), measured beforehand on many images. Fails where the lower limit is above
  :data:`ALIKE`: the map would look the same had the network learned nothing. Holds where the upper limit is
  below.

A method that knows no classes is judged for the class the reader chose: that is what it is shown beside.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.bundle import Pair
from core.predict import Predictor, build_subject, compute_probs
from core.sessions import INPUT_NAME, OUTPUT_NAME, TOPOLOGY_NAME, Feeds, build_feeds
from core.types import Case, Faithfulness, Heatmap, Interval, Role, Trust, TrustCheck, TrustState

if TYPE_CHECKING:
    from torch import Tensor

    from core.explain.faithfulness import ClassScorer, RandomReference, Scorer
    from core.explain.subject import OnProgress, Subject
    from core.networks.base import Network

FLAT = 0.02
"""Probability; curves that stay within less of it say nothing about an order."""
STABLE, UNSTABLE = 0.5, 0.2
ALIKE = 0.5

_EMPTY = "the map is empty"
_BROKEN = "not measured: the map is broken"


def build_class_scorer(predictor: Predictor, feeds: Feeds) -> ClassScorer:
    """What a served network says of altered copies of one case: (N, 3, H, W) to calibrated (N, C).

    Args:
        predictor: the opened network.
        feeds: its inputs for the case (:func:`core.sessions.build_feeds`); only the picture is altered.
    """
    topology = feeds.get(TOPOLOGY_NAME)

    def score(images: NDArray[np.float32]) -> NDArray[np.float64]:
        altered: Feeds = {INPUT_NAME: images}
        if topology is not None:
            altered[TOPOLOGY_NAME] = np.repeat(topology, len(images), axis=0)
        (logits,) = predictor.session.run([OUTPUT_NAME], altered)
        return compute_probs(logits, predictor.entry.temperature)

    return score


def build_scorer(predictor: Predictor, feeds: Feeds, class_code: str) -> Scorer:
    """The same for one class: (N, 3, H, W) to (N,).

    Raises:
        ValueError: the pair has no such class.
    """
    score, index = build_class_scorer(predictor, feeds), predictor.pair.card.classes.index(class_code)
    return lambda images: score(images)[:, index]


def measure_case_references(
    predictor: Predictor,
    case: Case,
    *,
    subject: Subject | None = None,
    on_progress: OnProgress | None = None,
) -> dict[str, RandomReference]:
    """What random orders do to every class's probability in one case; once a case and network.

    Args:
        predictor: the opened network.
        case: of the pair's modality.
        subject: the same case in the same network, which spares preparing it again.
        on_progress: called after every batch; may raise.

    Returns:
        Class code to reference, in the order of the pair's classes.
    """
    from core.explain.faithfulness import measure_references

    feeds = _build_feeds(predictor, case, subject)
    found = measure_references(
        build_class_scorer(predictor, feeds), feeds[INPUT_NAME], on_progress=on_progress
    )
    return dict(zip(predictor.pair.card.classes, found, strict=True))


def measure_case_reference(
    predictor: Predictor,
    case: Case,
    class_code: str,
    *,
    subject: Subject | None = None,
    on_progress: OnProgress | None = None,
) -> RandomReference:
    """The same for one class, which costs no less: ask for all where more than one may be explained.

    Raises:
        ValueError: the pair has no such class.
    """
    predictor.pair.card.classes.index(class_code)
    return measure_case_references(predictor, case, subject=subject, on_progress=on_progress)[class_code]


def judge_map(
    pair: Pair,
    role: Role,
    network: Network,
    predictor: Predictor,
    case: Case,
    heatmap: Heatmap,
    reference: RandomReference,
    *,
    learned: Interval | None,
    subject: Subject | None = None,
    on_progress: OnProgress | None = None,
) -> Trust:
    """Make every check of one map.

    Args:
        pair, role: whose map it is.
        network, predictor: the torch network and the served one, of the same pair and role; may be shared.
        case: of the pair's modality.
        heatmap: of this case in this network; says which method and class.
        reference: of the same predictor, case and class, from :func:`measure_case_reference`.
        learned: correlation of this method's maps with those of disordered weights, on many images; None for
            not measured.
        subject: the same case in the same network, which spares preparing it again.
        on_progress: called after every batch with the share done; may raise, which ends it.

    Raises:
        ConfigError: no such method.
        ValueError: the predictor is another role's, or the reference another picture's.
    """
    from core.explain.base import EXPLAINERS
    from core.explain.sentinel import find_degeneracy, finds_planted_spot

    if predictor.role != role:
        raise ValueError(f"predictor must be the {role}'s, not the {predictor.role}'s")
    method = EXPLAINERS.get(heatmap.method).name
    spot = TrustCheck("planted_spot", "holds" if finds_planted_spot(method) else "fails", math.nan, math.nan)
    wrong = find_degeneracy(heatmap)
    if wrong or heatmap.state == "no_evidence":
        sound = TrustCheck(
            "not_degenerate", "fails" if wrong else "unshown", math.nan, math.nan, wrong or _EMPTY
        )
        reason = _BROKEN if wrong else _EMPTY
        checks = (
            sound,
            spot,
            TrustCheck("faithful", "unshown", math.nan, math.nan, reason),
            TrustCheck("stable", "unshown", math.nan, STABLE, reason),
            judge_learned(learned),
        )
        return Trust(checks, None, ())
    found = subject or build_subject(pair, role, network, case)
    faithfulness, stability = _measure(predictor, case, heatmap, reference, found, on_progress)
    checks = (
        TrustCheck("not_degenerate", "holds", math.nan, math.nan),
        spot,
        judge_faithfulness(faithfulness),
        judge_stability(stability, mirrors_averaged=network.symmetry == "flips"),
        judge_learned(learned),
    )
    return Trust(checks, faithfulness, stability)


def judge_faithfulness(faithfulness: Faithfulness) -> TrustCheck:
    """Against every random order; unshown where the probability hardly moves."""
    gap, randoms = faithfulness.gap, faithfulness.random_gaps
    if faithfulness.reach < FLAT:
        points = f"{100 * faithfulness.reach:.1f} percentage points"
        reason = f"the probability moves by {points} at most, whatever is taken away"
        return TrustCheck("faithful", "unshown", gap, math.nan, reason)
    if gap > randoms.max():
        return TrustCheck("faithful", "holds", gap, float(randoms.max()))
    if gap < randoms.min():
        return TrustCheck("faithful", "fails", gap, float(randoms.min()))
    return TrustCheck("faithful", "unshown", gap, float(randoms.max()))


def judge_stability(
    stability: tuple[tuple[str, float], ...], *, mirrors_averaged: bool = False
) -> TrustCheck:
    """By the lowest correlation.

    Args:
        stability: from :func:`core.explain.stability.measure_stability`, at least one entry.
        mirrors_averaged: whether the network averages over mirror images and so passes them untested.
    """
    lowest = min(rho for _, rho in stability)
    state: TrustState = "holds" if lowest >= STABLE else "fails" if lowest < UNSTABLE else "unshown"
    limit = UNSTABLE if state == "fails" else STABLE
    reason = ""
    if len(stability) == 1:
        reason = f"only the picture made {stability[0][0]} was tried, as the method is slow"
    elif mirrors_averaged:
        reason = "the network averages mirror images itself, so that only noise puts the map to the test"
    return TrustCheck("stable", state, lowest, limit, reason)


def judge_learned(learned: Interval | None) -> TrustCheck:
    """By the limits of the correlation with maps of disordered weights; None is not measured."""
    if learned is None:
        return TrustCheck("learned", "unshown", math.nan, ALIKE, "not measured for this network")
    if not (math.isfinite(learned.low) and math.isfinite(learned.high)):
        return TrustCheck("learned", "unshown", learned.value, ALIKE, learned.method)
    state: TrustState = "unshown"
    if learned.low > ALIKE:
        state = "fails"
    elif learned.high < ALIKE:
        state = "holds"
    return TrustCheck("learned", state, learned.value, ALIKE, over_cases=learned)


def _build_feeds(predictor: Predictor, case: Case, subject: Subject | None) -> Feeds:
    if subject is None:
        return build_feeds(predictor.entry.preprocessing, predictor.entry.topology, case.pixels)
    feeds: Feeds = {INPUT_NAME: subject.x.cpu().numpy()}
    if subject.topology is not None:
        feeds[TOPOLOGY_NAME] = subject.topology.cpu().numpy()
    return feeds


def _measure(
    predictor: Predictor,
    case: Case,
    heatmap: Heatmap,
    reference: RandomReference,
    subject: Subject,
    on_progress: OnProgress | None,
) -> tuple[Faithfulness, tuple[tuple[str, float], ...]]:
    """Curves and stability of a sound map, with one progress over both."""
    from core.explain.base import EXPLAINERS
    from core.explain.faithfulness import measure_faithfulness
    from core.explain.stability import SLOW_PASSES, measure_stability
    from core.explain.subject import Subject as OneSubject

    explainer = EXPLAINERS.get(heatmap.method)
    index = predictor.pair.card.classes.index(heatmap.class_code)
    curves = 2 * (len(reference.shares) - 2)
    trials = 1 if explainer.passes > SLOW_PASSES else 3
    progress = _Progress(on_progress, curves + trials * explainer.passes)
    feeds = _build_feeds(predictor, case, subject)
    with_curves = measure_faithfulness(
        build_scorer(predictor, feeds, heatmap.class_code),
        feeds[INPUT_NAME],
        heatmap.values,
        reference,
        on_progress=progress.start(curves),
    )

    def explain(x: Tensor) -> Heatmap:
        altered = OneSubject(subject.network, x, subject.topology)
        return explainer.explain(altered, index, heatmap.class_code, progress.start(explainer.passes))

    stability = measure_stability(explain, subject.x, heatmap=heatmap, passes=explainer.passes)
    progress.start(0)(1.0)
    return with_curves, stability


class _Progress:
    """Steps of different length as one share that only rises."""

    def __init__(self, tell: OnProgress | None, total: int) -> None:
        self._tell, self._total = tell, total
        self._before = self._length = 0

    def start(self, length: int) -> OnProgress:
        """What a step of so many passes tells its own share; the step before is done with."""
        self._before, self._length = self._before + self._length, length

        def tell(share: float) -> None:
            if self._tell is not None:
                self._tell((self._before + share * length) / self._total)

        return tell
