"""Nested tables as one level."""

from __future__ import annotations

from core.tracking import flatten


def test_worked_by_hand():
    tables = {
        "epochs": 3,
        "optimiser": {"lr": 0.1, "name": "adamw"},
        "augment": {"scale": [0.8, 1.0], "none": {}},
        "members": [{"name": "a", "loss": {"gamma": 2.0}}, {"name": "b"}],
        "ema_decay": None,
        "flips": [],
    }
    assert flatten(tables) == {
        "epochs": 3,
        "optimiser.lr": 0.1,
        "optimiser.name": "adamw",
        "augment.scale": "[0.8, 1.0]",
        "augment.none": "{}",
        "members.0.name": "a",
        "members.0.loss.gamma": 2.0,
        "members.1.name": "b",
        "ema_decay": None,
        "flips": "[]",
    }
