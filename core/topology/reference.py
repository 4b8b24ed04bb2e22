"""What the topology of the training photographs looks like: an average for each class, and a yardstick."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load, save

from core.errors import BundleError
from core.topology.spec import TopologySpec

REFERENCE_NAME = "topology.safetensors"
"""File of a pair."""

_IMAGES = "images"
_REMEDY = "Restore the pair's folder, or save the pair again"


@dataclass(frozen=True)
class TopologyReference:
    """Average persistence images of the training photographs, class by class.

    Attributes:
        spec: the grid that the images lie on; that of the pair's card.
        classes: class codes, in the order of the networks' outputs.
        counts: training photographs of each class.
        images: (classes, 2, bins, bins) float32, mean image of H0 and of H1 as :meth:`TopologySpec.image`
            gives them, row 0 the highest persistence; all 0 for a class without photographs.
        likest_own: of those photographs, how many are likest (:func:`compute_likeness` of the summed images)
            to the average of their own class.
        yardstick: median 1-Wasserstein distance of H0 and of H1 between different eyes, grey values.
        eyes: how many eyes the yardstick compares, each with every other.
    """

    spec: TopologySpec
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    images: NDArray[np.float32]
    likest_own: int
    yardstick: tuple[float, float]
    eyes: int

    @property
    def n(self) -> int:
        """Training photographs in all."""
        return sum(self.counts)

    def dump(self) -> bytes:
        """A safetensors file: the images, and everything else as JSON in its header."""
        facts = _Facts(
            spec=self.spec,
            classes=self.classes,
            counts=self.counts,
            likest_own=self.likest_own,
            yardstick=self.yardstick,
            eyes=self.eyes,
        )
        images = np.ascontiguousarray(self.images, dtype=np.float32)
        return save({_IMAGES: images}, metadata={"topology": facts.model_dump_json()})

    @classmethod
    def load(cls, content: bytes, name: str = REFERENCE_NAME) -> TopologyReference:
        """Read what :meth:`dump` wrote.

        Args:
            content: the file's bytes.
            name: the file's name, for messages.

        Raises:
            BundleError: not such a file, or its parts do not belong together.
        """
        try:
            tensors = load(content)
            size = int.from_bytes(content[:8], "little")
            header = json.loads(content[8 : 8 + size])
            facts = _Facts.model_validate_json(header["__metadata__"]["topology"])
            images = tensors[_IMAGES]
        except (SafetensorError, ValidationError, KeyError) as error:
            raise BundleError(name, "not a topology reference of this version", _REMEDY) from error
        expected = (len(facts.classes), 2, facts.spec.bins, facts.spec.bins)
        if images.shape != expected or images.dtype != np.float32 or not np.isfinite(images).all():
            raise BundleError(name, f"its images are not {expected} finite float32 numbers", _REMEDY)
        if len(facts.counts) != len(facts.classes):
            raise BundleError(name, "it does not count the photographs of every class", _REMEDY)
        return cls(
            facts.spec, facts.classes, facts.counts, images, facts.likest_own, facts.yardstick, facts.eyes
        )


def compute_likeness(images: NDArray[np.floating], averages: NDArray[np.floating]) -> NDArray[np.float64]:
    """Cosine of every image with every average.

    Args:
        images: (n, bins, bins), at least 0.
        averages: (classes, bins, bins), at least 0.

    Returns:
        (n, classes) float64 in [0, 1]; NaN where one of the two is empty.
    """
    rows, columns = (np.asarray(part, dtype=np.float64).reshape(len(part), -1) for part in (images, averages))
    sizes = np.linalg.norm(rows, axis=1)[:, None] * np.linalg.norm(columns, axis=1)[None]
    found = np.full(sizes.shape, np.nan)
    np.divide(rows @ columns.T, sizes, out=found, where=sizes > 0)
    return np.minimum(found, 1.0)


class _Facts(BaseModel):
    """What the file says beside its images."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    spec: TopologySpec
    classes: tuple[str, ...]
    counts: tuple[int, ...]
    likest_own: int
    yardstick: tuple[float, float]
    eyes: int
