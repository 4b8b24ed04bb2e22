"""A shipped pair on disk: its card, its weights, its held-out predictions, and the checks on loading.

``card.json`` is the only file that is trusted, and only after its schema fits; every other file must have
the SHA-256 that the card names. Nothing is ever unpickled: weights are safetensors or ONNX.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from pydantic import ValidationError

from core.atomic import write_together
from core.card import SCHEMA_VERSION, Card, NetworkEntry
from core.errors import BundleError
from core.modalities.base import MODALITIES, Modality
from core.types import ROLES, OperatingPoint, Precision, Role

if TYPE_CHECKING:
    import pandas as pd

MODELS_DIR = Path(os.environ.get("TWINLENS_MODELS") or Path(__file__).resolve().parent.parent / "models")
"""Where the pairs lie; the environment variable ``TWINLENS_MODELS`` names another folder."""

CARD_NAME = "card.json"
PREDICTIONS_NAME = "predictions.parquet"


@dataclass(frozen=True)
class Pair:
    """A verified bundle: its card and where its files lie."""

    card: Card
    folder: Path

    @property
    def modality(self) -> Modality:
        """The pair's modality record."""
        return MODALITIES.get(self.card.modality)

    @property
    def served_roles(self) -> tuple[Role, ...]:
        """The roles whose weights ship, in the order of :data:`core.types.ROLES`."""
        networks = self.card.networks
        return tuple(role for role in ROLES if role in networks and networks[role].onnx is not None)

    def network(self, role: Role) -> NetworkEntry:
        """The card's entry of one role; BundleError if the pair has none."""
        try:
            return self.card.networks[role]
        except KeyError:
            raise BundleError(
                f"{self.card.pair}/{role}",
                f"the card describes {', '.join(self.card.networks)} only",
                "Ask for one of these roles",
            ) from None

    def read(self, name: str) -> bytes:
        """Bytes of one file of the bundle, checked against the card's SHA-256 at this very read."""
        path = self.folder / name
        if name not in self.card.files:
            raise BundleError(str(path), "the card does not list this file", "Restore the pair's folder")
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise BundleError(str(path), "the file is missing", "Restore the pair's folder") from None
        found = hashlib.sha256(content).hexdigest()
        if found != self.card.files[name]:
            raise BundleError(
                str(path),
                f"its SHA-256 begins {found[:12]}, the card expects {self.card.files[name][:12]}",
                "Restore the file as it was shipped, or save the pair again",
            )
        return content

    def read_served(self, role: Role, precision: Precision = "float") -> bytes:
        """Bytes of the ONNX file that serves a role; BundleError if none ships, or it is damaged."""
        name = self.network(role).served_file(precision)
        if name is not None:
            return self.read(name)
        if self.network(role).onnx is None:
            raise BundleError(
                f"{self.card.pair}/{role}",
                "only this role's held-out predictions ship, not its weights",
                "Ask for the teacher or the student",
            )
        raise BundleError(f"{self.card.pair}/{role}", "it does not ship in 8 bits", "Ask for it as trained")

    def precisions(self, role: Role) -> tuple[Precision, ...]:
        """How a role is served: as trained, and in 8 bits where such a file ships; empty if it is not."""
        entry = self.network(role)
        every: tuple[Precision, ...] = get_args(Precision)
        return tuple(precision for precision in every if entry.served_file(precision) is not None)

    def size_bytes(self, role: Role, precision: Precision = "float") -> int:
        """Size of the served ONNX file of a role, in bytes; 0 where none ships."""
        name = self.network(role).served_file(precision)
        return (self.folder / name).stat().st_size if name else 0

    def operating_point(self, role: Role, name: str | None = None) -> OperatingPoint:
        """An operating point of one role; the card's default one when no name is given."""
        wanted = name or self.card.operating_point
        points = self.network(role).operating_points
        for point in points:
            if point.name == wanted:
                return point.record()
        raise BundleError(
            f"{self.card.pair}/{role}",
            f"no operating point named {wanted!r}",
            f"The choices are {', '.join(point.name for point in points)}",
        )

    def predictions(self) -> pd.DataFrame:
        """Held-out probabilities, one row per case and role.

        Columns: ``dataset, split, image_id, group, target, role``, one ``prob_<class>`` per class (after
        temperature), ``positive_prob``, and the published metadata as text.
        """
        from io import BytesIO

        import pandas as pd

        return pd.read_parquet(BytesIO(self.read(PREDICTIONS_NAME)))


