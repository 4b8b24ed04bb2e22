"""How an epoch is judged: ROC-AUC of the positive classes on the validation split."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score
from torch import Tensor

from core.networks.base import Network
from core.training.images import TrainingImages

BATCH_SIZE = 64


def score_validation(logits: Tensor, target: Tensor, positives: tuple[int, ...]) -> tuple[float, float]:
    """ROC-AUC of the positive classes together, and cross-entropy over all classes.

    Args:
        logits: (N, C) float, finite.
        target: (N,) int64; at least one positive and one negative.
        positives: indices of the positive classes.

    Returns:
        ROC-AUC in [0, 1], and mean cross-entropy.
    """
    wanted = torch.tensor(positives)
    truth = torch.isin(target, wanted).numpy()
    auc = roc_auc_score(truth, positive_score(logits, wanted).numpy())
    return float(auc), float(F.cross_entropy(logits, target))


def positive_score(logits: Tensor, positives: Tensor) -> Tensor:
    """(N,) float64 log-odds of the positive classes together: the order of their probability, without ties
    where probabilities round to 0 or 1.
    """
    mask = torch.zeros(logits.shape[1], dtype=torch.bool)
    mask[positives] = True
    logits = logits.double()
    return logits[:, mask].logsumexp(dim=1) - logits[:, ~mask].logsumexp(dim=1)


def validate_network(network: Network, images: TrainingImages, *, precision: str) -> tuple[float, float]:
    """:func:`score_validation` of a network in eval mode on the CPU."""
    answers = []
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
        for batch in images.val.split(BATCH_SIZE):
            answers.append(network(batch.float() / 255).float())
    return score_validation(torch.cat(answers), images.val_target, images.positives)
