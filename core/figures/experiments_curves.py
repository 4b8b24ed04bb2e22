"""Training curves of one experiment from every seed, with the overfitting gap at their end named."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.figures.experiments_words import describe_gap
from core.figures.palette import RULE
from core.figures.wording import signed
from core.types import EpochPoint, ExperimentRun, MeasuredExperiment

_TRAIN, _VAL = "#2A87C2", "#D55E00"
_HEIGHT = 340
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x")


def plot_curves(measured: MeasuredExperiment) -> go.Figure:
    """Draw training loss (dashes) and validation loss (solid) of every seed, and the gap where they end.

    Each seed has a symbol of its own; the thick lines are means over the seeds of as many epochs.
    """
    figure = go.Figure()
    alone = len(measured.runs) == 1
    for place, run in enumerate(measured.runs):
        symbol = _SYMBOLS[place % len(_SYMBOLS)]
        _add_line(figure, run.curve, "train", f"training, seed {run.seed}", symbol, strong=alone)
        _add_line(figure, run.curve, "val", f"validation, seed {run.seed}", symbol, strong=alone)
    mean = mean_curve(measured.runs)
    if mean:
        if not alone:
            _add_line(figure, mean, "train", "training, mean", None, strong=True)
            _add_line(figure, mean, "val", "validation, mean", None, strong=True)
        _mark_gap(figure, mean[-1])
    figure.update_layout(
        height=_HEIGHT,
        margin={"l": 48, "r": 92, "t": 8, "b": 44},
        showlegend=False,
        dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={
            "title": {"text": "epoch", "font": {"size": 12}},
            "dtick": 1 if len(mean) <= 12 else 5,
            "fixedrange": True,
            "gridcolor": RULE,
            "griddash": "dot",
            "zeroline": False,
        },
        yaxis={
            "title": {"text": "loss (cross-entropy)", "font": {"size": 12}},
            "fixedrange": True,
            "gridcolor": RULE,
            "griddash": "dot",
            "zeroline": False,
        },
    )
    return figure


def mean_curve(runs: Sequence[ExperimentRun]) -> tuple[EpochPoint, ...]:
    """Mean over the runs, as far as all of them have epochs."""
    lengths = [len(run.curve) for run in runs]
    count, n = min(lengths, default=0), len(runs)
    return tuple(
        EpochPoint(
            epoch=runs[0].curve[place].epoch,
            train_loss=sum(run.curve[place].train_loss for run in runs) / n,
            val_loss=sum(run.curve[place].val_loss for run in runs) / n,
            train_accuracy=sum(run.curve[place].train_accuracy for run in runs) / n,
            val_accuracy=sum(run.curve[place].val_accuracy for run in runs) / n,
        )
        for place in range(count)
    )


def describe_curves(measured: MeasuredExperiment, name: str) -> str:
    """The figure in words: losses at the first and the last epoch of every seed, and the gap."""
    parts = [
        f"seed {run.seed}: training loss {run.curve[0].train_loss:.3f} to {run.curve[-1].train_loss:.3f}, "
        f"validation loss {run.curve[0].val_loss:.3f} to {run.curve[-1].val_loss:.3f}"
        for run in measured.runs
        if run.curve
    ]
    return f"Training curves of {name}. {'; '.join(parts)}. {describe_gap(measured).replace('**', '')}"


def _add_line(
    figure: go.Figure, curve: Sequence[EpochPoint], part: str, name: str, symbol: str | None, *, strong: bool
) -> None:
    colour = _TRAIN if part == "train" else _VAL
    figure.add_trace(
        go.Scatter(
            name=name,
            x=[point.epoch for point in curve],
            y=[point.train_loss if part == "train" else point.val_loss for point in curve],
            mode="lines" if symbol is None else "lines+markers",
            opacity=1.0 if strong else 0.6,
            line={
                "color": colour,
                "width": 3.5 if strong else 1.5,
                "dash": "dash" if part == "train" else "solid",
            },
            marker=None if symbol is None else {"size": 7, "symbol": symbol, "color": colour},
            hovertemplate=f"{name}: %{{y:.3f}}<extra></extra>",
        )
    )


def _mark_gap(figure: go.Figure, last: EpochPoint) -> None:
    """A bar from the training to the validation loss right of the last epoch, with its size."""
    figure.add_shape(
        type="line",
        name="gap",
        x0=1.02,
        x1=1.02,
        xref="paper",
        y0=last.train_loss,
        y1=last.val_loss,
        line={"color": _VAL, "width": 4},
    )
    upper = last.val_loss >= last.train_loss
    for text, y, anchor in (
        (f"validation<br>{last.val_loss:.3f}", last.val_loss, "bottom" if upper else "top"),
        (f"training<br>{last.train_loss:.3f}", last.train_loss, "top" if upper else "bottom"),
    ):
        _write(figure, text, y, anchor)
    _write(figure, f"<b>gap {signed(last.gap)}</b>", (last.val_loss + last.train_loss) / 2, "middle")


def _write(figure: go.Figure, text: str, y: float, anchor: str) -> None:
    figure.add_annotation(
        text=text,
        xref="paper",
        x=1.03,
        y=y,
        xanchor="left",
        yanchor=anchor,
        yshift={"bottom": 8, "top": -8, "middle": 0}[anchor],
        align="left",
        showarrow=False,
        font={"size": 12},
    )
