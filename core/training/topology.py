"""The topological input of training: a grid fitted on the training frames, and every image's numbers on it.

Computed once an image and kept in ``runs/<preset>/topology/``, so that runs on the same images share them.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from torch import Tensor

from core.data.base import load_pixels, sample_key
from core.errors import ConfigError
from core.modalities.base import Preprocessing
from core.networks.base import Network
from core.topology.diagram import compute_diagram
from core.topology.grey import compute_grey
from core.topology.spec import TopologySpec, fit_topology_spec
from core.training.checkpoint import write_kept
from core.training.images import SplitSamples, TrainingImages
from core.training.processes import by_first, first_then_others
from core.training.progress import Listener
from core.training.recipe import TopologyRecipe
from core.types import Diagram, Sample

TOPOLOGY_NAME = "topology.json"
"""File of a run's folder: the grid its network was trained on."""


@dataclass(frozen=True)
class TopologyRows:
    """The grid, and the numbers of every training and validation image.

    Attributes:
        spec: fitted on the training frames alone.
        train, val: (N, spec.size) float32.
    """

    spec: TopologySpec
    train: Tensor
    val: Tensor

    def beside(self, images: TrainingImages) -> TrainingImages:
        """The images with these rows."""
        return replace(images, train_topology=self.train, val_topology=self.val)


@first_then_others
def prepare_topology(
    recipe: TopologyRecipe,
    samples: SplitSamples,
    preprocessing: Preprocessing,
    folder: Path,
    listener: Listener,
) -> TopologyRows:
    """Fit the grid and compute every image's numbers, or read both from the folder.

    What is kept is used only if the grid still gives the first image the numbers kept for it.

    Args:
        recipe: sides of the greyscale picture and of the persistence image.
        samples: training and validation samples.
        preprocessing: its frame is what topology is computed on; its size does not matter.
        folder: where rows are kept, as ``<key>.npz``.
        listener: told of images done.

    Raises:
        DataError: an image cannot be read.
        ConfigError: the training frames have no spots to fit a grid on.
    """
    path = folder / f"{_key(recipe, samples, preprocessing)}.npz"
    kept = _read_rows(path)
    if kept is not None and len(kept.train) == len(samples.train) and len(kept.val) == len(samples.val):
        first = kept.spec.apply(preprocessing.frame(load_pixels(samples.train[0])))
        if np.array_equal(first[0], kept.train[0].numpy()):
            return kept
    rows = _compute_rows(recipe, samples, preprocessing, listener)
    buffer = io.BytesIO()
    np.savez(
        buffer, train=rows.train.numpy(), val=rows.val.numpy(), spec=np.array(rows.spec.model_dump_json())
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_kept(path, buffer.getvalue())
    return rows


def check_topology(network: Network, images: TrainingImages, name: str) -> None:
    """ConfigError unless the images carry the numbers that the network takes.

    Args:
        network: may take a topology or none.
        images: what it is trained on.
        name: of the recipe, for the message.
    """
    given = 0 if images.train_topology is None else images.train_topology.shape[1]
    if network.topology_inputs not in (0, given):
        raise ConfigError(
            f"{name}.topology",
            f"the network takes {network.topology_inputs} numbers a case, the recipe makes {given}",
            "Set topology.bins so that bins x bins is the network's topology_inputs, or topology_inputs to 0",
        )


def answer(network: Network, pixels: Tensor, topology: Tensor | None) -> Tensor:
    """Logits (B, C) of pixels (B, 3, h, w) in [0, 1]; topology (B, size) is passed where it is taken."""
    return network(pixels, topology) if network.topology_inputs else network(pixels)


def read_spec(folder: Path) -> TopologySpec:
    """The grid in a run's folder; ConfigError if it is missing or unreadable."""
    path = folder / TOPOLOGY_NAME
    try:
        return TopologySpec.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(str(path), "no topology was kept with this run", "Train this stage again") from None
    except (ValidationError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), "not a topology of this version", "Train this stage again") from error


@by_first
def write_spec(folder: Path, spec: TopologySpec) -> None:
    """Keep the grid with a run."""
    write_kept(folder / TOPOLOGY_NAME, (spec.model_dump_json(indent=1) + "\n").encode())


def _compute_rows(
    recipe: TopologyRecipe, samples: SplitSamples, preprocessing: Preprocessing, listener: Listener
) -> TopologyRows:
    """Each image is read once: its diagram is kept while the grid is fitted."""
    diagrams: list[Diagram] = []
    total = len(samples.train) + len(samples.val)

    def frames(part: Sequence[Sample]) -> Iterator[NDArray[np.uint8]]:
        for sample in part:
            frame = preprocessing.frame(load_pixels(sample))
            diagrams.append(compute_diagram(compute_grey(frame, recipe.side)))
            listener.advanced("computing topology", len(diagrams), total)
            yield frame

    try:
        spec = fit_topology_spec(frames(samples.train), side=recipe.side, bins=recipe.bins)
    except ValueError as error:
        raise ConfigError(
            "topology", str(error), "Train without topology, or on images that are not blank"
        ) from error
    for _ in frames(samples.val):
        pass
    vectors = np.stack([spec.summed(diagram).astype(np.float32).reshape(-1) for diagram in diagrams])
    rows = torch.from_numpy(vectors)
    return TopologyRows(spec, rows[: len(samples.train)], rows[len(samples.train) :])


def _read_rows(path: Path) -> TopologyRows | None:
    """What is kept in a file; None if there is none, or none of this version."""
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as content:
            spec = TopologySpec.model_validate_json(str(content["spec"]))
            return TopologyRows(spec, torch.from_numpy(content["train"]), torch.from_numpy(content["val"]))
    except (ValidationError, KeyError, ValueError, EOFError):
        return None


def _key(recipe: TopologyRecipe, samples: SplitSamples, preprocessing: Preprocessing) -> str:
    """SHA-256 (first 16 digits) of what decides the rows: images, crop and sides."""
    facts = {
        "split": samples.sha256,
        "images": [[sample_key(sample) for sample in part] for part in (samples.train, samples.val)],
        "crop": preprocessing.crop,
        "recipe": recipe.model_dump(mode="json"),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
