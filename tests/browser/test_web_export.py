"""The page of an export, served from plain files: it answers as the application does, alone and offline."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms
from playwright.sync_api import Browser, Page, expect

from core.bundle import list_pairs, load_pair
from core.data.base import ROOT_VARIABLE, read_samples
from core.figures.wording import percent
from core.intake.raster import read_case
from core.intake.samples import open_first_sample
from core.modalities.base import Preprocessing
from core.portable.folder import export_folder
from core.predict import open_predictor, predict_case
from core.sessions import build_feeds
from core.types import Prediction
from tests.intake.conftest import png_bytes
from tests.portable.test_example import as_bytes, pictures
from tests.portable.test_prepare import CROPS, SPEC, drawn

pytestmark = pytest.mark.browser

PNG_TOLERANCE = 1e-4
"""Of a probability; pixels are the same, and only the network's arithmetic differs."""
JPEG_TOLERANCE = 1e-3
"""Browsers decode JPEG with a library of their own."""
OPACITY_TOLERANCE = 1e-2
"""A canvas holds colours times opacity in 8 bits; the picture here is half transparent on average."""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keep the requests off the terminal."""


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sites")


@pytest.fixture(scope="module")
def served(sites: Path) -> Iterator[str]:
    """Address of a server of static files with one folder an export."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(sites))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def site(sites: Path, served: str):  # type: ignore[no-untyped-def]
    """Name of a pair to the address of its page."""

    @cache
    def export(name: str) -> str:
        export_folder(load_pair(name), "student", sites / name, web=True)
        return f"{served}/{name}/"

    return export


@dataclass(frozen=True)
class Watched:
    """A page, and what it asked for and complained of."""

    page: Page
    asked: list[str]
    complaints: list[str]

    def open(self, address: str) -> Page:
        self.page.goto(address)
        expect(self.page.locator("#file")).to_be_enabled()
        return self.page

    def probs(self) -> list[float]:
        return list(json.loads(self.page.locator("#reading").get_attribute("data-probs") or "null"))


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Watched]:
    """A page in a context of its own; no request leaves this machine and nothing is complained of."""
    context = chromium.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield Watched(page, asked, complaints)
    context.close()
    foreign = [
        url for url in asked if not url.startswith(("http://127.0.0.1:", "data:", "blob:http://127.0.0.1:"))
    ]
    assert asked and not foreign
    assert not complaints


def choose(page: Page, name: str, content: bytes) -> None:
    """Give the page a file and wait for its answer or refusal."""
    page.locator("#file").set_input_files({"name": name, "mimeType": "", "buffer": content})
    expect(page.locator("#caption, #problem").filter(has_text=name).locator("visible=true")).to_be_visible()
    expect(page.locator("#call")).to_have_text("Choose another picture, or drop one here")


def wanted(pair_name: str, name: str, content: bytes) -> Prediction:
    pair = load_pair(pair_name)
    return predict_case(
        open_predictor(pair, "student"), read_case(content, title=name, modality=pair.card.modality)
    )


@pytest.mark.parametrize("pair_name", list_pairs())
def test_the_page_answers_as_the_application_does(pair_name: str, site, watched: Watched) -> None:  # type: ignore[no-untyped-def]
    page = watched.open(site(pair_name))
    modality = load_pair(pair_name).modality
    for name, content in pictures(modality.name).items():
        choose(page, name, content)
        answer = wanted(pair_name, name, content)
        tolerance = JPEG_TOLERANCE if name.endswith("jpg") else PNG_TOLERANCE
        if name == "opacity.png":
            expect(page.locator("#notes")).to_contain_text("less exactly than TwinLens")
            tolerance = OPACITY_TOLERANCE
        assert watched.probs() == pytest.approx(answer.probs, abs=tolerance), name
        expect(page.locator("#verdict")).to_contain_text("Flagged" if answer.flagged else "Not flagged")
        threshold = percent(answer.operating_point.threshold).replace("\xa0", " ")
        expect(page.locator("#relation")).to_contain_text(f"the threshold of {threshold}")
        expect(page.locator("#classes li")).to_have_count(len(answer.classes))
    expect(page.get_by_text("Research use only")).to_be_visible()
    expect(page.locator("#limits")).to_contain_text(load_pair(pair_name).card.limits[0])
    if caution := load_pair(pair_name).card.caution:
        expect(page.locator("#caution")).to_have_text(caution)


