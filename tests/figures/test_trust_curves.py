"""The curves carry what was measured, tell nothing by colour alone, and say the same in words."""

from __future__ import annotations

import numpy as np
import pytest

from core.figures.palette import ROLE_COLOURS, ROLE_DASHES, ROLE_SYMBOLS
from core.figures.trust_curves import describe_faithfulness, plot_faithfulness
from tests.trust_factory import make_faithfulness

CURVES = make_faithfulness(0.2, (-0.1, 0.05, 0.1))


@pytest.mark.parametrize("arrangement", ["row", "column"])
@pytest.mark.parametrize("role", ["teacher", "student"])
def test_both_curves_lie_over_the_band_of_the_random_ones(role, arrangement) -> None:
    figure = plot_faithfulness(CURVES, role=role, finding="melanoma", arrangement=arrangement)
    band, deletion, other_band, insertion = figure.data
    assert list(deletion.x) == list(insertion.x) == list(CURVES.shares)
    assert list(deletion.y) == list(CURVES.deletion) and list(insertion.y) == list(CURVES.insertion)
    for trace, randoms in ((band, CURVES.random_deletion), (other_band, CURVES.random_insertion)):
        assert list(trace.y[:3]) == list(randoms.max(0)) and list(trace.y[3:]) == list(randoms.min(0)[::-1])
    assert (deletion.xaxis, insertion.xaxis) == ("x", "x2")
    for curve in (deletion, insertion):
        assert curve.line.color == ROLE_COLOURS[role] and curve.line.dash == ROLE_DASHES[role]
        assert curve.marker.symbol == ROLE_SYMBOLS[role]
    assert [trace.name for trace in figure.data if trace.showlegend] == ["3 random orders", "this map"]


def test_both_panels_share_one_scale_of_probability_that_holds_everything_drawn() -> None:
    figure = plot_faithfulness(CURVES, role="student", finding="melanoma")
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range
    low, high = figure.layout.yaxis.range
    assert low < 0 and high > max(CURVES.random_deletion.max(), CURVES.insertion.max())
    small = plot_faithfulness(
        make_faithfulness(0.01, (-0.005, 0.005), low=0.0, high=0.05), role="student", finding="melanoma"
    )
    assert small.layout.yaxis.range[1] < 0.06 and small.layout.yaxis.tickformat == ".1%"


def test_panels_stand_side_by_side_or_one_above_the_other_and_never_overlap() -> None:
    row = plot_faithfulness(CURVES, role="student", finding="melanoma").layout
    column = plot_faithfulness(CURVES, role="student", finding="melanoma", arrangement="column").layout
    assert row.xaxis.domain[1] < row.xaxis2.domain[0] and row.yaxis.domain == row.yaxis2.domain
    assert column.yaxis.domain[0] > column.yaxis2.domain[1] and column.xaxis.domain == column.xaxis2.domain


def test_the_words_give_ends_way_and_averages() -> None:
    text = describe_faithfulness(CURVES, role="student", finding="melanoma").replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert "Probability of melanoma in the student" in text and "against 3 random orders." in text
    assert "blurred away first, it goes from 90.0 % to 10.0 %" in text
    assert "Given back first, it goes from 10.0 % to 90.0 %" in text
    assert "30.0 % at 50.0 % (random orders 40.0 % to 60.0 %)" in text
    assert "the lower the better, it is 40.0 %, with random orders 45.0 % to 55.0 %" in text
    assert "the higher the better, it is 60.0 %, with random orders 45.0 % to 55.0 %" in text
    assert np.isclose(CURVES.deletion_auc, 0.4) and np.isclose(CURVES.insertion_auc, 0.6)
