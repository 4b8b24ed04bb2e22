"""What the teacher says of each training image, asked once and kept (view by view) in the run's folder."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from core.data.augment import Augmentation, Views, apply_views, draw_views
from core.data.batches import generator_for
from core.networks.base import Network
from core.training.checkpoint import write_kept
from core.training.processes import first_then_others
from core.training.progress import Listener

BATCH_SIZE = 8
"""Images asked about at once; few, since each may stand for several views that have to fit the cache."""


@dataclass(frozen=True)
class Lesson:
    """The fixed views of N training images and the teacher's answers to them.

    Attributes:
        views: view 1, 2, ... of all images, each N rows; view 0 is the image itself and has no entry.
        logits: (V, N, C) float32 of views 0, 1, ...; None for the control, which sees the views only.
    """

    views: tuple[Views, ...]
    logits: Tensor | None

    @property
    def count(self) -> int:
        """Number of views, the image itself included."""
        return len(self.views) + 1

    def choose(self, rows: Tensor, drawn: Views, generator: torch.Generator) -> tuple[Views, Tensor | None]:
        """Pick a view of each image at random, with the teacher's logits of it.

        Args:
            rows: (B,) int64, which images.
            drawn: B freely drawn views, used where view 0 is picked.
            generator: what the choice is drawn from.

        Returns:
            B views, and (B, C) logits or None.
        """
        picked = torch.randint(self.count, (len(rows),), generator=generator)
        chosen = drawn
        for number, views in enumerate(self.views, start=1):
            chosen = views.take(rows).where(picked == number, chosen)
        return chosen, None if self.logits is None else self.logits[picked, rows]


def draw_lesson_views(count: int, views: int, settings: Augmentation, *, seed: int) -> tuple[Views, ...]:
    """Views 1 .. ``views`` - 1 of ``count`` images, fixed by the seed."""
    return tuple(
        draw_views(count, settings, generator_for(seed, "view", number)) for number in range(1, views)
    )


def average_turns(
    network: Network, images: Tensor, symmetry: Literal["square", "mirror"] = "square"
) -> Tensor:
    """Mean logits (B, C) over the eight flips and right-angle turns of images (B, 3, H, W) with H = W.

    A network that is symmetric under flips is asked about two of the eight, which stand for all. Where the
    subject is only like its mirror image (``"mirror"``), the mean is over these two.
    """
    if symmetry == "mirror":
        turned = [images, images.flip(3)]
    elif network.symmetry == "flips":
        turned = [images, torch.rot90(images, 1, (2, 3))]
    else:
        turned = [
            torch.rot90(flipped, quarter, (2, 3))
            for flipped in (images, images.flip(3))
            for quarter in range(4)
        ]
    return torch.stack([network(view).float() for view in turned]).mean(dim=0)


@first_then_others
def ask_teacher(
    teacher: Network,
    images: Tensor,
    views: tuple[Views, ...],
    settings: Augmentation,
    *,
    folder: Path,
    key: str,
    precision: str,
    listener: Listener,
) -> Tensor:
    """The teacher's logits (V, N, C) float32 of every view, from the folder where they are there already.

    Args:
        teacher: in eval mode.
        images: (N, 3, H, W) uint8 at the teacher's size.
        views: views 1, 2, ... of the images.
        settings: how the views were drawn.
        folder: where each view's logits are kept, as ``.npz``.
        key: names everything else that decides the logits (weights, images); part of the file names.
        precision: ``"bf16"`` or ``"fp32"``.
        listener: told images done.
    """
    folder.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    teacher = as_channels_last(teacher.to(device))
    answers = []
    for number in range(len(views) + 1):
        path = folder / f"{key}-view{number}.npz"
        if path.is_file():
            with np.load(path, allow_pickle=False) as content:
                answers.append(torch.from_numpy(content["logits"]))
            continue

        def look(rows: Tensor, number: int = number) -> Tensor:
            batch = images[rows].to(device)
            if number == 0:
                return average_turns(teacher, _as_input(batch.float() / 255), settings.symmetry)
            chosen = views[number - 1].take(rows)
            size = (images.shape[2], images.shape[3])
            return teacher(_as_input(apply_views(batch, chosen, size=size, padding=settings.padding))).float()

        def told(done: int, number: int = number) -> None:
            listener.advanced(
                "asking the teacher", number * len(images) + done, (len(views) + 1) * len(images)
            )

        logits = _over_batches(look, len(images), told, bf16=precision == "bf16", device=device)
        buffer = io.BytesIO()
        np.savez(buffer, logits=logits.numpy())
        write_kept(path, buffer.getvalue())
        answers.append(logits)
    return torch.stack(answers)


def as_channels_last(network: Network) -> Network:
    """The network itself, its weights laid out channels last, which is two to three times faster here."""
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return network


def lesson_key(
    *, weights: bytes, split_sha256: str, images: Tensor, settings: Augmentation, seed: int, precision: str
) -> str:
    """SHA-256 (first 16 digits) of what decides a view's logits, the view's number apart."""
    facts = {
        "weights": hashlib.sha256(weights).hexdigest(),
        "split": split_sha256,
        "images": hashlib.sha256(images.numpy().tobytes()).hexdigest(),
        "augment": settings.model_dump(mode="json"),
        "seed": seed,
        "precision": precision,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _as_input(pixels: Tensor) -> Tensor:
    return pixels.contiguous(memory_format=torch.channels_last)


def _over_batches(
    look: Callable[[Tensor], Tensor],
    count: int,
    told: Callable[[int], None],
    *,
    bf16: bool,
    device: torch.device,
) -> Tensor:
    answers = []
    with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
        for rows in torch.arange(count).split(BATCH_SIZE):
            answers.append(look(rows).cpu())
            told(int(rows[-1]) + 1)
    return torch.cat(answers)
