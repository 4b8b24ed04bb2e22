"""``python -m core``: everything the pages do, and everything they stand on, from a terminal."""

from __future__ import annotations

import sys

import typer

from core.cli import (
    ablation,
    activation,
    agreement,
    calibration,
    claims,
    compare,
    data,
    experiments,
    explanations,
    export,
    faithfulness,
    familiarity,
    int8,
    laboratory,
    latency,
    pairs,
    pareto,
    pipeline,
    pointing,
    report,
    score,
    sizes,
    stages,
    thresholds,
    turning,
)
from core.errors import TwinLensError

app = typer.Typer(
    help="TwinLens: a teacher network and its distilled student, side by side. Research use only.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
pairs.add_commands(app)
score.add_commands(app)
calibration.add_commands(app)
compare.add_commands(app)
report.add_commands(app)
thresholds.add_commands(app)
laboratory.add_commands(app)
ablation.add_commands(app)
activation.add_commands(app)
sizes.add_commands(app)
stages.add_commands(app)
latency.add_commands(app)
pareto.add_commands(app)
turning.add_commands(app)
familiarity.add_commands(app)
int8.add_commands(app)
explanations.add_commands(app)
faithfulness.add_commands(app)
agreement.add_commands(app)
pointing.add_commands(app)
export.add_commands(app)
claims.add_commands(app)
app.add_typer(data.app, name="data")
app.add_typer(pipeline.app, name="pipeline")
app.add_typer(experiments.app, name="experiments")


def main() -> None:
    """Run the command line; what a user can cause ends with one clear message and exit code 1."""
    try:
        app()
    except TwinLensError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:  # a full disk, a folder that cannot be written: the user's to mend, not a defect
        print(f"error: {error.filename or 'file'}: {error.strerror or error}", file=sys.stderr)
        sys.exit(1)
