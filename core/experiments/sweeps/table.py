"""A table of the document as its TOML file says it: what it prints, and how each row is run again here."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator

from core.errors import ConfigError
from core.experiments.sweeps.record import Kind, Printed, SweepName
from core.training.network_recipe import LossRecipe, NetworkRecipe, Strict
from core.training.presets import load_recipe
from core.training.recipe import DistillRecipe, Recipe, StudentRecipe

TABLES_DIR = Path(__file__).resolve().parent


class TableRow(Strict):
    """One row.

    Attributes:
        id: in names of runs.
        title: for headings.
        kind: what it is.
        distill, loss: keys of a preset's ``[student.distill]`` and ``[student.loss]`` that differ.
        architecture, arguments: of a ``"network"``.
        note: what its figures need beside them.
        reported: what the document prints.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: str
    kind: Kind
    distill: dict[str, Any] = Field({})
    loss: dict[str, Any] = Field({})
    architecture: str | None = None
    arguments: dict[str, Any] = Field({})
    note: str = ""
    reported: Printed = Printed()

    @model_validator(mode="after")
    def _network_is_named(self) -> TableRow:
        if (self.kind == "network") != (self.architecture is not None):
            raise ValueError("a row of kind network, and no other, names its architecture")
        return self

    @property
    def is_trained(self) -> bool:
        """Whether the sweep trains it."""
        return self.kind != "teacher"


class SweepTable(Strict):
    """A table and how it is run again.

    Attributes:
        preset, overrides: a recipe of :mod:`core.training.presets`; its data, and its student (rows that are
            taught, and their control) or its teacher (rows that are networks).
        teacher_pair: the shipped pair whose teacher teaches; None where none does.
        seeds: runs of each row, counted from 0.
        deviations: what differs from the document, sentences.
        notes: what a reader of the figures has to know, sentences.
        small_notes: the same, where the overrides make the re-run small; see
            :mod:`core.experiments.sweeps.teachers`.
    """

    name: str
    title: str
    source: str
    citation: str
    preset: str
    teacher_pair: str | None = None
    seeds: int = Field(ge=1, le=20)
    overrides: tuple[str, ...]
    deviations: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    small_notes: tuple[str, ...] = ()
    rows: tuple[TableRow, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rows_fit(self) -> SweepTable:
        ids = [row.id for row in self.rows]
        if len(set(ids)) < len(ids):
            raise ValueError(f"rows need different ids, found {', '.join(ids)}")
        if self.teacher_pair is None and any(row.kind != "network" for row in self.rows):
            raise ValueError("rows that are taught need teacher_pair")
        return self

    def choose_rows(self, ids: Sequence[str] = ()) -> tuple[TableRow, ...]:
        """The rows of these ids in the table's order, all where none is named; ConfigError for others."""
        unknown = [name for name in ids if name not in {row.id for row in self.rows}]
        if unknown:
            choices = ", ".join(row.id for row in self.rows)
            raise ConfigError(", ".join(unknown), f"no such row of {self.name}", f"The choices are {choices}")
        return tuple(row for row in self.rows if not ids or row.id in ids)

    def recipe(self) -> Recipe:
        """The preset with the overrides; ConfigError as :func:`core.training.presets.load_recipe`."""
        return load_recipe(self.preset, self.overrides)

    def recipe_of(self, row: TableRow, seed: int) -> NetworkRecipe:
        """How a row is trained from a seed; a :class:`StudentRecipe` where the row is taught or a control."""
        recipe, name = self.recipe(), f"{row.id}-{seed}"
        if row.kind == "network":
            changes = {"architecture": row.architecture, "arguments": row.arguments}
            network = recipe.teacher.members[0]
            return network.model_copy(update={"name": name, "seed": seed, **changes})
        distill = DistillRecipe.model_validate({**recipe.student.distill.model_dump(), **row.distill})
        loss = LossRecipe.model_validate({**recipe.student.loss.model_dump(), **row.loss})
        return recipe.student.model_copy(
            update={"name": name, "seed": seed, "distill": distill, "loss": loss}
        )


def load_table(name: SweepName, folder: Path = TABLES_DIR) -> SweepTable:
    """Read a table; the recipe of every row is checked.

    Raises:
        ConfigError: no such table, not TOML, an unknown key, or a value that does not fit.
    """
    path = folder / f"{name}.toml"
    if not path.is_file():
        choices = ", ".join(sorted(found.stem for found in folder.glob("*.toml")))
        raise ConfigError(name, "no such sweep", f"The choices are {choices}")
    try:
        table = SweepTable.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(path.name, f"not valid TOML ({error})", "Correct the file") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path.name}: {where}", first["msg"], "Correct the file") from error
    return check_table(table)


def check_table(table: SweepTable) -> SweepTable:
    """The table itself, after the recipe of every row was built; ConfigError names what does not fit."""
    for row in table.rows:
        try:
            table.recipe_of(row, 0)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise ConfigError(
                f"{table.name}: row {row.id}: {where}", first["msg"], "Correct the file"
            ) from error
    return table


def is_taught(recipe: NetworkRecipe) -> bool:
    """Whether a row's recipe asks a teacher."""
    return isinstance(recipe, StudentRecipe) and recipe.distill.asks_teacher
