"""Visitors who upload pictures of their own at the same time, and whether each is shown its own only."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier
from urllib.parse import urlencode

import numpy as np
import torch
from PIL import Image

from core.bundle import Pair
from core.figures.panels import prepare_backdrop
from core.figures.saliency import plot_heatmaps
from core.intake.raster import read_case
from core.intake.synthetic_ct import draw_slice
from core.networks.base import Network
from core.predict import explain_case, open_network, open_predictor, predict_case
from core.types import Case, Heatmap, Role
from core.ui.models import THREADS
from tests.fundus_pair import fundus_pixels
from tests.pair_factory import sample_pixels
from tests.server.live import Drawn, Server, Session

FILE_NAME = "picture.png"
"""Everybody's file bears the same name."""


@dataclass(frozen=True)
class Seen:
    """What one page showed of one picture.

    Attributes:
        maps: values of each heat map, as text; the same text is the same map bit for bit.
        pictures: each picture, on its own or under a map, as a data URI.
        seconds: how long it took.
    """

    maps: tuple[str, ...]
    pictures: tuple[str, ...]
    seconds: float

    @classmethod
    def read(cls, drawn: Drawn) -> Seen:
        """Sort out what a run left on the page."""
        traces = [trace for figure in drawn.figures for trace in figure["data"]]
        under = [image["source"] for figure in drawn.figures for image in figure["layout"].get("images", ())]
        maps = [json.dumps(trace["z"], sort_keys=True) for trace in traces if trace["type"] == "heatmap"]
        return cls(tuple(maps), (*drawn.pictures, *under), drawn.seconds)


@dataclass
class Count:
    """What became of the maps and pictures that visitors were shown."""

    maps: int = 0
    wrong_maps: int = 0
    anothers_maps: int = 0
    pictures: int = 0
    wrong_pictures: int = 0
    anothers_pictures: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def harmed(self) -> int:
        """Everything that is not as it would be alone."""
        return (
            self.wrong_maps
            + self.anothers_maps
            + self.wrong_pictures
            + self.anothers_pictures
            + len(self.errors)
        )


def draw_picture(modality: str, seed: int) -> bytes:
    """A PNG that no other seed gives."""
    if modality == "fundus":
        pixels = fundus_pixels(seed, 400)
        pixels[-8:, -8:] = np.random.default_rng(seed).integers(0, 20, (8, 8, 3))
    elif modality == "ct":
        pixels = draw_slice(None, seed).pixels
    else:
        pixels = sample_pixels(seed, 240)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@dataclass(frozen=True)
class Visitor:
    """Somebody with pictures of their own.

    Attributes:
        query: what follows "?" in the address: which pair is read with.
        pictures: PNGs; each has evidence on at least one map.
        maps, backdrops: what the first page must show of each picture, from `core` alone, one at a time.
    """

    query: str
    pictures: tuple[bytes, ...]
    maps: tuple[frozenset[str], ...]
    backdrops: tuple[frozenset[str], ...]


def plan_visitors(pairs: Sequence[Pair], *, visitors: int, pictures: int) -> list[Visitor]:
    """Visitors spread over the pairs. No two pictures are the same."""
    torch.set_num_threads(THREADS)  # as the pages have it: the last bits depend on it
    opened = [(pair, {role: open_network(pair, role) for role in pair.served_roles}) for pair in pairs]
    found = []
    for number in range(visitors):
        pair, networks = opened[number % len(opened)]
        shown: list[tuple[bytes, frozenset[str], frozenset[str]]] = []
        for seed in itertools.count(1 + 1000 * number):
            picture = draw_picture(pair.card.modality, seed)
            maps, backdrops = compute_first_page(pair, networks, picture)
            if maps:
                shown.append((picture, maps, backdrops))
            if len(shown) == pictures:
                break
        found.append(Visitor(urlencode({"pair": pair.modality.title}), *zip(*shown, strict=True)))
    return found