@pytest.mark.parametrize("pair_name", list_pairs())
def test_the_self_test_passes(pair_name: str, site, watched: Watched) -> None:  # type: ignore[no-untyped-def]
    page = watched.open(site(pair_name))
    page.get_by_role("button", name="Run the self-test").click()
    expect(page.locator("#verified")).to_contain_text("Passed: ")
    page.locator("#samples button").first.click()
    expect(page.locator("#reading")).to_be_visible()


def test_the_self_test_can_fail(site, sites: Path, watched: Watched) -> None:  # type: ignore[no-untyped-def]
    address = site("melanoma")
    shutil.copytree(sites / "melanoma", sites / "altered")
    known = json.loads((sites / "altered" / "selftest.json").read_text())
    known["cases"][1]["probs"][0] += 2 * known["tolerance"]
    (sites / "altered" / "selftest.json").write_text(json.dumps(known))
    page = watched.open(address.replace("melanoma", "altered"))
    page.get_by_role("button", name="Run the self-test").click()
    expect(page.locator("#verified")).to_contain_text("Failed: 4 pictures")


def test_another_network_is_not_run(site, sites: Path, watched: Watched) -> None:  # type: ignore[no-untyped-def]
    site("melanoma")
    other = shutil.copytree(sites / "melanoma", sites / "exchanged") / "student.onnx"
    content = bytearray(other.read_bytes())
    content[len(content) // 2] ^= 1
    other.write_bytes(content)
    page = watched.page
    page.goto(site("melanoma").replace("melanoma", "exchanged"))
    expect(page.locator("#problem")).to_contain_text("student.onnx is not the file that was exported")
    expect(page.locator("#file")).to_be_disabled()


def test_without_a_connection(site, watched: Watched) -> None:  # type: ignore[no-untyped-def]
    page = watched.open(site("melanoma"))
    expect(page.locator("html")).to_have_attribute("data-kept", "yes")
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("#file")).to_be_enabled()
    content = pictures("dermoscopy")["plain.png"]
    choose(page, "plain.png", content)
    assert watched.probs() == pytest.approx(wanted("melanoma", "plain.png", content).probs, abs=PNG_TOLERANCE)


def refusals() -> dict[str, tuple[bytes, str]]:
    grey = np.linspace(0, 255, 64 * 64).reshape(64, 64).astype(np.uint8)
    colour = np.stack([grey] * 3, axis=-1)
    cmyk = io.BytesIO()
    Image.fromarray(colour).convert("CMYK").save(cmyk, "JPEG")
    whole = as_bytes(colour, "JPEG")
    return {
        "text.png": (b"no picture at all, but a name that says so", "no PNG or JPEG"),
        "deep.png": (png_bytes((grey.astype(np.uint16) * 257)[..., None], 0), "more than 8 bits"),
        "tiny.png": (as_bytes(colour[:20, :20], "PNG"), "at least 32"),
        "long.png": (as_bytes(np.tile(colour, (1, 7, 1)), "PNG"), "longer than 6 times"),
        "vast.png": (png_bytes(colour, 2, claimed=(9000, 9000)), "25 million are allowed"),
        "plain.png": (as_bytes(np.full_like(colour, 90), "PNG"), "the same colour"),
        "print.jpg": (cmyk.getvalue(), "CMYK"),
        "short.jpg": (whole[:30], "cut off"),
        "broken.png": (as_bytes(colour, "PNG")[:60], "damaged"),
    }


def test_what_is_refused_and_that_no_answer_stays(site, watched: Watched) -> None:  # type: ignore[no-untyped-def]
    page = watched.open(site("melanoma"))
    good = pictures("dermoscopy")["plain.png"]
    for name, (content, words) in refusals().items():
        choose(page, "good.png", good)
        expect(page.locator("#reading")).to_be_visible()
        choose(page, name, content)
        expect(page.locator("#problem")).to_contain_text(words)
        expect(page.locator("#reading")).to_be_hidden()
        expect(page.locator("#shown")).to_be_hidden()


def test_a_colour_profile_is_left_to_the_browser_and_said(site, watched: Watched) -> None:  # type: ignore[no-untyped-def]
    page = watched.open(site("melanoma"))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pixels = open_first_sample("dermoscopy").pixels
    for kind in ("JPEG", "PNG"):
        content = as_bytes(pixels, kind, icc_profile=profile)
        choose(page, f"profile.{kind}", content)
        expect(page.locator("#notes")).to_contain_text("has a colour profile")
        answer = wanted("melanoma", kind, content)
        assert watched.probs() == pytest.approx(answer.probs, abs=JPEG_TOLERANCE)
    choose(page, "plain.png", as_bytes(pixels, "PNG"))
    expect(page.locator("#notes")).to_be_hidden()