def list_pairs(models: Path = MODELS_DIR) -> tuple[str, ...]:
    """Names of the pairs that have a card, sorted."""
    return tuple(sorted(path.parent.name for path in models.glob(f"*/{CARD_NAME}")))


def load_pair(name: str, models: Path = MODELS_DIR) -> Pair:
    """Load and verify one pair's card. Files are verified when they are read.

    Raises:
        BundleError: no such pair; or the card is not JSON, does not fit the schema, belongs to another
            pair or modality, or its folder lacks a file.
    """
    folder = models / name
    card_path = folder / CARD_NAME
    if name not in list_pairs(models):
        raise BundleError(
            name, "no such pair is shipped", f"The choices are {', '.join(list_pairs(models)) or 'none'}"
        )
    try:
        raw = json.loads(card_path.read_text(encoding="utf-8"))
        if raw.get("schema_version") != SCHEMA_VERSION:
            raise BundleError(
                str(card_path),
                f"schema version {raw.get('schema_version')!r}, this code reads {SCHEMA_VERSION}",
                "Use the version of TwinLens that saved the pair, or save it again",
            )
        card = Card.model_validate(raw)
    except (ValidationError, UnicodeDecodeError, json.JSONDecodeError, AttributeError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        where = ".".join(str(part) for part in first["loc"]) + ": " + first["msg"] if first else str(error)
        raise BundleError(
            str(card_path), f"not a valid card ({where})", "Restore the pair's folder"
        ) from error
    if card.modality not in MODALITIES.names():
        raise BundleError(
            str(card_path),
            f"modality {card.modality!r}, this code knows {', '.join(MODALITIES.names())}",
            "Use the version of TwinLens that saved the pair, or save it again",
        )
    modality = MODALITIES.get(card.modality)
    for found, expected, what in (
        (card.pair, name, "pair"),
        (card.classes, modality.classes, "classes"),
        (card.positives, modality.positives, "positive classes"),
    ):
        if found != expected:
            raise BundleError(
                str(card_path), f"{what} {found} where {expected} was expected", "Save the pair again"
            )
    missing = sorted(file for file in card.files if not (folder / file).is_file())
    if missing:
        raise BundleError(str(folder), f"missing {', '.join(missing)}", "Restore the pair's folder")
    return Pair(card, folder)


def verify_pair(pair: Pair) -> None:
    """Read every file of a pair and compare its SHA-256 with the card; BundleError names the first misfit."""
    for name in pair.card.files:
        pair.read(name)


def save_pair(card: Card, files: dict[str, bytes], models: Path = MODELS_DIR) -> Pair:
    """Write a pair; nothing of a previous one is replaced before every new file is on the disk.

    A full disk, or a process killed while writing, leaves the previous pair as it was.

    Args:
        card: its ``files`` entry is replaced by the SHA-256 of ``files``.
        files: file name to content.
        models: folder that holds all pairs.

    Returns:
        The pair as loaded back.

    Raises:
        BundleError: the disk is full, or the folder cannot be written.
    """
    folder = models / card.pair
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    full = card.model_copy(update={"files": sums})
    contents = {**files, CARD_NAME: (full.model_dump_json(indent=1) + "\n").encode()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in contents:
            for left_by_a_killed_save in folder.glob(f".{name}.*.tmp"):
                left_by_a_killed_save.unlink()
        write_together({folder / name: content for name, content in contents.items()})
    except OSError as error:
        raise BundleError(
            str(folder),
            f"cannot be written ({error.strerror}); nothing was replaced",
            "Free some space, or save into another folder",
        ) from error
    return load_pair(card.pair, models)
