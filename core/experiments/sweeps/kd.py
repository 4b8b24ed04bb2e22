"""The sweep over temperature and weight of distillation (MEL Table II), with the same student untaught.

::

    table = plan_kd()
    bench = SweepBench(table, Path("runs"))
    train_runs(bench, plan_runs(table.rows, table.seeds))
    report_sweep(bench)
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.experiments.sweeps.table import TABLES_DIR, SweepTable, check_table, load_table


def plan_kd(
    overrides: Sequence[str] = (), *, seeds: int | None = None, folder: Path = TABLES_DIR
) -> SweepTable:
    """The table as it is to be run.

    Args:
        overrides: ``"key.sub=value"`` each, beside the table's own; the later one counts.
        seeds: runs of each row; the table's number where None.
        folder: of the tables.

    Raises:
        ConfigError: the table cannot be read, or an override does not fit.
    """
    table = load_table("mel_kd", folder)
    return check_table(
        table.model_copy(update={"overrides": (*table.overrides, *overrides), "seeds": seeds or table.seeds})
    )
