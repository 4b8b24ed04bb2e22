"""A network in 8 bits: what changes is counted by hand, the choice and the gate, and what is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.bundle import Pair, load_pair
from core.card import Int8Allowance
from core.errors import BundleError, DataError, ParityError
from core.int8_card import Int8Drift, Int8Time, read_int8_report
from core.predict import open_predictor, predict_case
from core.quantise.graph import list_layers, simplify_graph
from core.release import int8, int8_search
from core.release.int8 import MadeInt8, make_int8, require_allowed, write_int8
from core.release.int8_drift import keeps_to, measure_drift
from core.release.int8_search import search_int8
from core.release.int8_times import profile_operators
from core.sessions import build_feeds
from core.types import Case, Sample
from tests.pair_factory import PAIR, sample_pixels
from tests.small_world import COUNT, DATASET, TEST, VAL, write_isic2018

LOOSE = Int8Allowance(flips=1.0, auc=1.0)


@pytest.fixture(name="complete")
def complete_pair(complete_models: Path) -> Pair:
    return load_pair(PAIR, complete_models)


@pytest.fixture
def loose(complete: Pair) -> Pair:
    return replace(complete, card=complete.card.model_copy(update={"int8_allowance": LOOSE}))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.release.int8_times.ROUNDS", 3)
    monkeypatch.setattr("core.release.int8_times.WARMUP", 1)


@pytest.fixture(scope="module")
def made(complete_models: Path, small_data: Path) -> MadeInt8:
    pair = load_pair(PAIR, complete_models)
    allowed = replace(pair, card=pair.card.model_copy(update={"int8_allowance": LOOSE}))
    return make_int8(allowed, "student", small_data, calibration=8)


def samples(labels: list[str]) -> list[Sample]:
    return [
        Sample(image_id=f"case{n}", source="drawn", location="", label=label, group=f"g{n}")
        for n, label in enumerate(labels)
    ]


def logits_of(pair: Pair, positive: list[float]) -> np.ndarray:
    """Logits whose softmax gives a probability to the first positive class, the rest to the first other."""
    classes, positives = pair.card.classes, pair.card.positives
    other = next(code for code in classes if code not in positives)
    probs = np.full((len(positive), len(classes)), 1e-9)
    probs[:, classes.index(positives[0])] = positive
    probs[:, classes.index(other)] = 1 - np.array(positive)
    return np.log(probs)


def drift_of(pair: Pair, before: list[float], after: list[float], labels: list[str]) -> Int8Drift:
    logits = logits_of(pair, before), logits_of(pair, after)
    return measure_drift(pair, "student", samples(labels), logits, title="drawn")


def test_drift_by_hand(complete: Pair):
    """Threshold 0.10: the second case falls below it, the third rises to it; AUC falls from 1 to 3/4."""
    assert complete.operating_point("student").threshold == 0.10
    drift = drift_of(complete, [0.9, 0.12, 0.08, 0.02], [0.9, 0.09, 0.11, 0.02], ["mel", "mel", "nv", "nv"])
    assert drift.n == 4 and drift.threshold == 0.10
    assert [(case.image_id, case.target) for case in drift.flipped] == [("case1", "mel"), ("case2", "nv")]
    assert drift.flipped[0].float_prob == pytest.approx(0.12, abs=1e-5)
    assert drift.flipped[0].int8_prob == pytest.approx(0.09, abs=1e-5)
    assert drift.flips.value == 0.5 and drift.flips.method == "Wilson"
    assert drift.calls.value == 0.0
    assert drift.mean == pytest.approx(0.015, abs=1e-5) and drift.largest == pytest.approx(0.03, abs=1e-5)
    assert drift.auc.value == pytest.approx(-0.25)


def test_a_changed_call_is_counted_though_no_decision_flips(complete: Pair):
    drift = drift_of(complete, [0.6, 0.2], [0.4, 0.2], ["mel", "nv"])
    assert drift.calls.value == 0.5 and drift.flips.value == 0.0 and drift.flipped == ()


@pytest.mark.parametrize(
    ("allowance", "share", "kept"),
    [
        (Int8Allowance(flips=0.5, auc=0.25), 1.0, True),
        (Int8Allowance(flips=0.49, auc=0.25), 1.0, False),
        (Int8Allowance(flips=0.5, auc=0.24), 1.0, False),
        (Int8Allowance(flips=0.5, auc=1.0), 0.5, False),
    ],
)
def test_what_keeps_to_an_allowance(complete: Pair, allowance, share, kept):
    drift = drift_of(complete, [0.9, 0.12, 0.08, 0.02], [0.9, 0.09, 0.11, 0.02], ["mel", "mel", "nv", "nv"])
    assert keeps_to(drift, allowance, share=share) is kept


def test_a_better_auc_and_one_class_lose_nothing(complete: Pair):
    better = drift_of(complete, [0.2, 0.3], [0.3, 0.2], ["mel", "nv"])
    assert better.auc.value == 1.0 and keeps_to(better, Int8Allowance())
    alone = drift_of(complete, [0.2, 0.3], [0.3, 0.2], ["nv", "nv"])
    assert alone.auc.value is None and keeps_to(alone, Int8Allowance())


def test_the_gate_refuses_by_name_and_names_the_cases(complete: Pair):
    drift = drift_of(complete, [0.9] + [0.12] * 8, [0.9] + [0.08] * 8, ["nv", *["mel"] * 8])
    with pytest.raises(ParityError) as caught:
        require_allowed(complete, "student", {"drawn": drift})
    text = str(caught.value)
    assert "melanoma/student in 8 bits" in text and "on drawn 8 of 9 decisions change" in text
    assert "case1, case2, case3, case4, case5 and 3 more" in text and "allows 1.0%" in text


def test_the_gate_lets_through_what_the_card_allows(loose: Pair):
    drift = drift_of(loose, [0.12], [0.08], ["mel"])
    require_allowed(loose, "student", {"drawn": drift})


class Judge:
    """Drifts in the order in which they are asked for."""

    def __init__(self, pair: Pair, flips: list[int]) -> None:
        self.left = [
            drift_of(pair, [0.12] * 20, [0.08] * count + [0.12] * (20 - count), ["mel", "nv"] * 10)
            for count in flips
        ]

    def __call__(self, content: bytes) -> Int8Drift:
        return self.left.pop(0)


def search(pair: Pair, monkeypatch, flips: list[int], *, static_ms: float):
    def times(versions, feeds):
        found = {"float": 1.0, "static": static_ms, "weights": 1.0}
        return {name: Int8Time(median_ms=found.get(name, 1.0), spread=0.0, operators={}) for name in versions}

    monkeypatch.setattr(int8_search, "time_versions", times)
    monkeypatch.setattr(int8_search, "rank_layers", lambda layers, *_, **__: tuple(reversed(layers)))
    entry = pair.network("student")
    feeds = [build_feeds(entry.preprocessing, None, sample_pixels(seed)) for seed in range(3)]
    return search_int8(
        pair.read_served("student"),
        feeds,
        allowance=Int8Allowance(flips=0.11, auc=1.0),
        judge=Judge(pair, flips),
        name="melanoma/student",
    )


def test_slower_activations_leave_only_the_weights(complete: Pair, monkeypatch):
    """Static is judged once to be reported; then weights alone, with one more layer float until they pass."""
    choice = search(complete, monkeypatch, [9, 4, 2, 1], static_ms=1.2)
    assert [(trial.plan, trial.kept, trial.flips) for trial in choice.trials] == [
        ("static", 0, 9),
        ("weights", 0, 4),
        ("weights", 1, 2),
        ("weights", 2, 1),
    ]
    assert choice.plan == "weights" and [trial.accepted for trial in choice.trials] == [False] * 3 + [True]
    layers = list_layers(simplify_graph(complete.read_served("student")))
    assert choice.kept == tuple(reversed(layers))[:2] and choice.layers == len(layers)


def test_faster_activations_are_taken_mixed_where_some_layers_stay_float(complete: Pair, monkeypatch):
    assert search(complete, monkeypatch, [1], static_ms=0.5).plan == "static"
    assert search(complete, monkeypatch, [2, 1], static_ms=0.5).plan == "mixed"


def test_where_no_way_passes_it_is_refused_and_both_were_tried(complete: Pair, monkeypatch):
    with pytest.raises(ParityError, match=r"melanoma/student: in 8 bits it decides more than 5\.5%"):
        search(complete, monkeypatch, [20] * 200, static_ms=0.5)


def test_the_report_of_a_real_search(made: MadeInt8, complete: Pair):
    report = made.report
    assert report.validation.n == VAL and report.sets[DATASET].n == TEST
    assert report.calibrated_on == "8 training pictures"
    assert report.onnx_bytes == len(made.content) < report.float_bytes < report.float32_bytes
    assert set(report.times) == {"float", "static", "weights", "int8"}
    assert report.trials[-1].accepted and report.trials[-1].kept == len(report.kept_float)
    assert "Conv" in report.times["float"].operators
    assert report.faster > 0


def test_written_it_is_served_beside_the_float_network(made: MadeInt8, complete: Pair, tmp_path: Path):
    copied = Pair(complete.card, tmp_path / PAIR)
    copied.folder.mkdir()
    for path in complete.folder.iterdir():
        (copied.folder / path.name).write_bytes(path.read_bytes())
    assert read_int8_report(copied, "student") is None and copied.precisions("student") == ("float",)
    written = write_int8(copied, made)
    assert written.precisions("student") == ("float", "int8")
    assert written.size_bytes("student", "int8") == len(made.content)
    assert read_int8_report(written, "student") == made.report
    case = Case("case", sample_pixels(3), "dermoscopy", "drawn")
    results = [
        predict_case(open_predictor(written, "student", precision=precision), case)
        for precision in written.precisions("student")
    ]
    moved = np.abs(results[0].probs - results[1].probs).max()
    assert 0 < moved < 0.2
    assert results[0].operating_point == results[1].operating_point
    (written.folder / "student.int8.json").write_text("{}")
    with pytest.raises(BundleError, match=r"student\.int8\.json"):
        read_int8_report(written, "student")


def test_without_such_a_file_it_says_so(complete: Pair):
    with pytest.raises(BundleError, match="does not ship in 8 bits"):
        open_predictor(complete, "teacher", precision="int8")
    assert complete.size_bytes("teacher", "int8") == 0


def test_a_set_without_the_pairs_pictures_is_named(complete: Pair, tmp_path: Path):
    other = write_isic2018(tmp_path, first=1000, count=COUNT)
    with pytest.raises(DataError, match="melanoma/student: no training or no validation pictures"):
        make_int8(complete, "student", other)


def test_operators_are_profiled_longest_first(complete: Pair):
    feeds = build_feeds(complete.network("student").preprocessing, None, sample_pixels(0))
    found = profile_operators(complete.read_served("student"), feeds)
    assert list(found.values()) == sorted(found.values(), reverse=True) and found["Conv"] > 0


def test_calibration_pictures_are_training_pictures(loose: Pair, small_data: Path, monkeypatch):
    seen: list[list[str]] = []
    prepare = int8._prepare

    def noted(pair, role, given):
        seen.append([sample.image_id for sample in given])
        return prepare(pair, role, given)

    monkeypatch.setattr(int8, "_prepare", noted)
    monkeypatch.setattr(int8, "search_int8", lambda *_, **__: pytest.fail("reached"))
    with pytest.raises(pytest.fail.Exception):
        make_int8(loose, "student", small_data, calibration=5)
    homes = loose.read("split.json").decode()
    assert len(seen[0]) == 5 and len(seen[1]) == VAL
    for image_id in seen[0]:
        assert f'"{DATASET}/{image_id}": "train"' in homes
