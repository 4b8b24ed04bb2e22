"""The papers that ship: every error that the list of sources names comes out of a check."""

from __future__ import annotations

import pytest

from core.claims.files import TEMPLATE, check_paper, list_papers, load_paper, read_paper
from core.types import CheckedClaim

FOUND = {claim.id: claim for code in list_papers() for claim in check_paper(load_paper(code)).claims}

# What the list's last section says does not add up, with figures that must stand in the working.
CONTRADICTED = {
    "dr-test-share": ("20.0 %", "549"),
    "dr-strata": ("361.3", "38.6"),
    "dr-swapped": ("ms on i5", "ms on i7"),
    "dr-speedup": ("28", "15", "594", "763"),
    "dr-mlp-text": ("1,024", "128"),
    "dr-imbalance": ("6.12", "9.35"),
    "mel-student-size": ("5.84",),
    "ct-public-set": ("1,097", "-1,000"),
    "ct-light-full": ("134,272,835", "85,800,963"),
    "ct-leakage": ("1 in 10^174",),
    "dmn-batch": ("219", "64", "128"),
    "dmn-leakage": ("21", "2,545"),
}
EXPLAINED = {
    "mel-specificity": ("29.4 %", "63.4 %", "9 of 167"),
    "mel-best-teacher": ("0.01435",),
    "mel-best-setting": ("0.0146",),
    "mel-four-settings": ("4 of 4",),
    "mel-teacher-student": ("0.003",),
    "dmn-smoothing": ("0.9143", "0.0143"),
    "ct-malignant-share": ("51.1 %", "1,000"),
}


def working(claim: CheckedClaim) -> str:
    return " ".join([claim.words, *(f"{line.what} {line.sum} {line.gives}" for line in claim.steps)])


@pytest.mark.parametrize("name", CONTRADICTED)
def test_what_does_not_add_up_is_contradicted(name: str) -> None:
    assert FOUND[name].verdict == "contradicted"
    assert [figure for figure in CONTRADICTED[name] if figure not in working(FOUND[name])] == []


@pytest.mark.parametrize("name", EXPLAINED)
def test_what_needs_an_explanation_gets_one(name: str) -> None:
    assert FOUND[name].verdict == "not_verifiable"
    assert [figure for figure in EXPLAINED[name] if figure not in working(FOUND[name])] == []


def test_the_mended_readings_hold() -> None:
    for name in ("dr-mlp-figure", "ct-light-pooled", "dmn-batch-mended", "dmn-smoothing-mended", "ct-origin"):
        assert FOUND[name].verdict == "consistent"


def test_all_thirteen_teachers_have_the_printed_size_counted_one_way() -> None:
    claim = FOUND["mel-table1-sizes"]
    assert claim.verdict == "consistent" and "all 13 sizes: 32-bit numbers" in claim.words
    assert len(claim.steps) == 13


def test_every_paper_has_claims_that_hold_and_claims_that_do_not() -> None:
    assert list_papers() == ("CT", "DMN", "DR", "MEL")
    for code in list_papers():
        counts = check_paper(load_paper(code)).counts
        assert counts["consistent"] > 5 and counts["contradicted"] and sum(counts.values()) >= 12


def test_the_template_reads_and_shows_every_verdict() -> None:
    assert {claim.verdict for claim in check_paper(read_paper(TEMPLATE)).claims} == {
        "consistent",
        "contradicted",
        "not_verifiable",
    }
