"""Checkpoints that survive a killed process and a full disk, and are read without unpickling."""

from __future__ import annotations

import errno
import io
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.plugins.io import CheckpointIO

from core.atomic import write_atomic
from core.errors import DataError, WeightsError

LAST_NAME = "last.ckpt"


class AtomicCheckpointIO(CheckpointIO):
    """Writes each checkpoint beside the previous one and then replaces it in one step."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write a checkpoint; DataError if the disk is full, the previous checkpoint then stays."""
        buffer = io.BytesIO()
        torch.save(checkpoint, buffer)
        write_kept(Path(path), buffer.getvalue())

    def load_checkpoint(
        self, path: Any, map_location: Any = None, weights_only: Any = None
    ) -> dict[str, Any]:
        """Read a checkpoint, tensors and plain values only; whatever ``weights_only`` says."""
        return read_checkpoint(Path(path), map_location=map_location)

    def remove_checkpoint(self, path: Any) -> None:
        """Delete a checkpoint if it is there."""
        Path(path).unlink(missing_ok=True)


def write_kept(path: Path, content: bytes) -> None:
    """:func:`core.atomic.write_atomic`, with a full disk as a message.

    Raises:
        DataError: there is no room; the file is as it was before.
    """
    try:
        write_atomic(path, content)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DataError(
            str(path),
            f"the disk is full, {len(content) / 1e6:.1f} MB were needed; the previous file is kept",
            "Free some space and go on with --resume",
        ) from error


def read_checkpoint(path: Path, *, map_location: Any = "cpu") -> dict[str, Any]:
    """Read a checkpoint; WeightsError if it is not one, or holds anything but tensors and plain values."""
    try:
        content = torch.load(path, map_location=map_location, weights_only=True)
    except FileNotFoundError:
        raise WeightsError(str(path), "no such checkpoint", "Train without --resume") from None
    except Exception as error:
        raise WeightsError(
            str(path), f"not a readable checkpoint ({type(error).__name__})", "Delete it and train again"
        ) from error
    if not isinstance(content, dict):
        raise WeightsError(str(path), "not a checkpoint of ours", "Delete it and train again")
    return content


def sweep_temporary(folder: Path) -> int:
    """Delete what killed writers left in a folder; returns how many files there were."""
    orphans = list(folder.glob(".*.tmp"))
    for orphan in orphans:
        orphan.unlink(missing_ok=True)
    return len(orphans)
