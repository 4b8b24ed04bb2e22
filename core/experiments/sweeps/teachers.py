"""The sweep over the thirteen teachers (MEL Table I).

With ImageNet weights (``"auto"``) every teacher is trained as preset ``mel5`` says. Without (``"none"``) the
table's own overrides make a small re-run from random weights, which shows that all of it works and says
nothing about the order of teachers that start from ImageNet.

::

    table = plan_teachers(pretrained="auto")
    bench = SweepBench(table, Path("runs"))
    train_runs(bench, plan_runs(table.choose_rows(("resnet18",)), table.seeds))
    report_sweep(bench)
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from core.experiments.sweeps.table import TABLES_DIR, SweepTable, check_table, load_table

Start = Literal["auto", "none"]

SEEDS = 3
"""Runs of each teacher that starts from ImageNet weights."""


def plan_teachers(
    *,
    pretrained: Start = "none",
    image_size: int | None = None,
    epochs: int | None = None,
    seeds: int | None = None,
    overrides: Sequence[str] = (),
    folder: Path = TABLES_DIR,
) -> SweepTable:
    """The table as it is to be run.

    Args:
        pretrained: ``"auto"`` takes ImageNet weights from a local file or the hub.
        image_size, epochs: of every teacher; as the table or the preset says where None.
        seeds: runs of each teacher; one for the small re-run and three with ImageNet weights where None.
        overrides: further ones, ``"key.sub=value"`` each; the later one counts.
        folder: of the tables.

    Raises:
        ConfigError: the table cannot be read, or a value does not fit.
    """
    table = load_table("mel_teachers", folder)
    chosen = [] if pretrained == "auto" else list(table.overrides)
    if image_size is not None:
        chosen.append(f"teacher.image_size={image_size}")
    if epochs is not None:
        chosen.append(f"teacher.epochs={epochs}")
    return check_table(
        table.model_copy(
            update={
                "overrides": (*chosen, *overrides),
                "small_notes": () if pretrained == "auto" else table.small_notes,
                "seeds": seeds or (SEEDS if pretrained == "auto" else table.seeds),
            }
        )
    )
