"""The examples of one training step: views of images, their classes, and what the teacher says of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.data.augment import apply_views, draw_views, turn_views
from core.distill.base import mix_teacher_logits
from core.distill.focal import soften_target
from core.training.images import TrainingImages
from core.training.lesson import Lesson
from core.training.network_recipe import NetworkRecipe
from core.training.recipe import DistillRecipe


@dataclass(frozen=True)
class Examples:
    """One batch as the network sees it.

    Attributes:
        pixels: (B, 3, h, w) float32 in [0, 1], channels last.
        target: (B, C) float32, distributions over classes.
        taught: (B, C) float32, the teacher's logits; None without a teacher.
        topology: (B, size) float32; None where the images have none.
    """

    pixels: Tensor
    target: Tensor
    taught: Tensor | None
    topology: Tensor | None = None

    def take(self, rows: Tensor) -> Examples:
        """The examples of these rows (int64 indices)."""
        return Examples(
            pixels=self.pixels[rows.to(self.pixels.device)],
            target=self.target[rows],
            taught=None if self.taught is None else self.taught[rows],
            topology=None if self.topology is None else self.topology[rows],
        )


@dataclass(frozen=True)
class Mixture:
    """How a batch is mixed with itself.

    Attributes:
        share: of each example, in [0, 1]; the rest is its partner's.
        partner: (B,) int64, the place of each example's partner.
    """

    share: float
    partner: Tensor


def draw_examples(
    images: TrainingImages,
    rows: Tensor,
    recipe: NetworkRecipe,
    generator: torch.Generator,
    *,
    lesson: Lesson | None,
    distill: DistillRecipe | None,
    device: torch.device,
    places: Tensor | None = None,
) -> Examples:
    """Draw a view of each image and gather what belongs to it.

    Everything is drawn for the whole batch, and computed for the wanted places alone, so that several
    processes see together what one would see.

    Args:
        images: the training images.
        rows: (B,) int64, which of them.
        recipe: augmentation, view size, label smoothing, mixing.
        generator: everything random is drawn from it.
        lesson, distill: the teacher's views and answers, and how they are compared; None without.
        device: where the views are rendered and the batch ends up.
        places: (b,) int64, rising, which places of the batch are wanted; None for all.
    """
    settings = recipe.augment
    views = draw_views(len(rows), settings, generator)
    taught = None
    if lesson is not None:
        views, taught = lesson.choose(rows, views, generator)
        views = turn_views(views, generator, settings.symmetry)
    places = torch.arange(len(rows)) if places is None else places
    mixture = _draw_mixture(len(rows), recipe.mixup, generator) if recipe.mixup > 0 else None
    partners = places if mixture is None else mixture.partner[places]
    needed, where = torch.cat([places, partners]).unique(return_inverse=True)
    rows, views = rows[needed], views.take(needed)
    pixels = apply_views(
        images.train[rows].to(device), views, size=recipe.view_size, padding=settings.padding
    )
    target = soften_target(
        images.train_target[rows],
        num_classes=images.num_classes,
        label_smoothing=recipe.loss.label_smoothing,
    )
    topology = None if images.train_topology is None else images.train_topology[rows]
    rendered = Examples(pixels, target, None if taught is None else taught[needed], topology)
    examples = rendered
    if mixture is not None:
        temperature = 1.0 if distill is None else distill.temperature
        own, other = (rendered.take(part) for part in where.split(len(places)))
        examples = _mix(own, other, mixture.share, temperature=temperature)
    return Examples(
        pixels=examples.pixels.contiguous(memory_format=torch.channels_last),
        target=examples.target.to(device),
        taught=None if examples.taught is None else examples.taught.to(device),
        topology=None if examples.topology is None else examples.topology.to(device),
    )


def _draw_mixture(count: int, alpha: float, generator: torch.Generator) -> Mixture:
    """One share a batch, and the batch in another order (Zhang et al. 2018, "mixup")."""
    share = float(np.random.default_rng(generator.initial_seed()).beta(alpha, alpha))
    return Mixture(share, torch.randperm(count, generator=generator))


def _mix(examples: Examples, partners: Examples, share: float, *, temperature: float) -> Examples:
    """``share`` of the examples and the rest of their partners."""
    taught, topology = examples.taught, examples.topology
    if topology is not None and partners.topology is not None:
        topology = share * topology + (1 - share) * partners.topology
    if taught is not None and partners.taught is not None:
        taught = mix_teacher_logits(taught, partners.taught, share, temperature=temperature)
    return Examples(
        pixels=share * examples.pixels + (1 - share) * partners.pixels,
        target=share * examples.target + (1 - share) * partners.target,
        taught=taught,
        topology=topology,
    )
