"""One sum of every kind of check, worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.claims.areas import area_error
from core.claims.base import CHECKS
from core.claims.checks.best_of import expected_lead, expected_maximum
from core.claims.checks.specificity_at_sensitivity import least_specificity
from core.types import CheckOutcome


def outcome(name: str, **keys: Any) -> CheckOutcome:
    kind = CHECKS.get(name)
    return kind.function(kind.arguments.model_validate(keys))


def gives(found: CheckOutcome) -> str:
    return " | ".join(f"{line.what}: {line.sum} = {line.gives}" for line in found.steps)


def test_total() -> None:
    assert outcome("total", parts={"a": 3, "b": 4}, total=7).verdict == "consistent"
    assert outcome("total", parts={"a": 3, "b": 4}, total=8).verdict == "contradicted"
    rounded = outcome("total", parts={"a": "33 %", "b": "33 %", "c": "33 %"}, total="100 %")
    assert rounded.verdict == "consistent"  # three thirds, each rounded: .975 to 1.005 may be 1


def test_ratio_names_what_was_meant() -> None:
    found = outcome("ratio", over=10, under=4, claimed="3.3", alternatives={"ten thirds": [10, 3]})
    assert found.verdict == "contradicted" and "3.3 is the ratio of: ten thirds" in found.words
    assert outcome("ratio", over=10, under=4, claimed="2.5").verdict == "consistent"
    assert (
        outcome("ratio", over="10", under="4", claimed="3.2").verdict == "contradicted"
    )  # at most 10.5 / 3.5
    assert outcome("ratio", over="10", under="4", claimed="2.9").verdict == "consistent"
    assert outcome("ratio", over=1113, under=10015, claimed="11.1 %").verdict == "consistent"


def test_text_against_table_finds_the_swap() -> None:
    table = {"i7": "21.2", "i5": "49.1", "GFLOPs": "1.9"}
    found = outcome("text_against_table", text={"i7": "49", "GFLOPs": "21.2"}, table=table)
    assert found.verdict == "contradicted"
    assert "the table has that for: i5" in found.words and "the table has that for: i7" in found.words
    assert outcome("text_against_table", text={"i7": "21"}, table=table).verdict == "consistent"


def test_speedup() -> None:
    keys = {"claimed": ["36", "40"], "milliseconds": {"i7": "21.2"}}
    found = outcome("speedup", **keys, by_table={"i7": "28"})
    assert found.verdict == "contradicted" and "763 to 848 ms" in gives(found)  # 36 and 40 times 21.2
    assert outcome("speedup", **keys, slower_milliseconds={"i7": "800"}).verdict == "consistent"  # 37.7
    assert outcome("speedup", **keys).verdict == "not_verifiable"


def test_batches() -> None:
    found = outcome("batches", images=7007, batches=[32, 64], steps=[110, 55])
    assert found.verdict == "contradicted" and "219" in found.words and "128 to 129" in found.words
    assert outcome("batches", images=100, batches=[30], steps=[3]).verdict == "consistent"
    assert outcome("batches", images=100, batches=[30], steps=[4]).verdict == "consistent"


def test_label_smoothing() -> None:
    keys = {"classes": 7, "smoothing": 0.1}
    assert (
        outcome("label_smoothing", **keys, true_class=".914", other_classes=".0143").verdict == "consistent"
    )
    assert outcome("label_smoothing", **keys, true_class=".9").verdict == "consistent"  # .9 is .85 to .95
    assert outcome("label_smoothing", **keys, true_class=".900").verdict == "contradicted"
    assert outcome("label_smoothing", **keys).computed == "0.9143 and 0.0143"


def test_layer_chain() -> None:
    keys = {"input_shape": [32, 32], "joined": 1536, "beside": 1408}
    assert outcome("layer_chain", widths=[1024, 512, 128], **keys).verdict == "consistent"
    found = outcome("layer_chain", widths=[100, 128, 1024], **keys)
    assert (
        found.verdict == "contradicted" and "1,024 numbers" in found.words and "128 are taken" in found.words
    )


def test_layer_weights() -> None:
    # 3 x 8 x 9 + 8 = 224 and 4 x 2 + 2 = 10; twice 234 is 468
    found = outcome(
        "layer_weights", base=["conv 3 8 3", "linear 4 2"], candidates={"a": ["norm 234"]}, claimed="2"
    )
    assert found.verdict == "consistent" and "468 / 234" in gives(found)
    both = {"a": ["norm 234"], "b": ["norm 351"]}
    assert (
        outcome("layer_weights", base=["norm 117"], candidates=both, claimed="2").verdict == "not_verifiable"
    )
    assert outcome("layer_weights", base=["norm 117"], candidates=both, claimed="7").verdict == "contradicted"


def test_whole_cases() -> None:
    assert outcome("whole_cases", shares={"a": "96.4 %"}, cases={"a": 150}).verdict == "contradicted"  # 144.6
    assert outcome("whole_cases", shares={"a": "96.7 %"}, cases={"a": 150}).computed == "145 of 150"
    cut = outcome("whole_cases", shares={"a": "98.09 %"}, cases={"a": 420})
    assert cut.verdict == "consistent" and "Cut, not rounded: 412 of 420 is 98.095 %" in cut.words


def test_class_table() -> None:
    rows = [
        {"name": "a", "precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 10},
        {"name": "b", "precision": 0.8, "recall": 0.8, "f1": 0.8, "support": 30},
    ]
    found = outcome("class_table", figure="accuracy", classes=rows, accuracy=0.72)
    assert found.verdict == "consistent" and found.computed == "0.725"  # (5 + 24) / 40
    assert (
        outcome("class_table", figure="macro_f1", classes=rows, macro_f1=0.7).verdict == "contradicted"
    )  # .65
    rows[0]["f1"] = 0.6
    assert outcome("class_table", figure="f1", classes=rows).verdict == "contradicted"
    share = {"source_counts": [100, 300], "test_share": 0.15}
    assert (
        outcome("class_table", figure="test_share", classes=rows, **share).verdict == "contradicted"
    )  # 10 %


def test_published_summary() -> None:
    found = outcome("published_summary", published="ct", figure="missed")
    assert found.verdict == "consistent" and found.computed == "98.21 %"  # 110 of 112
    assert "(112 + 1) / 420 x 2,097 - 561 = 3" in gives(
        outcome("published_summary", published="ct", figure="share")
    )


def test_network_bytes() -> None:
    # ResNet-18 with one output: 11,177,025 weights of 4 bytes are 42.64 MiB, 44.7 million bytes
    assert outcome("network_bytes", sizes={"resnet18": "42.7"}, outputs=1).verdict == "consistent"
    assert outcome("network_bytes", sizes={"resnet18": "44.7"}, outputs=1).verdict == "consistent"
    assert outcome("network_bytes", sizes={"resnet18": "40.0"}, outputs=1).verdict == "contradicted"
    # Each fits one way of counting, no way fits both.
    mixed = {"resnet18": "42.7", "resnet34": "85.1"}
    assert outcome("network_bytes", sizes=mixed, outputs=1).verdict == "contradicted"


def test_built_network() -> None:
    found = outcome("built_network", quantity="parameters", networks={"resnet18": "11 M"}, outputs=7)
    assert found.verdict == "consistent" and found.computed == "11,180,103"  # 11,176,512 + 7 x 513
    wrong = outcome(
        "built_network", quantity="feature_channels", networks={"efficientnet_b2": 1536}, outputs=5
    )
    assert wrong.verdict == "contradicted" and "1,408" in wrong.words


def test_work_above_what_was_counted_is_not_verifiable_and_below_it_contradicted() -> None:
    keys = {"quantity": "gflops", "outputs": 5}  # EfficientNet-B2 at 224 pixels: .6576 and 1.315
    assert outcome("built_network", networks={"efficientnet_b2": "0.66"}, **keys).verdict == "consistent"
    assert outcome("built_network", networks={"efficientnet_b2": "1.9"}, **keys).verdict == "not_verifiable"
    assert outcome("built_network", networks={"efficientnet_b2": "0.3"}, **keys).verdict == "contradicted"


def test_smaller_network() -> None:
    keys = {"heavier": "vit_base_patch16_224", "outputs": 3}
    found = outcome("smaller_network", lighter="vgg16", **keys)
    assert found.verdict == "contradicted" and "134,272,835 / 85,800,963" in gives(found)
    assert outcome("smaller_network", lighter="vgg16_gap", **keys).verdict == "consistent"


def test_the_error_of_an_area_is_hanley_and_mcneil_s() -> None:
    # Their formula by hand for A = .8 with 2 positives and 3 negatives: Q1 = .6667, Q2 = .7111;
    # (.16 + 1 x .02667 + 2 x .07111) / 6 = .05481, whose root is .2341.
    assert area_error(0.8, 2, 3) == pytest.approx(0.2341, abs=1e-4)


def test_auc_difference() -> None:
    keys = {"better": ".921", "cases": [167, 1335]}
    assert outcome("auc_difference", others={"a": ".916"}, **keys).verdict == "not_verifiable"
    assert outcome("auc_difference", others={"a": ".766"}, **keys).verdict == "consistent"
    assert outcome("auc_difference", others={"a": ".930"}, **keys).verdict == "contradicted"


def test_best_of() -> None:
    keys = {"cases": [167, 1335], "best": "a"}
    assert outcome("best_of", areas={"a": ".924", "b": ".917"}, **keys).verdict == "not_verifiable"
    assert outcome("best_of", areas={"a": ".924", "b": ".800"}, **keys).verdict == "consistent"
    assert outcome("best_of", areas={"a": ".917", "b": ".924"}, **keys).verdict == "contradicted"
    # The larger of two standard normal numbers: 1 / sqrt(pi) on average, and twice that ahead of the other.
    assert expected_maximum(2) == pytest.approx(np.pi**-0.5, abs=1e-6)
    assert expected_lead(2) == pytest.approx(2 * np.pi**-0.5, abs=1e-6)
    draws = np.sort(np.random.default_rng(0).standard_normal((100_000, 13)))
    assert expected_maximum(13) == pytest.approx(draws[:, -1].mean(), abs=0.01)
    assert expected_lead(13) == pytest.approx((draws[:, -1] - draws[:, -2]).mean(), abs=0.01)


def test_specificity_at_sensitivity() -> None:
    keys = {"sensitivity": 0.95, "positives": 167}
    found = outcome("specificity_at_sensitivity", auc=".92", specificity="0 %", **keys)
    assert found.verdict == "not_verifiable" and "9 of 167 positives" in found.words
    # Ties counted half allow at most (1 + .95) / 2 = .975 with specificity 0.
    assert outcome("specificity_at_sensitivity", auc="0.990", specificity=0, **keys).verdict == "contradicted"
    assert (
        outcome("specificity_at_sensitivity", auc="0.92", specificity="63 %", **keys).verdict == "consistent"
    )
    assert (
        outcome("specificity_at_sensitivity", auc="0.80", specificity="95 %", **keys).verdict
        == "contradicted"
    )


@pytest.mark.parametrize(("area", "sensitivity"), [(0.92, 0.95), (0.97, 0.95), (0.7, 0.9), (0.99, 0.8)])
def test_no_curve_without_dents_beats_the_bound(area: float, sensitivity: float) -> None:
    """Curves of two straight lines through the bound's point have at most the area, on every such line."""
    bound = least_specificity(area, sensitivity)
    best = 0.0
    for slope in np.linspace(0.001, 60, 60_000):
        line = np.clip(sensitivity + slope * (np.linspace(0, 1, 401) - (1 - bound)), None, 1.0)
        if line[-1] >= 1 - 1e-9 and line[0] >= -1e-9:
            best = max(
                best,
                float(
                    np.trapezoid(line, dx=1 / 400) if hasattr(np, "trapezoid") else np.trapz(line, dx=1 / 400)
                ),
            )
    assert best == pytest.approx(area, abs=2e-3)


