"""What a distillation method is, where methods are filed, and how their terms join the plain loss.

A method compares two sets of logits and returns its terms by name, each a scalar that is 0 when the student
says what the teacher says. ``kd_weight`` always means the weight on distillation (SOURCES.md, Conventions).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor

from core.registry import Registry


class Distiller(Protocol):
    """A distillation method."""

    def __call__(
        self, student_logits: Tensor, teacher_logits: Tensor, target: Tensor, *, temperature: float
    ) -> dict[str, Tensor]:
        """Return the method's terms by name.

        Args:
            student_logits: (N, C) float, before temperature; gradients flow into these.
            teacher_logits: (N, C) float, before temperature, of the same images and classes.
            target: (N, C) float, the true distribution over classes, rows sum to 1.
            temperature: divides both sets of logits, > 0.

        Returns:
            Scalars >= 0, averaged over the batch; every one is 0 where the student equals the teacher.
        """
        ...


DISTILLERS: Registry[Distiller] = Registry("distillation method", "core.distill")


def join_terms(plain: Tensor, terms: Mapping[str, Tensor], *, kd_weight: float) -> dict[str, Tensor]:
    """Weigh the plain loss against the distillation terms: (1 - kd_weight) * plain + kd_weight * terms.

    Args:
        plain: scalar, the loss against the true classes.
        terms: scalars of one method.
        kd_weight: in [0, 1]; 0 leaves the plain loss alone.

    Returns:
        The weighted terms by name, ``"plain"`` first; their sum is the loss.

    Source: MEL5 with the arguments of KL as Hinton et al. 2015 write them.
    """
    if not 0 <= kd_weight <= 1:
        raise ValueError(f"kd_weight is {kd_weight}, it must lie in [0, 1]")
    joined = {"plain": (1 - kd_weight) * plain}
    if kd_weight > 0:
        joined.update({name: kd_weight * term for name, term in terms.items()})
    return joined


def mix_teacher_logits(logits: Tensor, partners: Tensor, share: float, *, temperature: float) -> Tensor:
    """Logits whose softened probabilities are the mixture of two teachers' answers, for mixed images.

    Args:
        logits, partners: (N, C) float, the teacher's logits of the two images of each mixture.
        share: part of the first image, in [0, 1].
        temperature: the temperature at which they will be compared, > 0.

    Returns:
        (N, C): softmax of it / temperature is the mixture of both softmaxes, ``share`` of the first.
    """
    first = torch.softmax(logits / temperature, dim=1)
    second = torch.softmax(partners / temperature, dim=1)
    mixed = share * first + (1 - share) * second
    return temperature * mixed.clamp_min(torch.finfo(mixed.dtype).tiny).log()
