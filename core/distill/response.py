"""Response distillation: the student matches the teacher's softened probabilities (MEL5)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from core.distill.base import DISTILLERS


@DISTILLERS.register("response")
def response(
    student_logits: Tensor, teacher_logits: Tensor, target: Tensor, *, temperature: float
) -> dict[str, Tensor]:
    """Temperature² · KL(teacher ‖ student) of the softened probabilities, averaged over the batch.

    The factor temperature² stays whatever the weight, so that gradients keep their size when the temperature
    changes. ``target`` is not used.

    Args:
        student_logits, teacher_logits: (N, C) float, before temperature.
        target: (N, C), ignored.
        temperature: > 0; 1 compares the probabilities as they are.

    Returns:
        ``{"response": scalar >= 0}``; 0 where both agree.

    Raises:
        ValueError: the shapes differ, or the temperature is not positive.

    Source: Hinton, Vinyals, Dean 2015, "Distilling the Knowledge in a Neural Network", section 2.
    """
    if student_logits.shape != teacher_logits.shape:
        raise ValueError(
            f"teacher_logits has shape {tuple(teacher_logits.shape)}, "
            f"student_logits {tuple(student_logits.shape)}"
        )
    if temperature <= 0:
        raise ValueError(f"temperature is {temperature}, it must be positive")
    student = F.log_softmax(student_logits / temperature, dim=1)
    teacher = F.log_softmax(teacher_logits / temperature, dim=1)
    divergence = F.kl_div(student, teacher, reduction="batchmean", log_target=True)
    return {"response": temperature**2 * divergence}
