"""How an epoch is judged on the validation split."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from sklearn.metrics import cohen_kappa_score, roc_auc_score
from torch import Tensor

from core.data.batches import generator_for
from core.networks.base import Network
from core.training.images import TrainingImages
from core.training.network_recipe import Monitor, NetworkRecipe
from core.training.processes import by_first
from core.training.topology import answer

BATCH_SIZE = 64


@dataclass(frozen=True)
class ValidationScores:
    """What an epoch reached on the validation split.

    Attributes:
        roc_auc: of the positive classes together, in [0, 1].
        cross_entropy: mean over the images, at least 0.
        quadratic_kappa: Cohen's kappa with quadratic weights, the most probable class against the true one,
            in [-1, 1]; classes taken as grades in their order; 0 where all are predicted as one grade.
        accuracy: share of images whose most probable class is the true one, in [0, 1].
    """

    roc_auc: float
    cross_entropy: float
    quadratic_kappa: float = 0.0
    accuracy: float = 0.0

    def monitored(self, monitor: Monitor, *, epoch: int) -> float:
        """The score that decides; the epoch's number where the last epoch is kept."""
        return float(epoch) if monitor == "last" else float(getattr(self, monitor))


def is_better(monitor: Monitor, now: float, before: float) -> bool:
    """Whether a monitored score is better than another; an equal one is not."""
    return now < before if monitor == "cross_entropy" else now > before


def score_validation(logits: Tensor, target: Tensor, positives: tuple[int, ...]) -> ValidationScores:
    """Score a network's answers.

    Args:
        logits: (N, C) float, finite.
        target: (N,) int64; at least one positive and one negative.
        positives: indices of the positive classes.
    """
    wanted = torch.tensor(positives)
    truth = torch.isin(target, wanted).numpy()
    predicted = logits.argmax(dim=1)
    return ValidationScores(
        roc_auc=float(roc_auc_score(truth, positive_score(logits, wanted).numpy())),
        cross_entropy=float(F.cross_entropy(logits, target)),
        quadratic_kappa=float(
            cohen_kappa_score(
                target.numpy(), predicted.numpy(), labels=range(logits.shape[1]), weights="quadratic"
            )
        ),
        accuracy=float((predicted == target).float().mean()),
    )


def positive_score(logits: Tensor, positives: Tensor) -> Tensor:
    """(N,) float64 log-odds of the positive classes together: the order of their probability, without ties
    where probabilities round to 0 or 1.
    """
    mask = torch.zeros(logits.shape[1], dtype=torch.bool)
    mask[positives] = True
    logits = logits.double()
    return logits[:, mask].logsumexp(dim=1) - logits[:, ~mask].logsumexp(dim=1)


@by_first
def score_watched(network: Network, images: TrainingImages, recipe: NetworkRecipe) -> ValidationScores:
    """:func:`score_validation` of ``watch_training`` training images, plain and in eval mode.

    The same images in every epoch, drawn from the recipe's seed; the network's mode is put back.
    """
    order = torch.randperm(len(images.train), generator=generator_for(recipe.seed, "watched"))
    rows = order[: recipe.watch_training]
    modes = {module: module.training for module in network.modules()}
    device = next(network.parameters()).device
    answers = []
    network.eval()
    with torch.inference_mode():
        for part in rows.split(BATCH_SIZE):
            topology = None if images.train_topology is None else images.train_topology[part].to(device)
            pixels = images.train[part].to(device).float() / 255
            pixels = pixels.contiguous(memory_format=torch.channels_last)
            answers.append(answer(network, pixels, topology).float().cpu())
    for module, mode in modes.items():
        module.training = mode
    return score_validation(torch.cat(answers), images.train_target[rows], images.positives)


@by_first
def validate_network(network: Network, images: TrainingImages, *, precision: str) -> ValidationScores:
    """:func:`score_validation` of a network in eval mode on the CPU."""
    answers = []
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
        for rows in torch.arange(len(images.val)).split(BATCH_SIZE):
            topology = None if images.val_topology is None else images.val_topology[rows]
            answers.append(answer(network, images.val[rows].float() / 255, topology).float())
    return score_validation(torch.cat(answers), images.val_target, images.positives)
