"""Pairs whose held-out cases are odd: what a page or a command may meet, and a figure has no value for."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from core.bundle import PREDICTIONS_NAME, load_pair, save_pair
from tests.pair_factory import PAIR

Change = Callable[[pd.DataFrame], pd.DataFrame]

ODD: Mapping[str, Change] = {
    "no control": lambda table: table[table["role"] != "control"],
    "no positive case to report": lambda table: table[(table["split"] == "val") | (table["target"] != "mel")],
    "no positive case to choose on": lambda table: table[
        (table["split"] != "val") | (table["target"] != "mel")
    ],
    "every probability the same": lambda table: table.assign(positive_prob=0.3),
    "certain of everything": lambda table: table.assign(positive_prob=(table["target"] == "mel") * 1.0),
    "two cases": lambda table: pd.concat(
        [table[table["split"] == "val"], table[table["split"] == "test"].groupby("role").head(2)]
    ),
    "one group": lambda table: table.assign(group="all one patient"),
}
"""Name to what is done to the held-out predictions of a complete pair."""


def build_odd_models(name: str, models: Path, folder: Path) -> Path:
    """Save the pair under ``models`` again under ``folder``, its held-out predictions changed."""
    pair = load_pair(PAIR, models)
    buffer = io.BytesIO()
    ODD[name](pair.predictions()).to_parquet(buffer, index=False)
    files = {file: pair.read(file) for file in pair.card.files} | {PREDICTIONS_NAME: buffer.getvalue()}
    save_pair(pair.card, files, folder)
    return folder
