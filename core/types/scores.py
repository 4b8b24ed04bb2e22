"""What scoring a folder gives: one row a picture, and the count of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from core.types.base import Role

ScoreState = Literal["ok", "refused", "error"]
"""``refused``: a picture was read, a check on it refuses; ``error``: no picture could be made of the file."""


@dataclass(frozen=True)
class FileStamp:
    """How a file is known again without reading it.

    Attributes:
        name: path from the folder, as :func:`core.release.score_table.safe_name` gives it.
        size: bytes.
        modified_ns: time of the last change in nanoseconds, as the file system tells it.
    """

    name: str
    size: int
    modified_ns: int


@dataclass(frozen=True)
class FileCount:
    """What the complete rows of one file say.

    Attributes:
        stamp: which file, as it was when it was scored.
        states: number of pictures that are ok, refused and in error.
        flagged: of each network in turn, the number of pictures it flags.
    """

    stamp: FileStamp
    states: tuple[int, ...]
    flagged: tuple[int, ...]


@dataclass(frozen=True)
class RoleScore:
    """One network's answer: probability of a positive class, whether it is flagged, and of each class."""

    positive_prob: float
    flagged: bool
    probs: tuple[float, ...]


@dataclass(frozen=True)
class ScoreRow:
    """One picture of a file.

    Attributes:
        state: what became of it.
        reason: why it was not scored, with what to do; empty for ``"ok"``.
        frame: place in a file with several, from 1; 0 for a single picture.
        quality: state of the verdict on the picture; empty where there is none.
        kind, distance: verdict on its kind; empty and None where it was not judged.
        scores: role to answer; empty unless ``"ok"``.
    """

    state: ScoreState
    reason: str = ""
    frame: int = 0
    quality: str = ""
    kind: str = ""
    distance: float | None = None
    scores: dict[Role, RoleScore] = field(default_factory=dict)


@dataclass(frozen=True)
class ScoreSummary:
    """What a run came to.

    Attributes:
        files: in the folder.
        done_before: of these, scored by an earlier run and left alone.
        pictures: of all files, one for each frame.
        states: number of pictures by state, of earlier runs too.
        flagged: role to number of pictures it flags.
        seconds: of this run.
    """

    files: int
    done_before: int
    pictures: int
    states: dict[ScoreState, int]
    flagged: dict[Role, int]
    seconds: float
