"""A table of scores on disk that only ever grows: written file by file, gone on with after any interruption.

The first line is a comment, ``# {...}``: which networks, thresholds and checks made the table. The second
names the columns. The rows of one file are written in one go, and each says how many they are, so that
whatever a killed process left unfinished is known and cut off. No field holds a line break.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import ConfigError
from core.types import FileCount, FileStamp, Role, RoleScore, ScoreRow, ScoreState

SIGN = "twinlens_scores"
"""Key of the head by which a table is known; its value is the version of the layout."""
STATES: tuple[ScoreState, ...] = ("ok", "refused", "error")

_FILE = ("file", "size", "modified_ns", "frames", "frame", "state", "reason", "quality", "kind", "distance")
_FORMULA = ("=", "+", "-", "@")
_ANOTHER = "Name another file with --out, or delete this one"


@dataclass(frozen=True)
class TableHead:
    """What a table belongs to.

    Attributes:
        facts: everything that a probability, a decision or a refusal in it depends on, as JSON.
        roles: networks whose columns it has.
        classes: class codes.
    """

    facts: dict[str, Any]
    roles: tuple[Role, ...]
    classes: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        of_role = ("positive_prob", "flagged", *(f"prob_{code}" for code in self.classes))
        return _FILE + tuple(f"{role}_{name}" for role in self.roles for name in of_role)

    def dump(self) -> bytes:
        """The first two lines."""
        return b"# " + json.dumps({SIGN: 1, **self.facts}).encode() + b"\n" + _line(self.columns)


@dataclass
class ScoreTable:
    """An open table, from :func:`open_table`; close it.

    Attributes:
        stream: the file, at its end.
        head: what it belongs to.
        files: name of a file to what its last complete rows say.
    """

    stream: BinaryIO
    head: TableHead
    files: dict[str, FileCount] = field(default_factory=dict)

    def has(self, stamp: FileStamp) -> bool:
        """Whether the rows of this very file are complete."""
        found = self.files.get(stamp.name)
        return found is not None and found.stamp == stamp

    def append(self, stamp: FileStamp, rows: Sequence[ScoreRow]) -> None:
        """Write the rows of one file in one go."""
        self.stream.write(b"".join(_line(self._fields(stamp, row, len(rows))) for row in rows))
        self.stream.flush()
        flags = [
            tuple(role in row.scores and row.scores[role].flagged for role in self.head.roles) for row in rows
        ]
        self._count(stamp, [row.state for row in rows], flags)

    def sync(self) -> None:
        """Have what was written on the disk, not only in the system's memory."""
        os.fsync(self.stream.fileno())

    def close(self) -> None:
        """Sync and close."""
        self.sync()
        self.stream.close()

    def take_in(self, stamp: FileStamp, rows: Sequence[dict[str, str]]) -> None:
        """Count the rows that an earlier run wrote of one file."""
        flags = [tuple(row[f"{role}_flagged"] == "1" for role in self.head.roles) for row in rows]
        self._count(stamp, [row["state"] for row in rows], flags)

    def _count(self, stamp: FileStamp, states: Sequence[str], flags: Sequence[tuple[bool, ...]]) -> None:
        flagged = tuple(map(sum, zip(*flags, strict=True)))
        self.files[stamp.name] = FileCount(stamp, tuple(states.count(state) for state in STATES), flagged)

    def _fields(self, stamp: FileStamp, row: ScoreRow, frames: int) -> list[object]:
        fields: list[object] = [stamp.name, stamp.size, stamp.modified_ns, frames, row.frame, row.state]
        fields += [safe_text(row.reason), row.quality, row.kind, _number(row.distance)]
        for role in self.head.roles:
            fields += _role_fields(row.scores.get(role), len(self.head.classes))
        return fields


