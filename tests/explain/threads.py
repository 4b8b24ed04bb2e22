"""Many threads on one network: how many of their maps are those of a serial run, bit for bit.

Used by `test_threads.py` and by `benchmarks/explain_threads.py`.
"""

from __future__ import annotations

import random
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

import numpy as np
from torch import nn

from core.types import Heatmap

OK, WRONG, ANOTHERS, FAILED, PREDICTED, MISPREDICTED = "owaepm"
"""What became of one map, or of one prediction beside the maps: a letter each, which a crash cannot undo."""

Maps = Mapping[str, bytes]
"""Method to map, of one image."""


@dataclass(frozen=True)
class Tally:
    """What became of the maps and of the predictions of a run.

    Attributes:
        right: maps that are bit for bit those of the serial run.
        wrong: maps that are neither that nor another image's.
        anothers: maps that are bit for bit another image's.
        failed: explanations that raised.
        predicted, mispredicted: predictions made beside them with the same network: right, and not.
        harmed_methods: methods with a map that is not right; empty where letters are all that is left.
    """

    right: int
    wrong: int
    anothers: int
    failed: int
    predicted: int
    mispredicted: int
    harmed_methods: tuple[str, ...] = ()

    @classmethod
    def read(cls, letters: str, harmed_methods: Iterable[str] = ()) -> Tally:
        """Count the letters that a run recorded."""
        found = Counter(letters)
        counts = (found[letter] for letter in (OK, WRONG, ANOTHERS, FAILED, PREDICTED, MISPREDICTED))
        return cls(*counts, harmed_methods=tuple(sorted(set(harmed_methods))))

    @property
    def harmed(self) -> int:
        """Everything that is not as it would be alone."""
        return self.wrong + self.anothers + self.failed + self.mispredicted


def race(
    explain: Callable[[int, str], bytes],
    wanted: Sequence[Maps],
    *,
    threads: int,
    predict: Callable[[int], bytes] | None = None,
    predicted: Sequence[bytes] = (),
    predictors: int = 2,
    record: Callable[[str], Any] | None = None,
) -> Tally:
    """Explain every image once, spread over threads that start together, while others predict.

    Args:
        explain: number of an image and method to the map as bytes.
        wanted: the maps of a serial run, by number: those that are asked for.
        threads: that explain; thread k takes the images k, k + threads, ... and the methods of an image in
            an order of its own.
        predict, predicted: number of an image to its logits as bytes, and those of a serial run; they are
            asked for without end until the last map is there. None: nobody predicts.
        predictors: threads that predict.
        record: told a letter for each map and prediction as it comes; a run that may crash writes it away.
    """
    letters: list[str] = []
    harmed: list[str] = []
    note = record or letters.append
    start, done = threading.Barrier(threads + (predictors if predict else 0)), threading.Event()

    def explain_share(thread: int) -> None:
        draw = random.Random(thread)
        numbers = list(range(thread, len(wanted), threads))
        draw.shuffle(numbers)
        start.wait()
        for number in numbers:
            for method in draw.sample(sorted(wanted[number]), len(wanted[number])):
                letter = _judge(explain, number, method, wanted)
                note(letter)
                if letter != OK:
                    harmed.append(method)

    def predict_on(thread: int) -> None:
        draw = random.Random(1000 + thread)
        start.wait()
        while predict is not None and not done.is_set():
            number = draw.randrange(len(predicted))
            try:
                right = predict(number) == predicted[number]
            except Exception:  # noqa: BLE001 - whatever it is, it is counted
                right = False
            note(PREDICTED if right else MISPREDICTED)

    _run(
        [threading.Thread(target=explain_share, args=(k,)) for k in range(threads)],
        [threading.Thread(target=predict_on, args=(k,)) for k in range(predictors if predict else 0)],
        done,
    )
    return Tally.read("".join(letters), harmed)


def _judge(explain: Callable[[int, str], bytes], number: int, method: str, wanted: Sequence[Maps]) -> str:
    try:
        found = explain(number, method)
    except Exception:  # noqa: BLE001 - whatever it is, it is counted
        return FAILED
    if found == wanted[number][method]:
        return OK
    return ANOTHERS if any(maps.get(method) == found for maps in wanted) else WRONG


def _run(workers: Sequence[threading.Thread], others: Sequence[threading.Thread], done: Event) -> None:
    """Start all, wait for the workers, tell the others, wait for them."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(2e-4)  # threads take turns far more often than they would
    try:
        for thread in (*workers, *others):
            thread.start()
        for thread in workers:
            thread.join()
        done.set()
        for thread in others:
            thread.join()
    finally:
        sys.setswitchinterval(interval)


def pack(heatmap: Heatmap) -> bytes:
    """Everything that a map says, as bytes; equal bytes are equal bit for bit."""
    words = f"{heatmap.values.shape} {heatmap.unit} {heatmap.layer} {heatmap.class_code} {heatmap.state}"
    return heatmap.values.tobytes() + np.float64(heatmap.peak).tobytes() + words.encode()


def take_stock(network: nn.Module) -> list[object]:
    """What a run leaves as it was: hooks, attributes, train flags, ``.grad``, ``requires_grad``, weights."""
    found: list[object] = []
    for name, module in network.named_modules():
        attributes = {key: id(value) for key, value in module.__dict__.items()}
        hooks = [(key, len(value)) for key, value in module.__dict__.items() if key.endswith("_hooks")]
        found.append((name, module.training, attributes, hooks))
    for name, tensor in (*network.named_parameters(), *network.named_buffers()):
        grad = None if tensor.grad is None else (id(tensor.grad), tensor.grad.numpy().tobytes())
        found.append(
            (name, tensor.requires_grad, grad, tensor._version, hash(tensor.detach().numpy().tobytes()))
        )
    return found
