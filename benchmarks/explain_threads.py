"""How many Grad-CAM maps are wrong when users share a network: the package's way, and ours.

    python -m benchmarks.explain_threads

Eight times fifty different images, spread over 2, 4 and 8 threads that share one network; every map is held
against that of a serial run of the same code, bit for bit. Each run has a process of its own, because the
package's way can end the interpreter; what was recorded until then still counts. The ways:

- ``package``: pytorch-grad-cam, a new object per call as its manual shows it.
- ``frozen``: the same on a network whose weights ask for no gradient.
- ``locked``: the package under one lock, while two other threads predict without asking for the lock.
- ``ours``: `core.explain.gradcam`, while two other threads predict.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from core.explain.gradcam import explain_gradcam
from core.latency import read_machine_load
from core.networks.base import Network, build_network
from tests.explain.threads import Tally, pack, race

if TYPE_CHECKING:
    from core.types import Heatmap

NETWORKS = ("mobilenetv3_small_100", "resnet18")
WAYS = ("package", "frozen", "locked", "ours")
THREADS = (2, 4, 8)
IMAGES, SIDE, CLASSES = 400, 128, 3
LONGEST_S = 900


def explain_ours(network: Network, x: Tensor, index: int) -> Heatmap:
    return explain_gradcam(network, x, index, str(index))


def explain_package(network: Network, x: Tensor, index: int) -> bytes:
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    with GradCAM(model=network, target_layers=[network.get_submodule(network.cam_layer)]) as cam:
        return cam(input_tensor=x.clone().requires_grad_(), targets=[ClassifierOutputTarget(index)]).tobytes()


def prepare(name: str, count: int, side: int) -> tuple[Network, list[tuple[Tensor, int]]]:
    """A network of random weights, and different images, each with the first class that has evidence."""
    torch.manual_seed(0)
    network = build_network(name, {}, CLASSES).eval()
    images = []
    for _ in range(count):
        cells = int(torch.randint(2, 16, ()))
        noise = torch.rand(1, 3, cells, cells) * torch.rand(1, 3, 1, 1)
        x = torch.nn.functional.interpolate(noise, (side, side), mode="bilinear")
        states = [explain_ours(network, x, index).state for index in range(CLASSES)]
        images.append((x, states.index("ok") if "ok" in states else 0))
    return network, images


def run_one(name: str, way: str, threads: int, count: int, side: int) -> None:
    """Race one way and write a letter to standard output for every map, as it comes."""
    torch.set_num_threads(1)
    network, images = prepare(name, count, side)
    network.requires_grad_(way != "frozen")
    lock = threading.Lock()

    def explain(number: int, method: str = "gradcam") -> bytes:
        x, index = images[number]
        if way == "ours":
            return pack(explain_ours(network, x, index))
        if way == "locked":
            with lock:
                return explain_package(network, x, index)
        return explain_package(network, x, index)

    def predict(number: int) -> bytes:
        with torch.inference_mode():
            return network(images[number][0]).numpy().tobytes()

    wanted = [explain(number) for number in range(count)]
    if len(set(wanted)) < 0.9 * count:
        raise RuntimeError("maps that are alike cannot show that two were swapped")
    beside: Callable[[int], bytes] | None = predict if way in ("locked", "ours") else None
    predicted = [predict(number) for number in range(count)] if beside else []
    race(
        explain,
        [{"gradcam": found} for found in wanted],
        threads=threads,
        predict=beside,
        predicted=predicted,
        record=lambda letter: os.write(1, letter.encode()),
    )


def run_apart(name: str, way: str, threads: int, count: int, side: int) -> tuple[Tally, str, float]:
    """:func:`run_one` in a process of its own: what it recorded, how it ended, how many seconds it took."""
    command = [sys.executable, "-m", "benchmarks.explain_threads", "--one", name, way]
    command += ["--threads", str(threads), "--images", str(count), "--side", str(side)]
    root = Path(__file__).resolve().parent.parent
    start = time.perf_counter()
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired as stopped:
        return Tally.read((stopped.stdout or b"").decode()), "hung", time.perf_counter() - start
    if done.returncode > 0:
        raise RuntimeError(done.stderr[-2000:])
    ended = "" if done.returncode == 0 else signal.Signals(-done.returncode).name
    return Tally.read(done.stdout), ended, time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--one", nargs=2, metavar=("NETWORK", "WAY"), help="one run, in this process")
    parser.add_argument("--network", choices=NETWORKS, help="only this one")
    parser.add_argument("--threads", type=int, default=4, help="of that run")
    parser.add_argument("--images", type=int, default=IMAGES)
    parser.add_argument("--side", type=int, default=SIDE, help="pixels")
    options = parser.parse_args()
    if options.one:
        name, way = options.one
        run_one(name, way, options.threads, options.images, options.side)
        return
    print(
        f"{options.images} images of {options.side} px a run; load a core at the start {read_machine_load()}"
    )
    heads = ("network", "way", "threads", "right", "another's", "wrong", "raised", "not made", "predictions")
    print(*(f"{head:>11}" if i > 1 else f"{head:<22}" for i, head in enumerate(heads)), "  ended, seconds")
    for name in [options.network] if options.network else NETWORKS:
        for way in WAYS:
            for threads in THREADS:
                tally, ended, seconds = run_apart(name, way, threads, options.images, options.side)
                made = tally.right + tally.anothers + tally.wrong + tally.failed
                spoilt = f"{tally.mispredicted}/{tally.predicted + tally.mispredicted}"
                figures = (threads, tally.right, tally.anothers, tally.wrong, tally.failed)
                figures += (options.images - made, spoilt)  # type: ignore[operator]
                print(
                    f"{name:<22}",
                    f"{way:<22}",
                    *(f"{figure:>11}" for figure in figures),
                    f"  {ended or 'normally'}, {seconds:.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
