"""The optimiser with its groups of parameters, and the schedules of the rate."""

from __future__ import annotations

import math
from collections.abc import Collection

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

from core.training.network_recipe import NetworkRecipe, ScheduleRecipe


def build_optimiser(
    network: nn.Module, recipe: NetworkRecipe, fresh: Collection[str], *, total_steps: int
) -> tuple[torch.optim.Optimizer, LRScheduler]:
    """AdamW (Loshchilov & Hutter 2019), Adam or SGD, and the recipe's schedule.

    Biases and normalisation weights (one dimension) do not decay. Parameters named in ``fresh`` have the rate
    times ``head_lr_factor``; where all are fresh none has. Frozen parameters are left out.

    Args:
        network: whose parameters.
        recipe: rates and schedule.
        fresh: names of parameters that pretrained weights did not fill.
        total_steps: steps of the whole training.
    """
    named = {name: parameter for name, parameter in network.named_parameters() if parameter.requires_grad}
    everything = set(named) <= set(fresh)
    settings, groups = recipe.optimiser, []
    for is_head in (False, True):
        for decays in (True, False):
            members = [
                parameter
                for name, parameter in named.items()
                if (name in fresh and not everything) == is_head and (parameter.ndim > 1) == decays
            ]
            if members:
                factor = settings.head_lr_factor if is_head else 1.0
                decay = settings.weight_decay if decays else 0.0
                groups.append({"params": members, "lr": settings.lr * factor, "weight_decay": decay})
    optimiser: torch.optim.Optimizer
    if settings.name == "sgd":
        optimiser = torch.optim.SGD(groups, momentum=settings.momentum)
    else:
        optimiser = (torch.optim.Adam if settings.name == "adam" else torch.optim.AdamW)(groups)
    return optimiser, build_schedule(optimiser, recipe.schedule, total_steps=total_steps)


def build_schedule(
    optimiser: torch.optim.Optimizer, recipe: ScheduleRecipe, *, total_steps: int
) -> LRScheduler:
    """The rate over ``total_steps`` steps: one cycle (Smith 2018), cosine to zero, or constant."""
    if recipe.name == "onecycle":
        rates = [group["lr"] for group in optimiser.param_groups]
        return OneCycleLR(optimiser, rates, total_steps=max(2, total_steps), pct_start=recipe.warmup)
    warmup = round(recipe.warmup * total_steps)

    def factor(step: int) -> float:
        if step < warmup:
            return (step + 1) / (warmup + 1)
        if recipe.name == "constant":
            return 1.0
        done = (step - warmup) / max(1, total_steps - warmup)
        return 0.5 * (1 + math.cos(math.pi * min(1.0, done)))

    return LambdaLR(optimiser, factor)