def test_a_name_is_text(site, watched: Watched) -> None:  # type: ignore[no-untyped-def]
    page = watched.open(site("melanoma"))
    name = "<img src=x onerror=document.title='caught'>.png"
    choose(page, name, pictures("dermoscopy")["small.png"])
    expect(page.locator("#caption")).to_contain_text(name)
    assert page.locator("#caption img").count() == 0 and "caught" not in page.title()


def test_a_dropped_picture_is_read(site, watched: Watched) -> None:  # type: ignore[no-untyped-def]
    page = watched.open(site("melanoma"))
    content = pictures("dermoscopy")["small.png"]
    transfer = page.evaluate_handle(
        """(text) => {
            const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], "dropped.png", { type: "image/png" }));
            return transfer;
        }""",
        base64.b64encode(content).decode(),
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})
    expect(page.locator("#caption")).to_contain_text("dropped.png")
    assert watched.probs() == pytest.approx(wanted("melanoma", "small.png", content).probs, abs=PNG_TOLERANCE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_is_wider_than_the_screen(site, chromium: Browser, scheme: str) -> None:  # type: ignore[no-untyped-def]
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme, has_touch=True
    )
    page = context.new_page()
    page.goto(site("lung"))
    expect(page.locator("#file")).to_be_enabled()
    page.locator("#samples button").first.tap()
    expect(page.locator("#verdict")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    red, green, blue = page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    )
    assert (red + green + blue < 200) == (scheme == "dark")
    context.close()


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("pair_name", "dataset"), [("melanoma", "isic2017"), ("fundus", "aptos2019"), ("lung", "iq_othnccd")]
)
def test_public_pictures(pair_name: str, dataset: str, site, watched: Watched) -> None:  # type: ignore[no-untyped-def]
    """As published: JPEG of many cameras and sizes, and PNG."""
    samples = read_samples(dataset, Path(os.environ[ROOT_VARIABLE]))
    chosen = samples[:: max(len(samples) // 8, 1)]
    page = watched.open(site(pair_name))
    for place, sample in enumerate(chosen):
        file = Path(sample.location)
        name, content = f"{place}{file.suffix}", file.read_bytes()
        choose(page, name, content)
        answer = wanted(pair_name, name, content)
        assert watched.probs() == pytest.approx(answer.probs, abs=JPEG_TOLERANCE), sample.image_id
    assert len(chosen) >= 8


PREPARE = """async ([text, width, height, spec]) => {
    const { prepare } = await import(new URL("web/prepare.js", document.baseURI));
    const data = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    const { box, feeds } = prepare({ width, height, channels: 3, data }, spec);
    const pack = ({ data }) => Array.from(data);
    return { box, image: pack(feeds.image), topology: feeds.topology ? pack(feeds.topology) : null };
}"""


def test_the_page_prepares_to_the_last_bit(site, watched: Watched) -> None:  # type: ignore[no-untyped-def]
    """Frames, Pillow's resize and topologies, of every shape, larger and smaller than the input."""
    page = watched.open(site("melanoma"))
    for seed in range(24):
        pixels: NDArray[np.uint8] = drawn(seed)
        crop = CROPS[seed % len(CROPS)]
        preprocessing = Preprocessing(height=48 + seed, width=200, crop=crop)
        spec = {
            "crop": crop,
            "width": preprocessing.width,
            "height": preprocessing.height,
            "interpolation": "bilinear",
            "divide_by": 255,
            "topology": SPEC.model_dump(),
        }
        text = base64.b64encode(pixels.tobytes()).decode()
        found = page.evaluate(PREPARE, [text, pixels.shape[1], pixels.shape[0], spec])
        feeds = build_feeds(preprocessing, SPEC, pixels)
        assert np.array_equal(np.asarray(found["image"], np.float32), feeds["image"].ravel()), (seed, crop)
        assert np.abs(np.asarray(found["topology"]) - feeds["topology"][0]).max() <= 1e-6, (seed, crop)
        box = preprocessing.locate(pixels)
        frame = (0, 0, *pixels.shape[:2]) if box is None else (box.top, box.left, box.height, box.width)
        assert tuple(found["box"][side] for side in ("top", "left", "height", "width")) == frame
