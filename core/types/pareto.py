"""Size, time and worth of every served network: what no other network of its pair beats in all three."""

from __future__ import annotations

from dataclasses import dataclass

from core.types.base import Interval, Precision, Role
from core.types.laboratory import LatencyReport


@dataclass(frozen=True)
class ParetoPoint:
    """One served network.

    Attributes:
        role, precision, title: which network.
        macs: multiply-accumulates of one picture.
        file_bytes: size of the served file.
        latency: time of the network alone on this machine; None where it was not measured.
        figure: its main held-out figure; None where none was measured of this precision.
        on_front: whether no other network of the pair is at least as quick, as small and as good and better
            in one of these; False for a network without a figure.
    """

    role: Role
    precision: Precision
    title: str
    macs: int
    file_bytes: int
    latency: LatencyReport | None
    figure: Interval | None
    on_front: bool


@dataclass(frozen=True)
class ParetoPanel:
    """The served networks of one pair; pairs have different data, so their panels share no line.

    Attributes:
        pair, title: its name, and the kind of image.
        dataset, dataset_title: the held-out cases of the figure; empty where the card reports none.
        metric: name of the figure.
        positive: what counts as positive, in words.
        n, positives: cases and positive ones.
        caution: what the card says must stand beside its figures; mostly empty.
        timed: whether every point has its time, so that the front is judged by it; by the work otherwise.
        points: in the order of the roles.
        notes: what is lacking, whole sentences.
    """

    pair: str
    title: str
    dataset: str
    dataset_title: str
    metric: str
    positive: str
    n: int
    positives: int
    caution: str
    timed: bool
    points: tuple[ParetoPoint, ...]
    notes: tuple[str, ...] = ()
