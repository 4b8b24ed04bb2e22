"""Sentences about checks are true of their numbers, and say why a map is hidden."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import get_args

import pytest

from core.figures.trust_words import (
    CHECK_TITLES,
    TRUST_MARKS,
    describe_check,
    describe_trust,
    explain_hiding,
    title_trust,
)
from core.figures.wording import LIMITS
from core.trust import judge_faithfulness, judge_learned, judge_stability
from core.types import CheckName, Interval, Trust, TrustCheck, TrustState
from tests.trust_factory import make_faithfulness

RANDOM = (-0.1, -0.02, 0.02, 0.1)
SOUND = TrustCheck("not_degenerate", "holds", math.nan, math.nan)
SPOT = TrustCheck("planted_spot", "holds", math.nan, math.nan)


def make_trust(gap: float = 0.153, rho: float = 0.78, alike: float = 0.1) -> Trust:
    curves = make_faithfulness(gap, RANDOM)
    stability = (("mirrored left to right", 0.95), ("slightly noisy", rho))
    checks = (
        SOUND,
        SPOT,
        judge_faithfulness(curves),
        judge_stability(stability),
        judge_learned(Interval(alike, alike - 0.05, alike + 0.05, 0.95, 40, "bootstrap")),
    )
    return Trust(checks, curves, stability)


def test_every_state_and_check_has_a_title() -> None:
    assert {title_trust(state) for state in get_args(TrustState)} == {
        "Passed every check",
        "Not shown to be right",
        "Failed a check",
    }
    assert set(TRUST_MARKS) == set(get_args(TrustState)) and len(set(TRUST_MARKS.values())) == 3
    assert set(CHECK_TITLES) == set(get_args(CheckName))


def test_a_map_that_passes_is_described_with_its_numbers() -> None:
    trust = make_trust()
    assert trust.state == "holds" and explain_hiding(trust) == ""
    assert describe_trust(trust, finding="melanoma") == (
        "The map marks some places more than others.",
        "In test networks that answer by a red spot, the method marks that spot.",
        "With only the marked places shown, melanoma is 15.3 percentage points more probable than with only "
        "the others shown, on average over how much counts as marked; that is more than with any of 4 random "
        "orders of places (+10.0 at most).",
        "The map stays much the same when the picture hardly changes: ρ = 0.78 with the picture slightly "
        "noisy (1 is the same order of places, 0 none).",
        "With the network's weights shuffled, such maps come out different: ρ = 0.10 over 40 held-out "
        f"pictures ({LIMITS} 0.05 to 0.15).",
    )


def test_a_map_that_fails_is_hidden_for_what_it_failed() -> None:
    trust = make_trust(gap=-0.2, rho=-0.15, alike=0.8)
    assert trust.state == "fails"
    text = " ".join(describe_trust(trust, finding="melanoma"))
    assert "20.0 percentage points less probable" in text
    assert "worse than with any of 4 random orders of places (−10.0 at worst)" in text
    assert "becomes another one" in text and "ρ = −0.15" in text
    assert "look much the same: ρ = 0.80" in text
    assert explain_hiding(trust) == (
        "Hidden, because what it marks counts less for the answer than places picked at random, it becomes "
        "another map when the picture hardly changes and it hardly depends on what the network learned. A "
        "picture like this would mislead more than it shows."
    )


def test_what_is_not_shown_says_why() -> None:
    trust = make_trust(gap=0.05, rho=0.4, alike=0.5)
    assert trust.state == "unshown" and explain_hiding(trust) == ""
    text = " ".join(describe_trust(trust, finding="melanoma"))
    assert "random orders of places give −10.0 to +10.0, so that chance would do as well" in text
    assert "changes more than it should" in text and "keep some of their order: ρ = 0.50" in text
    flat = make_faithfulness(0.001, [0.0, 0.0005], low=0.3, high=0.31)
    still = Trust((judge_faithfulness(flat),), flat, ())
    assert describe_trust(still, finding="melanoma") == (
        "Whether the map marks what counts for melanoma is not shown: the probability moves by 1.0 "
        "percentage points at most, whatever is taken away.",
    )
    assert "is not shown: not measured for this network." in describe_check(
        judge_learned(None), trust, finding="melanoma"
    )


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (replace(SOUND, state="fails", reason="is the same everywhere"), "The map is the same everywhere."),
        (replace(SOUND, state="unshown", reason="the map is empty"), "The map is empty:"),
        (replace(SPOT, state="fails"), "marks another place"),
        (
            TrustCheck("stable", "unshown", math.nan, 0.5, "the map is empty"),
            "is not shown: the map is empty.",
        ),
        (TrustCheck("faithful", "unshown", math.nan, math.nan, "the map is empty"), "not shown: the map is"),
    ],
)
def test_maps_without_an_order_and_methods_that_miss(check: TrustCheck, words: str) -> None:
    trust = Trust((check,), None, ())
    assert words in describe_check(check, trust, finding="melanoma")
    assert bool(explain_hiding(trust)) == (check.state == "fails")


def test_what_was_not_tried_is_a_sentence_of_its_own() -> None:
    check = judge_stability((("slightly noisy", 0.9),))
    text = describe_check(check, Trust((check,), None, (("slightly noisy", 0.9),)), finding="melanoma")
    assert text.endswith("Only the picture made slightly noisy was tried, as the method is slow.")


def test_no_minus_before_what_rounds_to_nothing() -> None:
    check = judge_stability((("slightly noisy", -0.001),))
    text = describe_check(check, Trust((check,), None, (("slightly noisy", -0.001),)), finding="melanoma")
    assert "ρ = 0.00" in text
