"""What surrounds a process that is to train with others: torchrun, SLURM, GPUs, other machines."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import torch
from torch import distributed as dist

from core.errors import ConfigError

if TYPE_CHECKING:
    from lightning.fabric.plugins import ClusterEnvironment

ADDRESS, PORT, NODE = "MASTER_ADDR", "MASTER_PORT", "NODE_RANK"
"""Variables that say where the first machine is, and which one this is."""


def check_launcher(devices: int, nodes: int) -> None:
    """ConfigError unless torchrun or SLURM, where one of them is there, started as many processes."""
    asked = f"--devices {devices} --nodes {nodes}"
    started = int(os.environ["WORLD_SIZE"]) if is_torchrun() else slurm_tasks()
    if started and started != devices * nodes:
        launcher = "torchrun" if is_torchrun() else "SLURM"
        raise ConfigError(
            asked,
            f"{launcher} started {started} processes",
            "Give --devices the processes of each machine and --nodes the machines",
        )
    if slurm_tasks() and "SLURM_NTASKS_PER_NODE" not in os.environ:
        raise ConfigError(
            asked, "SLURM's tasks are not started by node", "Replace --ntasks by --ntasks-per-node"
        )


def check_devices(devices: int) -> None:
    """ConfigError if the machine has GPUs, but not so many."""
    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if there and devices > there:
        raise ConfigError(
            f"--devices {devices}",
            f"this machine has {there} GPUs",
            f"Use at most {there}, or hide them (CUDA_VISIBLE_DEVICES=) to train on the CPU",
        )


def check_address(nodes: int) -> None:
    """ConfigError if several machines are started by hand without a word on where the first one is."""
    absent = [name for name in (ADDRESS, PORT, NODE) if name not in os.environ]
    if absent:
        raise ConfigError(
            f"--nodes {nodes}",
            f"the machines cannot find each other without {', '.join(absent)}",
            "Start the command on every machine with torchrun or srun, or set these variables there",
        )


def is_torchrun() -> bool:
    """Whether torchrun started this process."""
    return dist.is_available() and dist.is_torchelastic_launched()


def slurm_tasks() -> int:
    """Tasks that srun started, where they are several; 0 in an interactive job, as Lightning sees it."""
    tasks = int(os.environ.get("SLURM_NTASKS", "1"))
    interactive = os.environ.get("SLURM_JOB_NAME") in ("bash", "interactive")
    return 0 if tasks == 1 or interactive or is_torchrun() else tasks


def describe_surroundings(*, by_hand: bool) -> ClusterEnvironment:
    """How Lightning finds the other processes: by variables set here or by hand, by torchrun's or SLURM's."""
    from core.networks.torchvision_ops import ensure_torchvision

    ensure_torchvision()
    from lightning.fabric.plugins.environments import (
        LightningEnvironment,
        SLURMEnvironment,
        TorchElasticEnvironment,
    )

    if by_hand:
        return LightningEnvironment()
    return TorchElasticEnvironment() if is_torchrun() else SLURMEnvironment(auto_requeue=False)