def visit(server: Server, visitor: Visitor, pages: Sequence[str], start: Barrier | None = None) -> list[Seen]:
    """Upload one picture after the other and look at it on each page: picture by picture, page by page."""
    found = []
    with Session(server, query=visitor.query) as session:
        session.visit()
        if start is not None:
            start.wait()
        for picture in visitor.pictures:
            drawn = session.upload(picture, FILE_NAME)
            if FILE_NAME not in drawn.texts:
                raise AssertionError(f"the picture is not on the page: {drawn.texts}")
            found.append(Seen.read(drawn))
            found += [Seen.read(session.visit(page)) for page in pages]
            session.visit()
    return found


def visit_together(
    server: Server, visitors: Sequence[Visitor], pages: Sequence[str], count: Count
) -> list[list[Seen] | None]:
    """All visitors at once; None, and an error counted, for one whose visit broke off."""
    start = Barrier(len(visitors))
    with ThreadPoolExecutor(len(visitors)) as pool:
        jobs = [pool.submit(visit, server, visitor, pages, start) for visitor in visitors]
        found: list[list[Seen] | None] = []
        for job in jobs:
            try:
                found.append(job.result())
            except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
                start.abort()
                count.errors.append(f"{type(error).__name__}: {error}")
                found.append(None)
    return found


def compare(found: Sequence[list[Seen] | None], alone: Sequence[list[Seen]], count: Count) -> None:
    """Count what differs from what each visitor was shown when nobody else was there."""
    maps = {shown for visitor in alone for seen in visitor for shown in seen.maps}
    pictures = {shown for visitor in alone for seen in visitor for shown in seen.pictures}
    for visitor, wanted in zip(found, alone, strict=True):
        for seen, own in zip(visitor or (), wanted, strict=visitor is not None):
            right, anothers, wrong = _sort(seen.maps, own.maps, maps)
            count.maps += right + anothers + wrong
            count.anothers_maps, count.wrong_maps = count.anothers_maps + anothers, count.wrong_maps + wrong
            right, anothers, wrong = _sort(seen.pictures, own.pictures, pictures)
            count.pictures += right + anothers + wrong
            count.anothers_pictures += anothers
            count.wrong_pictures += wrong


def _sort(shown: Sequence[str], own: Sequence[str], known: set[str]) -> tuple[int, int, int]:
    """How many are right, another's, and neither; what is missing or too much is neither."""
    right = anothers = 0
    for found, wanted in zip(shown, own, strict=False):
        right += found == wanted
        anothers += found != wanted and found in known
    return right, anothers, max(len(shown), len(own)) - right - anothers


def check_first_pages(visitors: Sequence[Visitor], seen: Sequence[list[Seen]]) -> int:
    """How many first pages lack a map or a picture that `core` alone computes for them, bit for bit."""
    lacking = 0
    for visitor, shown in zip(visitors, seen, strict=True):
        firsts = shown[:: len(shown) // len(visitor.pictures)]
        for page, maps, backdrops in zip(firsts, visitor.maps, visitor.backdrops, strict=True):
            lacking += not (maps <= set(page.maps) and backdrops <= set(page.pictures))
    return lacking


def compute_first_page(
    pair: Pair, networks: Mapping[Role, Network], content: bytes
) -> tuple[frozenset[str], frozenset[str]]:
    """Maps and backdrops that the first page must show of a picture, from `core` alone."""
    case = read_case(content, title=FILE_NAME, modality=pair.card.modality)
    code = _choose_class(pair, case)
    panels: list[tuple[str, Heatmap]] = []
    backdrops = []
    for role, network in networks.items():
        panels.append((role, explain_case(pair, role, network, case, class_code=code)))
        frame = pair.network(role).preprocessing.frame(case.pixels, found_on=case.pixels)
        backdrops.append(prepare_backdrop(frame))
    figure = json.loads(plot_heatmaps(backdrops, panels, finding_name="it").to_json())
    seen = Seen.read(Drawn(figures=[figure]))
    return frozenset(seen.maps), frozenset(seen.pictures)


def _choose_class(pair: Pair, case: Case) -> str:
    if len(pair.card.positives) == 1:
        return pair.card.positives[0]
    return predict_case(open_predictor(pair, "student", threads=1), case).ranked()[0][0]