def open_table(path: Path, head: TableHead) -> ScoreTable:
    """Open a table to add to, new or as an earlier run left it; what that left unfinished is cut off.

    It is locked where the system can do that: the second of two runs that would write it is refused.

    Raises:
        ConfigError: the file is something else, was made with other networks, thresholds or options, is
            damaged within, or another run is writing it.
        OSError: it cannot be opened or written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    stream = path.open("r+b")
    try:
        _lock(stream, path)
        table = ScoreTable(stream, head)
        end = _read_before(table, path)
        stream.truncate(end)
        stream.seek(end)
        if not end:
            stream.write(head.dump())
            stream.flush()
    except BaseException:
        stream.close()
        raise
    return table


def safe_name(name: str) -> str:
    """A file's path as a field: nothing unprintable, nothing that a spreadsheet takes for a formula.

    Unprintable characters stand as escapes, backslashes are doubled, so that no two paths look the same; one
    that begins like a formula gets ``./`` in front, which names the same file.
    """
    parts = (
        char if char.isprintable() and char != "\\" else char.encode("unicode_escape").decode()
        for char in name
    )
    shown = "".join(parts)
    return f"./{shown}" if shown.startswith(_FORMULA) else shown


def safe_text(text: str) -> str:
    """A sentence as a field: white space and control characters as single spaces, no formula."""
    shown = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def _read_before(table: ScoreTable, path: Path) -> int:
    """Take in the complete rows of an earlier run; where they end, 0 where there is not even a whole head."""
    stream = table.stream
    first, second = stream.readline(), stream.readline()
    if not second.endswith(b"\n") and table.head.dump().startswith(first + second):
        return 0
    _check_head(first, second, table.head, path)
    at = end = len(first) + len(second)
    group: list[dict[str, str]] = []
    for number, line in enumerate(stream, 3):
        if not line.endswith(b"\n"):
            break
        at += len(line)
        row = _parse(line, table.head.columns, path, number)
        if group and group[0]["file"] != row["file"]:
            group = []  # Rows of it were taken away: the file is scored again.
        group.append(row)
        if len(group) == int(row["frames"]):
            table.take_in(_stamp(row), group)
            group, end = [], at
    return end


def _check_head(first: bytes, second: bytes, head: TableHead, path: Path) -> None:
    try:
        found = json.loads(first[2:]) if first.startswith(b"# {") else None
    except ValueError:
        found = None
    if not isinstance(found, dict) or SIGN not in found:
        raise ConfigError(str(path), "it is not a table of scores", _ANOTHER)
    if different := _differences(found, {SIGN: 1, **head.facts}):
        raise ConfigError(str(path), f"its scores were made otherwise: {different}", _ANOTHER)
    if second != _line(head.columns):
        raise ConfigError(str(path), "its columns are not those of this version", _ANOTHER)


def _differences(found: dict[str, Any], ours: dict[str, Any], within: str = "") -> str:
    """What differs, in words: ``student.threshold was 0.1, is 0.2``; empty if nothing does."""
    said = []
    for key in dict.fromkeys((*ours, *found)):
        old, new = found.get(key), ours.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            said.append(_differences(old, new, f"{within}{key}."))
        elif old != new:
            said.append(f"{within}{key} was {_short(old)}, is {_short(new)}")
    return "; ".join(filter(None, said))


def _short(value: object) -> str:
    text = "absent" if value is None else str(value)
    return text if len(text) <= 24 else f"{text[:12]}…"


def _parse(line: bytes, columns: Sequence[str], path: Path, number: int) -> dict[str, str]:
    try:
        fields = next(csv.reader([line.decode()]))
        row = dict(zip(columns, fields, strict=True))
        if row["state"] not in STATES or int(row["frames"]) < 1:
            raise ValueError(row["state"])
        _stamp(row)
    except (ValueError, StopIteration, csv.Error) as error:
        raise ConfigError(f"{path}, line {number}", "it is not a row of this table", _ANOTHER) from error
    return row


def _stamp(row: dict[str, str]) -> FileStamp:
    return FileStamp(row["file"], int(row["size"]), int(row["modified_ns"]))


def _role_fields(score: RoleScore | None, classes: int) -> list[object]:
    if score is None:
        return [""] * (2 + classes)
    return [_number(score.positive_prob), int(score.flagged), *map(_number, score.probs)]


def _number(value: float | None) -> str:
    """A number that reads back as itself; nothing for None."""
    return "" if value is None else repr(float(value))


def _line(fields: Iterable[object]) -> bytes:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(fields)
    return buffer.getvalue().encode()


def _lock(stream: BinaryIO, path: Path) -> None:
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise ConfigError(
            str(path), "another run is writing it", "Wait for it, or name another file"
        ) from error
