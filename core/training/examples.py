"""The examples of one training step: views of images, their classes, and what the teacher says of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

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


def draw_examples(
    images: TrainingImages,
    rows: Tensor,
    recipe: NetworkRecipe,
    generator: torch.Generator,
    *,
    lesson: Lesson | None,
    distill: DistillRecipe | None,
    device: torch.device,
) -> Examples:
    """Draw a view of each image and gather what belongs to it.

    Args:
        images: the training images.
        rows: (B,) int64, which of them.
        recipe: augmentation, view size, label smoothing, mixing.
        generator: everything random is drawn from it.
        lesson, distill: the teacher's views and answers, and how they are compared; None without.
        device: where the views are rendered and the batch ends up.
    """
    settings = recipe.augment
    views = draw_views(len(rows), settings, generator)
    taught = None
    if lesson is not None:
        views, taught = lesson.choose(rows, views, generator)
        views = turn_views(views, generator, settings.symmetry)
    pixels = apply_views(
        images.train[rows].to(device), views, size=recipe.view_size, padding=settings.padding
    )
    target = soften_target(
        images.train_target[rows],
        num_classes=images.num_classes,
        label_smoothing=recipe.loss.label_smoothing,
    )
    topology = None if images.train_topology is None else images.train_topology[rows]
    examples = Examples(pixels, target, taught, topology)
    if recipe.mixup > 0:
        temperature = 1.0 if distill is None else distill.temperature
        examples = _mix(examples, recipe.mixup, generator, temperature=temperature)
    return Examples(
        pixels=examples.pixels.contiguous(memory_format=torch.channels_last),
        target=examples.target.to(device),
        taught=None if examples.taught is None else examples.taught.to(device),
        topology=None if examples.topology is None else examples.topology.to(device),
    )


def _mix(examples: Examples, alpha: float, generator: torch.Generator, *, temperature: float) -> Examples:
    """Mix the batch with itself in another order, one share a batch (Zhang et al. 2018, "mixup")."""
    share = float(np.random.default_rng(generator.initial_seed()).beta(alpha, alpha))
    partner = torch.randperm(len(examples.pixels), generator=generator)
    pixels, target, taught = examples.pixels, examples.target, examples.taught
    topology = examples.topology
    if topology is not None:
        topology = share * topology + (1 - share) * topology[partner]
    if taught is not None:
        taught = mix_teacher_logits(taught, taught[partner], share, temperature=temperature)
    return replace(
        examples,
        pixels=share * pixels + (1 - share) * pixels[partner.to(pixels.device)],
        target=share * target + (1 - share) * target[partner],
        taught=taught,
        topology=topology,
    )