def test_proportion_difference() -> None:
    # 50 % and 40 % of 100: 10 cases apart, 10 to 90 of them answered by one alone; z = 10 / sqrt(90) = 1.05.
    found = outcome("proportion_difference", higher=0.5, lower=0.4, cases=100)
    assert found.verdict == "not_verifiable" and "= 1.05" in gives(found) and "= 3.16" in gives(found)
    assert outcome("proportion_difference", higher="41 %", lower="0 %", cases=223).verdict == "consistent"
    assert outcome("proportion_difference", higher="30 %", lower="41 %", cases=223).verdict == "contradicted"


def test_pooled_recall() -> None:
    supports = {"mel": 60, "bcc": 40}
    both = {"run": {"group": "62 %", "mel": "70 %", "bcc": "50 %"}}  # (42 + 20) / 100
    assert outcome("pooled_recall", supports=supports, runs=both).verdict == "consistent"
    one = {"run": {"group": "62 %", "mel": "70 %"}}  # 42 to 82 %
    assert outcome("pooled_recall", supports=supports, runs=one).verdict == "not_verifiable"
    low = {"run": {"group": "30 %", "mel": "70 %"}}
    assert outcome("pooled_recall", supports=supports, runs=low).verdict == "contradicted"
    high = {"run": {"group": "95 %", "mel": "70 %"}}
    found = outcome("pooled_recall", supports=supports, runs=high)
    assert found.verdict == "consistent" and "call of the group" in found.words


def test_random_division() -> None:
    keys = {"parts": {"training": 50, "test": 50}, "measured_on": "a toy"}
    # Four pairs in two halves: each stays together with a chance of 1 / 2, all with 1 / 16.
    found = outcome("random_division", groups={"2": 4}, **keys)
    assert found.verdict == "not_verifiable" and found.computed == "chance 6.2 %"
    assert outcome("random_division", groups={"2": 20}, **keys).verdict == "contradicted"  # 2^-20
    assert outcome("random_division", groups={"1": 100}, **keys).verdict == "consistent"
    assert outcome("random_division", images=100, distinct=80, **keys).verdict == "contradicted"
    crossed = outcome("random_division", groups={"2": 4}, crossings=3, reported_cases=50, **keys)
    assert crossed.verdict == "contradicted" and "3 of 50" in crossed.words
