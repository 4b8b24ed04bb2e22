"""Anyone's table of a divided data set: one row an image, with its split and what else is known of it."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from core.data.tables import known
from core.errors import ConfigError, DataError

Identity = Literal["id", "patient", "lesion", "group"]
"""What may say that two rows belong together, the strictest first."""
Field = Literal["path", "split", "label", "id", "patient", "lesion", "group"]

GUESSES: Mapping[Field, tuple[str, ...]] = {
    "path": ("path", "file", "filename", "file_name", "filepath", "file_path", "image_path", "image"),
    "split": ("split", "part", "partition", "subset", "set", "fold"),
    "label": ("label", "class", "diagnosis", "dx", "target", "grade"),
    "id": ("image_id", "id", "isic_id", "id_code", "sopinstanceuid"),
    "patient": ("patient_id", "patient", "patientid", "subject_id", "subject", "participant_id"),
    "lesion": ("lesion_id", "lesion", "eye_id", "nodule_id"),
    "group": ("group_id", "group", "dup_group", "study_id", "series_id", "seriesinstanceuid"),
}
"""Names of columns that are taken for a field when none is named, upper or lower case alike."""


@dataclass(frozen=True)
class TableRow:
    """One image of the table.

    Attributes:
        path: relative to the folder of the images, for display.
        file: where it is.
        split: as the table calls it.
        label: empty where unknown.
        identity: kind of identity to its value; kinds unknown for this row are absent.
    """

    path: str
    file: Path
    split: str
    label: str
    identity: Mapping[Identity, str]


@dataclass(frozen=True)
class SplitTable:
    """A table that was read.

    Attributes:
        columns: field to the column it was taken from; fields without a column are absent.
        rows: in the order of the file.
    """

    columns: Mapping[Field, str]
    rows: tuple[TableRow, ...]

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits, in order of first appearance."""
        return tuple(dict.fromkeys(row.split for row in self.rows))


def read_split_table(
    path: Path, *, root: Path | None = None, named: Mapping[Field, str] | None = None
) -> SplitTable:
    """Read a table of images and splits.

    Args:
        path: a text file with a header, columns divided by comma, semicolon or tab.
        root: folder that the paths of images start from; the table's own folder if None.
        named: field to the name of its column; others are guessed by :data:`GUESSES`.

    Raises:
        DataError: no such file, not a table, no column for path or split, a row without one of them, or all
            rows of one split.
        ConfigError: a named column is not there.
    """
    header, rows = _read(path)
    columns = _choose_columns(path, header, named or {})
    folder = root if root is not None else path.parent
    found = tuple(_row(path, line, row, columns, folder) for line, row in enumerate(rows, start=2))
    table = SplitTable(columns, found)
    if len(table.splits) < 2:
        raise DataError(
            str(path),
            f"all {len(found)} rows are of one split ({', '.join(table.splits) or 'none'})",
            f"Write train, val or test into the column {columns['split']}",
        )
    return table


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(str(path), "not found", "Correct the path of the table") from None
    except UnicodeDecodeError as error:
        raise DataError(
            str(path), f"not a text file ({error.reason})", "Save the table as CSV in UTF-8"
        ) from error
    lines = text.splitlines()
    delimiter = max(",;\t", key=lines[0].count) if lines else ","
    try:
        reader = csv.DictReader(lines, restval="", delimiter=delimiter)
        header = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = header
        rows = [{k: (v or "").strip() for k, v in row.items() if k is not None} for row in reader]
    except csv.Error as error:
        raise DataError(str(path), f"not a table ({error})", "Save the table as CSV in UTF-8") from error
    return header, rows


def _choose_columns(path: Path, header: Sequence[str], named: Mapping[Field, str]) -> dict[Field, str]:
    by_name = {name.lower(): name for name in reversed(header)}
    chosen: dict[Field, str] = {}
    for field, names in GUESSES.items():
        if field in named:
            if named[field] not in header:
                raise ConfigError(
                    f"--{field}-column {named[field]}",
                    f"{path.name} has no such column",
                    f"Its columns are {', '.join(header) or 'none'}",
                )
            chosen[field] = named[field]
            continue
        free = (by_name[name] for name in names if name in by_name)
        found = next((name for name in free if name not in {*chosen.values(), *named.values()}), None)
        if found is not None:
            chosen[field] = found
    for field in ("path", "split"):
        if field not in chosen:
            raise DataError(
                str(path),
                f"no column for the {field} among {', '.join(header) or 'none'}",
                f"Name it with --{field}-column",
            )
    return chosen


def _row(
    table: Path, line: int, row: Mapping[str, str], columns: Mapping[Field, str], folder: Path
) -> TableRow:
    image, split = row[columns["path"]], row[columns["split"]]
    if not image or not split:
        lacking = columns["path" if not image else "split"]
        raise DataError(f"{table}, line {line}", f"{lacking} is empty", "Fill it in, or take the row out")
    file = folder / image
    values = {kind: known(row[columns[kind]]) for kind in get_args(Identity) if kind in columns}
    if "id" not in columns:
        values["id"] = image
    return TableRow(
        path=Path(os.path.relpath(file, folder)).as_posix(),
        file=file,
        split=split,
        label=row[columns["label"]] if "label" in columns else "",
        identity={kind: value for kind, value in values.items() if value},
    )
