"""What readers share: a publisher's CSV with checked columns, one-hot labels, and rows matched to images."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from core.errors import DataError

UNKNOWN = frozenset({"", "unknown", "nan", "na", "n/a", "none"})


def read_table(path: Path, columns: Sequence[str], *, key: str) -> list[dict[str, str]]:
    """Read a CSV file as one mapping a row, values stripped.

    Args:
        path: the file.
        columns: columns that must be there; others are kept too.
        key: the column that names a row; its values must be present and unique.

    Raises:
        DataError: no such file, a column is missing, a row is short, a key is empty or repeated.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, restval="")
            header = [name.strip() for name in reader.fieldnames or ()]
            reader.fieldnames = header
            rows = [{k: (v or "").strip() for k, v in row.items() if k is not None} for row in reader]
    except FileNotFoundError:
        raise missing(path) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(str(path), f"not a CSV file ({error})", "Restore the publisher's file") from error
    absent = [name for name in columns if name not in header]
    if absent:
        raise DataError(
            str(path),
            f"no column {', '.join(absent)} among {', '.join(header) or 'none'}",
            "Restore the publisher's file",
        )
    seen: set[str] = set()
    for line, row in enumerate(rows, start=2):
        name = row[key]
        if not name or name in seen:
            problem = f"{key} {name!r} is repeated" if name else f"{key} is empty"
            raise DataError(f"{path}, line {line}", problem, "Restore the publisher's file")
        seen.add(name)
    return rows


def one_hot(
    row: Mapping[str, str], columns: Mapping[str, str], *, where: str, default: str | None = None
) -> str:
    """Class code of a one-hot row.

    Args:
        row: as read from the file.
        columns: column name to class code.
        where: file and row, for the message.
        default: code of a row without any 1; None if every row must have one.

    Raises:
        DataError: a value is neither 0 nor 1, several are 1, or none is and there is no default.
    """
    hot = []
    for column, code in columns.items():
        try:
            value = float(row[column])
        except ValueError:
            value = -1.0
        if value not in (0.0, 1.0):
            raise DataError(
                where,
                f"unknown label {column} = {row[column]!r}, 0 or 1 was expected",
                "Restore the publisher's file",
            )
        if value == 1.0:
            hot.append(code)
    if len(hot) == 1:
        return hot[0]
    if not hot and default is not None:
        return default
    raise DataError(where, f"{len(hot)} diagnoses where one was expected", "Restore the publisher's file")


def image_files(folders: Iterable[Path], suffixes: Sequence[str] = (".jpg",)) -> dict[str, Path]:
    """File stem to path of every image in these folders, sorted by stem; other files are passed over.

    Raises:
        DataError: a folder is missing, or two files have one stem.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise missing(folder)
        for path in folder.iterdir():
            if path.suffix.lower() in suffixes and not path.name.startswith("."):
                if path.stem in found:
                    raise DataError(str(path), f"{found[path.stem]} has the same id", "Keep one of the two")
                found[path.stem] = path
    return dict(sorted(found.items()))


def check_match(table: Path, row_ids: Iterable[str], image_ids: Iterable[str], folder: Path) -> None:
    """Require that every row has an image and every image a row; DataError names the first few misfits."""
    rows, images = set(row_ids), set(image_ids)
    check_rows(table, rows, images, folder)
    without_image = sorted(rows - images)
    if without_image:
        raise DataError(
            str(folder),
            f"no image for {_some(without_image)}, listed in {table.name}",
            "Unpack the publisher's images again",
        )


def check_rows(table: Path, row_ids: Iterable[str], image_ids: Iterable[str], folder: Path) -> None:
    """Require that every image has a row; DataError names the first few without."""
    without_row = sorted(set(image_ids) - set(row_ids))
    if without_row:
        raise DataError(
            str(table),
            f"no row for {_some(without_row)} in {folder.name}",
            "Restore the publisher's file, or take foreign images out of the folder",
        )


def known(value: str) -> str:
    """The value, or the empty string where the publisher writes one of the words for unknown."""
    return "" if value.lower() in UNKNOWN else value


def missing(path: Path) -> DataError:
    """The error for a file or folder that is not there."""
    return DataError(
        str(path), "not found", "Unpack the publisher's download there, file and folder names unchanged"
    )


def _some(names: Sequence[str], limit: int = 3) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
