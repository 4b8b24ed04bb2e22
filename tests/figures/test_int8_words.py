"""What is said of a network in 8 bits follows from its report: faster, not faster, or not told."""

from __future__ import annotations

import pytest

from core.card import IntervalEntry
from core.figures.int8_words import (
    describe_drift,
    describe_int8,
    describe_speed,
    tabulate_drift,
    tabulate_flipped,
    tabulate_times,
    tabulate_trials,
)
from core.int8_card import FlippedCase, Int8Drift, Int8Report, Int8Time, Int8Trial


def interval(value: float | None, low: float, high: float, method: str = "Wilson") -> IntervalEntry:
    return IntervalEntry(value=value, low=low, high=high, level=0.95, n=600, method=method)


DRIFT = Int8Drift(
    title="ISIC 2017, test",
    n=600,
    threshold=0.066,
    flips=interval(2 / 600, 0.001, 0.012),
    calls=interval(0.0, 0.0, 0.006),
    mean=0.001,
    p95=0.004,
    largest=0.011,
    auc=interval(-0.0002, -0.001, 0.0005, "DeLong"),
    flipped=(
        FlippedCase(image_id="ISIC_1", target="nv", float_prob=0.0655, int8_prob=0.0664),
        FlippedCase(image_id="ISIC_2", target="mel", float_prob=0.0671, int8_prob=0.0649),
    ),
)


def time(ms: float, spread: float = 0.05, **operators: float) -> Int8Time:
    return Int8Time(median_ms=ms, spread=spread, operators=operators)


def report(ours: float = 4.0, *, static: float = 5.2, spread: float = 0.05, plan="weights") -> Int8Report:
    return Int8Report(
        pair="melanoma",
        role="student",
        plan=plan,
        made_from="0" * 64,
        layers=51,
        kept_float=("conv_stem", "blocks.0"),
        calibrated_on="128 training pictures",
        chosen_on="validation split, n = 497",
        float32_bytes=6_000_000,
        float_bytes=3_200_000,
        onnx_bytes=1_600_000,
        times={
            "float": time(4.0, spread, Conv=3.5, Slice=0.4),
            "static": time(static, spread, QLinearConv=2.5, QLinearMul=1.0, HardSigmoid=0.5, Slice=0.4),
            "weights": time(4.0, spread, Conv=3.5),
            "int8": time(ours, spread, Conv=3.5),
        },
        rounds=60,
        instructions="AVX512",
        trials=(
            Int8Trial(
                plan="static", kept=0, onnx_bytes=2**20, flips=217, n=497, auc=None, mean=0.13, accepted=False
            ),
            Int8Trial(
                plan="weights", kept=2, onnx_bytes=2**20, flips=1, n=497, auc=1e-4, mean=0.001, accepted=True
            ),
        ),
        validation=DRIFT.model_copy(update={"title": "validation split", "flipped": ()}),
        sets={"isic2017": DRIFT},
        versions={},
    )


def test_sizes_are_told_against_float32_and_against_the_file_that_ships():
    text = describe_int8(report())
    assert "3.8 times less than in float32, 2.0 times less than the file" in text
    assert "2 of 51 layers in float" in text and "128 training pictures" in text


def test_size_not_speed_with_the_operators_that_are_to_blame():
    text = describe_speed(report())
    assert text.startswith("8 bits buy size here, not speed: 1.00 times as fast as in float")
    assert "1.30 times as long: QLinearMul, HardSigmoid" in text and "1.50" in text and "hard swish" in text
    assert "QLinearConv" not in text and "Slice" not in text


def test_faster_says_so_and_blames_nothing():
    text = describe_speed(report(2.0, static=2.0, plan="static"))
    assert text.startswith("It is 2.00 times as fast as in float") and "QLinear" not in text


def test_as_fast_activations_are_not_called_slower():
    text = describe_speed(report(static=4.1))
    assert "not speed" in text and "as long" not in text


def test_a_busy_machine_tells_no_speed():
    assert "speed is not told" in describe_speed(report(2.0, spread=0.4))


def test_decisions_that_change_are_counted_with_limits():
    assert describe_drift(DRIFT).startswith("ISIC 2017, test: 2 of 600 decisions change (0.3")
    rows = tabulate_drift(report())
    assert [row["cases"] for row in rows] == ["validation split", "ISIC 2017, test"]
    assert rows[1]["AUC, difference"] == "−0.0002 (−0.0010 to +0.0005)"


def test_an_undefined_auc_says_why():
    drift = DRIFT.model_copy(update={"auc": interval(None, 0, 0, "undefined: one class only")})
    rows = tabulate_drift(report().model_copy(update={"sets": {"x": drift}}))
    assert rows[1]["AUC, difference"] == "undefined"


def test_every_flipped_case_is_listed_with_both_probabilities():
    assert tabulate_flipped(report()) == [
        {
            "cases": "ISIC 2017, test",
            "image": image,
            "truth": truth,
            "threshold": "0.0660",
            "as trained": before,
            "in 8 bits": after,
        }
        for image, truth, before, after in (
            ("ISIC_1", "nv", "0.0655", "0.0664"),
            ("ISIC_2", "mel", "0.0671", "0.0649"),
        )
    ]


def test_trials_and_times_in_order():
    assert [row["half the allowance"] for row in tabulate_trials(report())] == ["exceeded", "kept"]
    rows = tabulate_times(report())
    assert [row["of float"] for row in rows] == ["1.00", "1.30", "1.00", "1.00"]
    assert rows[0]["longest operators, ms"] == "Conv 3.50, Slice 0.40"


@pytest.mark.parametrize("ours", [3.81, 4.2])
def test_within_five_per_cent_is_not_faster(ours):
    assert "not speed" in describe_speed(report(ours))
