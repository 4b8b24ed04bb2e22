"""The checks of one map: their rules by hand, and all of them on real networks of real pairs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.bundle import Pair
from core.explain.base import EXPLAINERS
from core.explain.stability import NOISY
from core.explain.subject import OnProgress, Subject
from core.predict import build_subject, explain_case, open_network, open_predictor, predict_case
from core.trust import (
    FLAT,
    build_scorer,
    judge_faithfulness,
    judge_learned,
    judge_map,
    judge_stability,
    measure_case_reference,
    measure_case_references,
)
from core.types import Case, Heatmap, Interval, Trust
from tests.fundus_pair import fundus_pixels
from tests.pair_factory import sample_pixels
from tests.trust_factory import make_faithfulness

RANDOM = (-0.1, -0.02, 0.02, 0.1)
CHECKS = ["not_degenerate", "planted_spot", "faithful", "stable", "learned"]


@pytest.mark.parametrize(
    ("gap", "state", "limit"),
    [
        (0.11, "holds", 0.1),
        (0.1, "unshown", 0.1),
        (0.0, "unshown", 0.1),
        (-0.1, "unshown", 0.1),
        (-0.11, "fails", -0.1),
    ],
)
def test_faithful_is_above_every_random_order(gap: float, state: str, limit: float) -> None:
    check = judge_faithfulness(make_faithfulness(gap, RANDOM))
    assert (check.name, check.state, check.reason) == ("faithful", state, "")
    assert check.value == pytest.approx(gap) and check.limit == pytest.approx(limit)


def test_where_the_probability_hardly_moves_faithfulness_is_not_shown_and_it_says_how_much() -> None:
    flat = make_faithfulness(0.005, [-0.001, 0.001], low=0.3, high=0.3 + 0.9 * FLAT)
    check = judge_faithfulness(flat)
    assert check.state == "unshown" and "1.8 percentage points at most" in check.reason
    moving = make_faithfulness(0.005, [-0.001, 0.001], low=0.3, high=0.3 + 1.1 * FLAT)
    assert judge_faithfulness(moving).state == "holds"
    bulging = make_faithfulness(0.2, RANDOM, low=0.3, high=0.3)
    assert judge_faithfulness(bulging).state == "holds", "ends alike, but the curves part on the way"


@pytest.mark.parametrize(
    ("lowest", "state", "limit"),
    [(0.5, "holds", 0.5), (0.49, "unshown", 0.5), (0.2, "unshown", 0.5), (0.19, "fails", 0.2)],
)
def test_stable_goes_by_the_lowest_correlation(lowest: float, state: str, limit: float) -> None:
    check = judge_stability((("a", 0.9), ("b", lowest), ("c", 0.7)))
    assert (check.state, check.value, check.limit, check.reason) == (state, lowest, limit, "")


def test_stable_says_what_was_not_tried() -> None:
    assert (
        judge_stability(((NOISY, 0.9),)).reason
        == "only the picture made slightly noisy was tried, as the method is slow"
    )
    averaged = judge_stability((("a", 1.0), ("b", 1.0), ("c", 0.7)), mirrors_averaged=True)
    assert "only noise" in averaged.reason and averaged.state == "holds"


@pytest.mark.parametrize(
    ("low", "high", "state"),
    [(0.51, 0.7, "fails"), (0.1, 0.49, "holds"), (0.4, 0.6, "unshown"), (0.5, 0.7, "unshown")],
)
def test_learned_goes_by_the_limits(low: float, high: float, state: str) -> None:
    learned = Interval((low + high) / 2, low, high, 0.95, 40, "bootstrap")
    check = judge_learned(learned)
    assert check.over_cases == learned
    assert check.state == state and check.value == pytest.approx((low + high) / 2) and check.limit == 0.5


def test_learned_without_a_measurement_or_limits_is_not_shown() -> None:
    assert judge_learned(None).reason == "not measured for this network"
    without = judge_learned(Interval(0.1, math.nan, math.nan, 0.95, 1, "no limits: one case"))
    assert (without.state, without.reason) == ("unshown", "no limits: one case")


LEARNED = Interval(0.1, 0.0, 0.2, 0.95, 40, "bootstrap")


class Scene:
    """One case in one network of a pair, and a map of it."""

    def __init__(self, pair: Pair, role, case: Case, code: str, method: str = "gradcam") -> None:
        self.pair, self.role, self.case, self.code = pair, role, case, code
        self.network, self.predictor = open_network(pair, role), open_predictor(pair, role, threads=1)
        self.subject = build_subject(pair, role, self.network, case)
        self.reference = measure_case_reference(self.predictor, case, code)
        self.heatmap = explain_case(
            pair, role, self.network, case, class_code=code, method=method, subject=self.subject
        )

    def judge(self, heatmap: Heatmap | None = None, **options) -> Trust:
        options = {"learned": LEARNED, **options}
        return judge_map(
            self.pair,
            self.role,
            self.network,
            self.predictor,
            self.case,
            heatmap or self.heatmap,
            self.reference,
            **options,
        )


@pytest.fixture(scope="module")
def skin(pair: Pair) -> Scene:
    case = Case("a", sample_pixels(4), "dermoscopy", "lesion")
    return Scene(pair, "student", case, "mel")


@pytest.fixture(scope="module")
def eye(fundus_pair: Pair) -> Scene:
    case = Case("b", fundus_pixels(4), "fundus", "eye")
    return Scene(fundus_pair, "student", case, fundus_pair.card.classes[2])


@pytest.mark.parametrize("name", ["skin", "eye"])
def test_the_probability_is_the_one_that_the_reader_sees(name: str, request) -> None:
    scene = request.getfixturevalue(name)
    said = predict_case(scene.predictor, scene.case)
    references = measure_case_references(scene.predictor, scene.case, subject=scene.subject)
    assert tuple(references) == said.classes
    for code, reference in references.items():
        assert reference.prob_whole == pytest.approx(said.probs[said.classes.index(code)], abs=1e-6)
    same = references[scene.code]
    assert same.deletion == pytest.approx(scene.reference.deletion, abs=1e-6)
    with pytest.raises(ValueError, match="not in"):
        measure_case_reference(scene.predictor, scene.case, "freckle")


def test_a_temperature_and_the_photographs_topology_count(eye: Scene) -> None:
    entry = eye.predictor.entry.model_copy(update={"temperature": 3.0})
    card = eye.pair.card.model_copy(update={"networks": {**eye.pair.card.networks, "student": entry}})
    warm = replace(eye.predictor, pair=replace(eye.pair, card=card))
    feeds = {"image": eye.subject.x.numpy(), "topology": eye.subject.topology.numpy()}  # type: ignore[union-attr]
    three = np.repeat(feeds["image"], 3, axis=0)
    warm_probs = build_scorer(warm, feeds, eye.code)(three)
    said = predict_case(warm, eye.case)
    assert warm_probs == pytest.approx([said.probs[said.classes.index(eye.code)]] * 3, abs=1e-6)
    other = {**feeds, "topology": feeds["topology"] + 5}
    assert abs(build_scorer(warm, other, eye.code)(three) - warm_probs).min() > 1e-6


@pytest.mark.parametrize("name", ["skin", "eye"])
def test_all_checks_of_a_real_map(name: str, request) -> None:
    scene = request.getfixturevalue(name)
    weights = {key: value.clone() for key, value in scene.network.state_dict().items()}
    told: list[float] = []
    trust = scene.judge(subject=scene.subject, on_progress=told.append)
    assert [check.name for check in trust.checks] == CHECKS
    assert [check.state for check in trust.checks[:2]] == ["holds", "holds"]
    assert trust.faithfulness is not None and len(trust.stability) == 3
    assert trust.checks[2] == judge_faithfulness(trust.faithfulness)
    assert trust.checks[3] == judge_stability(trust.stability)
    assert trust.checks[4].state == "holds"
    assert trust.faithfulness.prob_whole == scene.reference.prob_whole
    assert told == sorted(told) and told[-1] == 1 and len(told) > 5
    assert all(torch.equal(weights[key], value) for key, value in scene.network.state_dict().items())
    again = scene.judge()
    assert again.checks == trust.checks and again.stability == trust.stability


def test_a_map_turned_inside_out_does_worse_on_the_served_network(skin: Scene) -> None:
    right, wrong = skin.judge(), skin.judge(replace(skin.heatmap, values=1 - skin.heatmap.values))
    assert right.faithfulness is not None and wrong.faithfulness is not None
    assert wrong.faithfulness.gap == pytest.approx(-right.faithfulness.gap, abs=0.05)
    assert wrong.checks[3].state == "fails", "stability compares with the method's own maps"


def test_the_whole_and_the_absent_picture_are_asked_for_once(skin: Scene, monkeypatch) -> None:
    sizes: list[int] = []
    run = skin.predictor.session.run

    class Counting:
        def run(self, outputs, feeds):
            sizes.append(len(feeds["image"]))
            return run(outputs, feeds)

    counting = replace(skin.predictor, session=Counting())  # type: ignore[arg-type]
    judge_map(
        skin.pair, "student", skin.network, counting, skin.case, skin.heatmap, skin.reference, learned=None
    )
    assert sum(sizes) == 22


@pytest.mark.parametrize(
    ("changes", "state", "words", "reason"),
    [
        ({"values": np.zeros((2, 2), np.float32), "peak": 0.0, "state": "no_evidence"},
         "unshown", "the map is empty", "the map is empty"),
        ({"values": np.full((2, 2), np.nan, np.float32)}, "fails", "not numbers", "the map is broken"),
        ({"values": np.ones((2, 2), np.float32)}, "fails", "same everywhere", "the map is broken"),
    ],
    ids=["empty", "nan", "constant"],
)  # fmt: skip
def test_a_map_without_an_order_is_not_measured(
    skin: Scene, changes, state: str, words: str, reason: str
) -> None:
    def cancel(share: float) -> None:
        raise InterruptedError

    trust = skin.judge(replace(skin.heatmap, **changes), on_progress=cancel)
    assert trust.state == state and trust.faithfulness is None and trust.stability == ()
    assert [check.name for check in trust.checks] == CHECKS
    assert words in trust.checks[0].reason
    assert [check.state for check in trust.checks[2:4]] == ["unshown", "unshown"]
    assert all(reason in check.reason for check in trust.checks[2:4])


def test_a_method_that_misses_the_planted_spot_fails_whatever_else_it_does(
    skin: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    explainer = EXPLAINERS.get("gradcam")

    def inside_out(subject: Subject, index: int, code: str, on_progress: OnProgress) -> Heatmap:
        found = explainer.compute(subject, index, code, on_progress)
        return replace(found, values=1 - found.values)

    monkeypatch.setitem(EXPLAINERS._entries, "gradcam", replace(explainer, compute=inside_out))
    trust = skin.judge()
    assert trust.checks[1].state == "fails" and trust.state == "fails"


def test_it_can_be_cancelled_in_the_middle(skin: Scene) -> None:
    for limit in (0.1, 0.5, 0.95):

        def cancel(share: float, limit: float = limit) -> None:
            if share > limit:
                raise InterruptedError

        with pytest.raises(InterruptedError):
            skin.judge(on_progress=cancel)


def test_another_roles_predictor_is_refused(skin: Scene) -> None:
    with pytest.raises(ValueError, match="predictor must be the teacher's"):
        judge_map(
            skin.pair,
            "teacher",
            skin.network,
            skin.predictor,
            skin.case,
            skin.heatmap,
            skin.reference,
            learned=None,
        )


def test_a_slow_method_is_tried_with_noise_only(skin: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    explainer = EXPLAINERS.get("gradcam")
    monkeypatch.setitem(EXPLAINERS._entries, "gradcam", replace(explainer, passes=100))
    told: list[float] = []
    trust = skin.judge(on_progress=told.append)
    assert [words for words, _ in trust.stability] == [NOISY]
    assert "as the method is slow" in trust.checks[3].reason
    assert told == sorted(told) and told[-1] == 1
