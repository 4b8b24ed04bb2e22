"""Nouns that fit their sentence, whatever the reader counts as positive."""

from __future__ import annotations

import pytest

from core.figures.nouns import capital, case_of, count_of, finding_noun, one, plural, single, state
from core.modalities.dermoscopy import DERMOSCOPY


@pytest.mark.parametrize(
    ("noun", "several"),
    [
        ("melanoma", "melanomas"),
        ("skin cancer", "skin cancers"),
        ("naevus", "naevi"),
        ("benign keratosis", "benign keratoses"),
        ("referable retinopathy", "cases of referable retinopathy"),
        ("eye without referable retinopathy", "eyes without referable retinopathy"),
        ("Bowen's disease", "Bowen's diseases"),
        ("one of the chosen findings", "chosen findings"),
    ],
)
def test_several(noun: str, several: str) -> None:
    assert plural(noun) == several


def test_one_and_a_count() -> None:
    assert single("one of the chosen findings") == "chosen finding"
    assert single("naevus") == "naevus"
    assert count_of(1, "one of the chosen findings") == "1 chosen finding"
    assert count_of(0, "naevus") == "0 naevi"
    assert count_of(1200, "melanoma") == "1,200 melanomas"
    assert count_of(1, "mild retinopathy") == "1 case of mild retinopathy"
    assert count_of(2, "mild retinopathy") == "2 cases of mild retinopathy"
    assert count_of(1, "eye without retinopathy") == "1 eye without retinopathy"


@pytest.mark.parametrize(
    ("noun", "case"),
    [
        ("melanoma", "a melanoma"),
        ("other lesion", "another lesion"),
        ("eye without retinopathy", "an eye without retinopathy"),
        ("referable retinopathy", "a case of referable retinopathy"),
    ],
)
def test_one_with_its_article(noun: str, case: str) -> None:
    assert one(noun) == case


def test_names_of_people_keep_their_capital() -> None:
    assert capital("other Bowen's disease") == "Other Bowen's disease"
    assert finding_noun("Actinic keratosis / Bowen's disease") == "actinic keratosis"
    assert [plural(finding_noun(finding.name)) for finding in DERMOSCOPY.findings] == [
        "melanomas",
        "naevi",
        "basal cell carcinomas",
        "actinic keratoses",
        "benign keratoses",
        "dermatofibromas",
        "vascular lesions",
    ]


def test_a_lesion_is_a_finding_and_an_eye_has_one() -> None:
    assert state("are", "melanoma") == "are melanoma"
    assert state("be", "severe or proliferative retinopathy") == "have severe or proliferative retinopathy"
    assert state("are not", "melanoma") == "are not melanoma"
    assert state("be", "malignancy") == "have malignancy"
    assert state("are", "slice without malignancy") == "are slice without malignancy"
    assert state("are not", "retinopathy") == "do not have retinopathy"
    assert case_of("referable retinopathy") == "case of referable retinopathy"
    assert case_of("one of the chosen findings") == "chosen finding"
