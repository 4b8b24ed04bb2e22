from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.figures.probabilities import describe_probabilities, plot_probabilities, rank_findings
from core.figures.wording import of_100, percent
from core.modalities.dermoscopy import DERMOSCOPY
from core.modalities.fundus import FUNDUS
from core.types import Interval, OperatingPoint, Prediction

RATE = Interval(0.9, 0.8, 0.95, 0.95, 100, "Wilson")
PROBS = np.array([0.10, 0.50, 0.02, 0.03, 0.30, 0.049, 0.001])


@pytest.fixture
def prediction() -> Prediction:
    point = OperatingPoint("sensitivity_90", 0.12, "validation split", RATE, RATE)
    return Prediction(
        "melanoma",
        "teacher",
        DERMOSCOPY.classes,
        np.log(PROBS).astype(np.float32),
        PROBS,
        0.1,
        point,
        flagged=False,
        network_ms=1.0,
    )


def test_positive_finding_first_then_by_probability(prediction) -> None:
    assert [finding.code for finding, _ in rank_findings(prediction, DERMOSCOPY)] == [
        "mel",
        "nv",
        "bkl",
        "df",
        "akiec",
        "bcc",
        "vasc",
    ]


def test_grades_keep_their_order(prediction) -> None:
    graded = replace(prediction, classes=FUNDUS.classes, probs=np.array([0.1, 0.5, 0.2, 0.15, 0.05]))
    assert [finding.code for finding, _ in rank_findings(graded, FUNDUS)] == list(FUNDUS.classes)


def test_bars_carry_every_value_and_the_threshold(prediction) -> None:
    figure = plot_probabilities(prediction, DERMOSCOPY)
    assert list(figure.data[1].x) == pytest.approx([0.10, 0.50, 0.30, 0.049, 0.03, 0.02, 0.001])
    texts = [annotation.text for annotation in figure.layout.annotations]
    assert texts[:4] == ["<b>Melanoma</b>", "<b>10.0\u00a0%</b>", "Naevus", "50.0\u00a0%"]
    assert {shape.x0 for shape in figure.layout.shapes} == {0.12}
    assert figure.data[1].marker.color[0] != figure.data[1].marker.color[1]


def test_text_twin_names_every_class(prediction) -> None:
    text = describe_probabilities(prediction, DERMOSCOPY)
    assert text.startswith("Probabilities by the teacher: Melanoma 10.0\u00a0%, Naevus 50.0\u00a0%")
    assert all(finding.name in text for finding in DERMOSCOPY.findings)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0.0\u00a0%"),
        (1e-5, "<\u00a00.1\u00a0%"),
        (0.1234, "12.3\u00a0%"),
        (0.99999, ">\u00a099.9\u00a0%"),
        (1.0, "100.0\u00a0%"),
    ],
)
def test_percent_never_rounds_to_certainty(share, text) -> None:
    assert percent(share) == text


def test_natural_frequency() -> None:
    assert of_100(0.9) == "90 of 100"
    assert of_100(float("nan")) == "an unknown number of 100"
