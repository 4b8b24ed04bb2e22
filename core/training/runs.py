"""A run's folder: what was asked, what came out, and the refusal to mix the two.

``runs/<preset>/<stage>/`` holds ``run.json`` (asked), ``last.ckpt``, ``history.jsonl``, and at the end
``weights.safetensors`` and ``result.json``.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from core.errors import ConfigError, WeightsError
from core.training.checkpoint import LAST_NAME, sweep_temporary, write_kept
from core.training.network_recipe import NetworkRecipe
from core.training.processes import by_first
from core.training.progress import EpochRecord
from core.training.recipe import DataRecipe, StudentRecipe, TeacherRecipe

RUN_NAME, RESULT_NAME = "run.json", "result.json"
WEIGHTS_NAME, HISTORY_NAME = "weights.safetensors", "history.jsonl"
Resume = Literal["never", "if_unfinished", "or_replace"]
"""What becomes of a run that is there: see :func:`open_run`."""


class Asked(BaseModel):
    """What decides a run's outcome.

    Recipes stored before a field existed are read as holding its default of today, which is what they were
    trained with: a new field's default must leave training as it was.

    Attributes:
        stage: folder name, for example ``"student"``.
        recipe: of the network, as resolved.
        data: the recipe of the split.
        split_sha256: of the assignment that recipe gave.
        teacher_sha256: of the teacher's weights; None without distillation.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    stage: str
    recipe: dict[str, Any]
    data: dict[str, Any]
    split_sha256: str
    teacher_sha256: str | None = None

    @field_validator("recipe")
    @classmethod
    def _complete_recipe(cls, stored: dict[str, Any]) -> dict[str, Any]:
        kind = (
            TeacherRecipe if "members" in stored else StudentRecipe if "distill" in stored else NetworkRecipe
        )
        return _completed(kind, stored)

    @field_validator("data")
    @classmethod
    def _complete_data(cls, stored: dict[str, Any]) -> dict[str, Any]:
        return _completed(DataRecipe, stored)


class RunResult(BaseModel):
    """What came out of a finished stage.

    Attributes:
        asked: what was asked.
        best_epoch: from 0; None for an ensemble, which is not trained itself.
        epochs: epochs run.
        validation_roc_auc: of the shipped weights' epoch.
        weights_sha256: of ``weights.safetensors``.
        seconds: training time over all sessions.
        sessions: torch's threads of each session and the epoch it began at.
        versions: of the libraries.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    asked: Asked
    best_epoch: int | None
    epochs: int
    validation_roc_auc: float
    weights_sha256: str
    seconds: float
    sessions: tuple[dict[str, int], ...]
    versions: dict[str, str]


@by_first
def open_run(folder: Path, asked: Asked, *, resume: Resume) -> RunResult | None:
    """Enter a run's folder, made if need be, and sweep what a killed writer left.

    Args:
        folder: of the stage.
        asked: what is asked now.
        resume: ``"if_unfinished"`` goes on with an unfinished run, ``"never"`` refuses it; ``"or_replace"``
            goes on with it, and deletes a run of another recipe or split.

    Returns:
        The result if the very same thing was asked before and finished; None if there is work to do.

    Raises:
        ConfigError: the folder holds a run of another recipe or split, or an unfinished one that is to stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sweep_temporary(folder)
    path = folder / RUN_NAME
    plain = asked.model_dump(mode="json")
    if path.is_file():
        try:
            before = Asked.model_validate_json(path.read_text(encoding="utf-8")).model_dump(mode="json")
        except (ValidationError, UnicodeDecodeError):
            before = {}
        differs = _first_difference(before, plain)
        if differs is not None and resume == "or_replace":
            shutil.rmtree(folder)
            folder.mkdir()
        elif differs is not None:
            raise ConfigError(
                str(folder),
                f"it holds a run of another recipe ({differs})",
                "Delete it or use another --runs folder",
            )
    result = load_result(folder)
    if result is None and (folder / LAST_NAME).is_file() and resume == "never":
        raise ConfigError(
            str(folder), "it holds an unfinished run", "Go on with --resume, or delete the folder"
        )
    write_kept(path, (json.dumps(plain, indent=1) + "\n").encode())
    return result


@by_first
def close_run(
    folder: Path,
    asked: Asked,
    weights: bytes,
    *,
    history: Iterable[EpochRecord],
    validation_roc_auc: float,
    best_epoch: int | None,
    sessions: Iterable[Mapping[str, int]],
) -> RunResult:
    """Write weights and then the result, so that a result never stands without its weights."""
    records = tuple(history)
    result = RunResult(
        asked=asked,
        best_epoch=best_epoch,
        epochs=len(records),
        validation_roc_auc=validation_roc_auc,
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        seconds=sum(record.seconds for record in records),
        sessions=tuple(dict(session) for session in sessions),
        versions=library_versions(),
    )
    write_kept(folder / WEIGHTS_NAME, weights)
    write_kept(folder / RESULT_NAME, (result.model_dump_json(indent=1) + "\n").encode())
    return result


def load_result(folder: Path) -> RunResult | None:
    """The result of a finished stage, None if there is none; ConfigError if it cannot be read."""
    path = folder / RESULT_NAME
    if not path.is_file():
        return None
    try:
        return RunResult.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise ConfigError(
            str(path), "not a result of this version", "Delete the folder and train again"
        ) from error


def read_weights(folder: Path) -> bytes:
    """Weights of a finished stage, checked against its result.

    Raises:
        ConfigError: the stage is not finished.
        WeightsError: the file is missing or altered.
    """
    result = load_result(folder)
    if result is None:
        raise ConfigError(str(folder), "no finished run is here", "Train this stage first")
    path = folder / WEIGHTS_NAME
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != result.weights_sha256:
        raise WeightsError(
            str(path), "missing, or not the file the result names", "Delete the folder and train again"
        )
    return content


@by_first
def write_history(folder: Path, history: Iterable[EpochRecord]) -> None:
    """All epochs so far as JSON lines, replaced as a whole."""
    lines = "".join(json.dumps(asdict(record)) + "\n" for record in history)
    write_kept(folder / HISTORY_NAME, lines.encode())


def library_versions() -> dict[str, str]:
    """Python's version and those of the libraries that decide a training's outcome."""
    names = ("torch", "lightning", "timm", "numpy", "scikit-learn", "pillow")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def _completed(kind: type[BaseModel], stored: dict[str, Any]) -> dict[str, Any]:
    """A stored recipe with today's defaults where it has no value; as it is where it is no such recipe."""
    try:
        return kind.model_validate(stored).model_dump(mode="json")
    except ValidationError:
        return stored


def _first_difference(before: object, now: object, where: str = "") -> str | None:
    """The first key in which two JSON values differ, as ``a.b was 1, is 2``; None if they are alike."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted({*before, *now}):
            found = _first_difference(before.get(key), now.get(key), f"{where}.{key}" if where else key)
            if found is not None:
                return found
        return None
    return None if before == now else f"{where} was {before}, is {now}"
