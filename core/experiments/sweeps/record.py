"""What a sweep gave, as it lies in ``results/<sweep>.json``: printed beside measured, row by row.

Nothing here needs torch or the training packages, so that a page may read it::

    result = load_sweep("mel_kd")
    for row in result.rows:
        row.title, row.printed.roc_auc, row.figures.get("roc_auc"), row.not_run
    result.difference("t1-w05", "control")       # figures of the one minus those of the other
    load_ablation()                              # the fundus pair's ablation
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import DataError
from core.release.ablation_record import AblationReport
from core.types import SeededFigure

RESULTS_DIR = Path(__file__).resolve().parent.parent / "results"
ABLATIONS_DIR = Path(__file__).resolve().parents[3] / "docs" / "results"

SweepName = Literal["mel_kd", "mel_teachers"]
SWEEPS: tuple[SweepName, ...] = get_args(SweepName)

SweepMetric = Literal["roc_auc", "pr_auc", "ece", "specificity_at_95_sensitivity"]
"""Names in the metric registry, in the order of the document's columns."""
SWEEP_METRICS: tuple[SweepMetric, ...] = get_args(SweepMetric)

Kind = Literal["distilled", "control", "teacher", "network"]
"""``"teacher"`` is a shipped teacher and is not trained; ``"network"`` is trained without a teacher."""

Part = Literal["test", "external"]
"""``"external"``: a data set that nothing was trained or chosen on."""


class Entry(BaseModel):
    """No key that is not named, and nothing changes after reading; NaN is written as text."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")


class Printed(Entry):
    """What the document prints of a row; shares in [0, 1], MB and ms as its tables say them."""

    roc_auc: float | None = Field(None, ge=0, le=1)
    pr_auc: float | None = Field(None, ge=0, le=1)
    ece: float | None = Field(None, ge=0, le=1)
    size_mb: float | None = Field(None, gt=0)
    latency_ms: float | None = Field(None, gt=0)


class Cost(Entry):
    """What a network weighs, counted as it was built; nothing is estimated.

    Attributes:
        parameters: number of trained weights, the last layer for the classes told apart here.
        macs: multiply-accumulate operations of one picture of ``image_size`` pixels square.
        image_size: pixels.
        bytes_float32, bytes_float16: of weights and statistics of batch normalisation.
        bytes_one_output: in float32 with a last layer of one output, as the document has it.
    """

    parameters: int
    macs: int
    image_size: int
    bytes_float32: int
    bytes_float16: int
    bytes_one_output: int

    @property
    def mebibytes_one_output(self) -> float:
        """What the document's MB are comparable with: it counts 2**20 bytes."""
        return self.bytes_one_output / 2**20


class SweepRow(Entry):
    """One row.

    Attributes:
        id, title, kind, note: of the table.
        settings: what the row varies, for example ``{"temperature": 1.0, "kd_weight": 0.5}``.
        printed: what the document prints.
        seeds: of the finished runs; empty for a shipped teacher.
        figures: of melanoma against the rest on the held-out test cases: mean over the seeds, limits over
            other cases and other seeds, and the value from each seed. Empty where nothing was run.
        external: the same on the external data set.
        cost: None where nothing was built.
        seconds: mean processor time of a training, on one thread; None where nothing was trained.
        not_run: why there are no figures; empty where there are.
    """

    id: str
    title: str
    kind: Kind
    note: str
    settings: dict[str, float | str]
    printed: Printed
    seeds: tuple[int, ...]
    figures: dict[SweepMetric, SeededFigure]
    external: dict[SweepMetric, SeededFigure]
    cost: Cost | None
    seconds: float | None
    not_run: str


class SweepDifference(Entry):
    """One row minus another, paired by case and, where both were trained, by seed.

    Attributes:
        of, against: ids of rows.
        seeds: that both have.
        figures: on the test cases.
    """

    of: str
    against: str
    seeds: tuple[int, ...]
    figures: dict[SweepMetric, SeededFigure]


class Cases(Entry):
    """The cases of one part: how many, in how many groups (lesions or copies), how many with melanoma."""

    title: str
    n: int
    groups: int
    positives: int


class SweepResult(Entry):
    """Everything measured of one table.

    Attributes:
        name, title, citation: of the table.
        preset, overrides: the recipe.
        training: how rows were trained, one sentence.
        data: what on, one sentence.
        split_sha256: of the division of the data.
        teacher_sha256: of the shipped teacher's file; empty where none taught.
        cases: of each part.
        level, resamples: of the limits.
        deviations: what differs from the document, sentences.
        notes: what a reader of the figures has to know, sentences.
        rows: in the document's order, ours after them.
        differences: between rows; empty where every row has one seed.
        versions: of the libraries that trained.
        commit, commit_state: of the code that reported.
    """

    name: SweepName
    title: str
    citation: str
    preset: str
    overrides: tuple[str, ...]
    training: str
    data: str
    split_sha256: str
    teacher_sha256: str
    cases: dict[Part, Cases]
    level: float
    resamples: int
    deviations: tuple[str, ...]
    notes: tuple[str, ...]
    rows: tuple[SweepRow, ...]
    differences: tuple[SweepDifference, ...]
    versions: dict[str, str]
    commit: str
    commit_state: str

    def row(self, row_id: str) -> SweepRow:
        """The row of an id; KeyError if there is none."""
        return {row.id: row for row in self.rows}[row_id]

    def difference(self, of: str, against: str) -> SweepDifference | None:
        """One row minus another; None where the two were not compared in this order."""
        found = [entry for entry in self.differences if (entry.of, entry.against) == (of, against)]
        return found[0] if found else None


def load_sweep(name: SweepName, folder: Path = RESULTS_DIR) -> SweepResult:
    """Read a sweep's results.

    Raises:
        DataError: there are none, or they are not of this version.
    """
    path = folder / f"{name}.json"
    command = f"Run `python -m core experiments sweep {name.removeprefix('mel_')}`"
    try:
        return SweepResult.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise DataError(str(path), "no results are here", command) from error
    except ValidationError as error:
        raise _explain(path, error, command) from error


def load_ablation(preset: str = "fundus", folder: Path = ABLATIONS_DIR) -> AblationReport:
    """Read the measured ablation of a pair's student: every piece alone, all together, and none.

    Raises:
        DataError: there is none, or it is not of this version.
    """
    path = folder / f"{preset}-ablation.json"
    command = f"Run `python -m core ablate {preset}`"
    try:
        return AblationReport.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise DataError(str(path), "no ablation is here", command) from error
    except ValidationError as error:
        raise _explain(path, error, command) from error


def _explain(path: Path, error: ValidationError, remedy: str) -> DataError:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return DataError(str(path), f"not results of this version ({where}: {first['msg']})", remedy)
