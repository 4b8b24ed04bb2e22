from __future__ import annotations

import pytest

from core.figures.point_words import describe_operating_point, title_operating_point
from core.modalities.dermoscopy import DERMOSCOPY
from core.modalities.fundus import FUNDUS
from core.types import Interval, OperatingPoint

RATE = Interval(0.9, 0.81, 0.95, 0.95, 90, "Wilson")
POINT = OperatingPoint("sensitivity_90", 0.12, "validation split, n = 494", RATE, RATE)


@pytest.mark.parametrize(
    ("name", "modality", "title"),
    [
        ("sensitivity_90", DERMOSCOPY, "Catch at least 90 of 100 melanomas"),
        ("specificity_90", DERMOSCOPY, "Leave at least 90 of 100 other lesions alone"),
        ("youden", DERMOSCOPY, "Balance misses and false alarms"),
        ("some_other", DERMOSCOPY, "Some other"),
        ("sensitivity_90", FUNDUS, "Catch at least 90 of 100 cases of referable retinopathy"),
    ],
)
def test_operating_point_titles(name, modality, title) -> None:
    assert title_operating_point(name, modality) == title


def test_operating_point_in_words() -> None:
    text = describe_operating_point(POINT, DERMOSCOPY)
    assert (
        "Threshold 12.0\u00a0%: catches about 90 of 100 melanomas (95\u00a0% limits 81 to 95, n = 90)" in text
    )
    assert "validation split, n = 494" in text
