"""What a page compares a case's topology with: averages of the training photographs, class by class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.card import NetworkEntry
from core.data.base import load_pixels
from core.errors import DataError
from core.modalities.base import Preprocessing
from core.topology.distances import compute_yardstick
from core.topology.reference import REFERENCE_NAME, TopologyReference, compute_likeness
from core.topology.spec import TopologySpec
from core.types import Diagram, Sample

YARDSTICK_EYES = 40
"""Eyes that the yardstick compares: 780 pairs."""


def reference_files(
    entry: NetworkEntry, samples: Sequence[Sample], classes: Sequence[str]
) -> dict[str, bytes]:
    """What ships beside a network with a topological branch: file name to content, nothing for any other.

    Args:
        entry: the student's card entry.
        samples: those it was trained on.
        classes: class codes in the order of the networks' outputs.

    Raises:
        DataError: an image cannot be read, or there are fewer than two groups of samples.
    """
    if entry.topology is None:
        return {}
    reference = compute_topology_reference(samples, entry.topology, entry.preprocessing, classes=classes)
    return {REFERENCE_NAME: reference.dump()}


def compute_topology_reference(
    samples: Sequence[Sample],
    spec: TopologySpec,
    preprocessing: Preprocessing,
    *,
    classes: Sequence[str],
    eyes: int = YARDSTICK_EYES,
    load: Callable[[Sample], NDArray[np.uint8]] = load_pixels,
) -> TopologyReference:
    """Average the persistence images of training photographs, and measure how far different eyes lie apart.

    Args:
        samples: of the training split, labels among ``classes``.
        spec: the grid.
        preprocessing: its frame is what topology is computed on.
        classes: class codes.
        eyes: how many groups the yardstick compares, spread evenly over the groups in sorted order; one
            sample of each.
        load: gives a sample's pixels, (H, W, 3) uint8.

    Returns:
        TopologyReference.

    Raises:
        DataError: an image cannot be read, or there are fewer than two groups of samples.
        ValueError: a label is none of ``classes``.
    """
    chosen = _choose_eyes(samples, eyes)
    places = {code: number for number, code in enumerate(classes)}
    target = np.array([_place(places, sample.label) for sample in samples])
    images = np.empty((len(samples), 2, spec.bins, spec.bins), dtype=np.float32)
    compared: list[Diagram] = []
    for place, sample in enumerate(samples):
        diagram = spec.diagram(preprocessing.frame(load(sample)))
        images[place] = spec.image(diagram, 0), spec.image(diagram, 1)
        if place in chosen:
            compared.append(diagram)
    counts = np.bincount(target, minlength=len(classes))
    sums = np.zeros((len(classes), *images.shape[1:]))
    np.add.at(sums, target, images)
    means = (sums / np.maximum(counts, 1)[:, None, None, None]).astype(np.float32)
    likeness = compute_likeness(images.sum(axis=1), means.sum(axis=1))
    return TopologyReference(
        spec=spec,
        classes=tuple(classes),
        counts=tuple(int(count) for count in counts),
        images=means,
        likest_own=int((np.nan_to_num(likeness, nan=-1.0).argmax(axis=1) == target).sum()),
        yardstick=compute_yardstick(compared),
        eyes=len(compared),
    )


def _place(places: Mapping[str, int], label: str) -> int:
    if label not in places:
        raise ValueError(f"samples must be of the classes {', '.join(places)}, one is of {label!r}")
    return places[label]


def _choose_eyes(samples: Sequence[Sample], eyes: int) -> set[int]:
    """Places of the first sample of groups spread evenly over all groups."""
    first: dict[str, int] = {}
    for place, sample in enumerate(samples):
        first.setdefault(sample.group, place)
    places = [first[group] for group in sorted(first)]
    if len(places) < 2:
        raise DataError(
            "topology reference", "fewer than two groups of training samples", "Train on more images"
        )
    spread = np.linspace(0, len(places) - 1, min(eyes, len(places))).round().astype(int)
    return {places[index] for index in spread}
