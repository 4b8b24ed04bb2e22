"""The pictures of a self-test, the answers that TwinLens gives for them, and the gate of an export."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.bundle import Pair
from core.errors import BundleError
from core.export import PARITY_TOLERANCE, check_parity
from core.intake.raster import read_case
from core.intake.samples import list_samples, open_sample
from core.portable.record import SCHEMA_VERSION, SELFTEST_TOLERANCE, ParityEntry, SelfTest, SelfTestCase
from core.predict import open_network, open_predictor, predict_case
from core.sessions import INPUT_NAME, TOPOLOGY_NAME, build_feeds
from core.types import Case, Role

FOLDER = "selftest"
LONGEST_SIDE = 480
"""Of a picture that an export carries: small files, and still larger than what any network here sees."""
FEWEST = 2


@dataclass(frozen=True)
class Picture:
    """A sample picture of an export: no patient's, and of no data set.

    Attributes:
        file: path within the folder.
        content: PNG.
        case: as :func:`core.intake.raster.read_case` reads ``content``.
        title, origin: what it shows and where it comes from.
    """

    file: str
    content: bytes
    case: Case
    title: str
    origin: str


def draw_pictures(pair: Pair) -> tuple[Picture, ...]:
    """The sample cases of the pair's modality as PNG, made smaller where they are large.

    Raises:
        BundleError: the modality has fewer than two; an export without a test would not be one.
    """
    modality = pair.card.modality
    names = list(list_samples(modality))
    if len(names) < FEWEST:
        raise BundleError(
            pair.card.pair,
            f"{modality} has {len(names)} sample cases, a self-test needs at least {FEWEST}",
            "Add sample cases to core/intake/samples.py",
        )
    pictures = []
    for name in names:
        sample = open_sample(modality, name)
        image = Image.fromarray(sample.pixels)
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BOX)
        buffer = io.BytesIO()
        image.save(buffer, "PNG", optimize=True)
        content = buffer.getvalue()
        pictures.append(
            Picture(
                file=f"{FOLDER}/{name}.png",
                content=content,
                case=read_case(content, title=f"{name}.png", modality=modality),
                title=sample.title,
                origin=" ".join((sample.source, *sample.notes))
                .strip()
                .replace("this application", "TwinLens"),
            )
        )
    return tuple(pictures)


def check_shipped(pair: Pair, role: Role, pictures: tuple[Picture, ...]) -> ParityEntry:
    """Compare the ONNX file of a role with the torch network opened from the same weights.

    Args:
        pictures: what both see, at least one.

    Raises:
        ParityError: they differ by more than the gate allows; names the file.
        BundleError: the role does not ship, or its file is not the one the card names.
    """
    entry = pair.network(role)
    if entry.onnx is None:
        raise BundleError(
            f"{pair.card.pair}/{role}", "this role's weights do not ship", "Ask for the student"
        )
    feeds = [build_feeds(entry.preprocessing, entry.topology, picture.case.pixels) for picture in pictures]
    joined = {name: np.concatenate([feed[name] for feed in feeds]) for name in feeds[0]}
    difference = check_parity(
        pair.read(entry.onnx),
        open_network(pair, role),
        joined[INPUT_NAME],
        name=f"{pair.card.pair}/{entry.onnx}",
        topology=joined.get(TOPOLOGY_NAME),
    )
    return ParityEntry(n=len(pictures), largest_difference=difference, tolerance=PARITY_TOLERANCE)


def build_selftest(pair: Pair, role: Role, pictures: tuple[Picture, ...]) -> SelfTest:
    """What TwinLens answers for each picture, on the path that serves its pages."""
    predictor = open_predictor(pair, role)
    cases = []
    for picture in pictures:
        pixels = picture.case.pixels
        box = predictor.entry.preprocessing.locate(pixels)
        found = predict_case(predictor, picture.case)
        cases.append(
            SelfTestCase(
                file=picture.file,
                title=picture.title,
                origin=picture.origin,
                width=pixels.shape[1],
                height=pixels.shape[0],
                frame=(0, 0, *pixels.shape[:2])
                if box is None
                else (box.top, box.left, box.height, box.width),
                logits=tuple(map(float, found.logits)),
                probs=tuple(map(float, found.probs)),
                positive_prob=found.positive_prob,
                flagged=found.flagged,
            )
        )
    return SelfTest(schema_version=SCHEMA_VERSION, tolerance=SELFTEST_TOLERANCE, cases=tuple(cases))
