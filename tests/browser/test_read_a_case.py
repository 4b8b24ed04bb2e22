from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core import bundle
from core.figures.wording import percent
from core.intake.raster import read_case
from core.predict import open_predictor, predict_case
from core.types import SERVED_ROLES
from tests.browser.waiting import rest
from tests.pair_factory import PAIR, sample_pixels

pytestmark = pytest.mark.browser

PLOT = ".st-key-twinlens_maps_row .js-plotly-plot"
HOSTILE = '<img src=x onerror="document.title=1"> ![a](http:beacon) **b**.png'


def png(seed: int) -> bytes:
    buffer = BytesIO()
    Image.fromarray(sample_pixels(seed, size=240)).save(buffer, "PNG")
    return buffer.getvalue()


def upload(page: Page, seed: int, name: str) -> None:
    page.locator('input[type="file"]').first.set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": png(seed)}
    )
    settled(page)


def settled(page: Page) -> None:
    """Wait until the server has answered the last action and the maps stand."""
    rest(page)
    page.locator(f"{PLOT} .imagelayer image").first.wait_for()


def expect_headlines(page: Page, probabilities: list[str]) -> None:
    """Both networks' probabilities come to read so; on a busy machine not in the same instant."""
    expect(page.get_by_test_id("stMetricValue")).to_have_text(probabilities, timeout=60_000)


def want(models: Path, seed: int) -> list[str]:
    pair = bundle.load_pair(PAIR, models)
    case = read_case(png(seed), title="lesion.png", modality=pair.card.modality)
    return [percent(predict_case(open_predictor(pair, role), case).positive_prob) for role in SERVED_ROLES]


def plot(page: Page, expression: str) -> object:
    return page.evaluate(f"(() => {{ const p = document.querySelector('{PLOT}'); return {expression}; }})()")


def test_upload_shows_what_predict_says(page, served_models, tmp_path) -> None:
    file = tmp_path / "lesion.png"
    file.write_bytes(png(2))
    page.locator('input[type="file"]').first.set_input_files(file)
    expect(page.get_by_test_id("stText").first).to_have_text("lesion.png")
    settled(page)
    expect_headlines(page, want(served_models, 2))
    upload(page, 3, "lesion.png")
    expect_headlines(page, want(served_models, 3))


def steady_box(page: Page, selector: str) -> dict[str, float]:
    """Where an element stands once nothing above it moves it any more."""
    element = page.locator(selector).first
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    for _ in range(60):
        page.wait_for_timeout(300)
        before, box = box, element.bounding_box()
        if box is not None and box == before:
            return box
    raise AssertionError(f"{selector} does not come to rest")


def test_opacity_slider_moves_both_maps_without_the_server(page) -> None:
    assert plot(page, "p._fullData.map(t => t.opacity)") == [0.6] * plot(page, "p.data.length")
    box = steady_box(page, f"{PLOT} .slider-rail-touch-rect")
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.6, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, y, steps=5)
    page.wait_for_timeout(300)
    dragged = plot(page, "p._fullData.map(t => t.opacity)")
    page.mouse.up()
    assert all(0.2 < value < 0.45 for value in dragged)
    assert len(set(dragged)) == 1


def test_zoom_in_one_panel_zooms_the_other_and_outlives_a_rerun(page) -> None:
    settled(page)
    box = steady_box(page, f"{PLOT} .nsewdrag")
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6, steps=6)
    page.mouse.up()
    span = f"document.querySelector('{PLOT}')._fullLayout.xaxis"
    page.wait_for_function(f"{span}.range[1] - {span}.range[0] < 0.6 * {span}.maxallowed", timeout=30_000)
    ranges = "['xaxis','xaxis2','yaxis','yaxis2'].map(a => p._fullLayout[a].range.map(Math.round))"
    left, right, down, other = plot(page, ranges)
    assert left == right
    assert down == other
    relation = page.get_by_test_id("stMetricDelta").first
    before = relation.inner_text()
    choice = page.get_by_role("combobox", name="When should a lesion be flagged?")
    choice.click()
    choice.fill("Balance")
    choice.press("Enter")
    # the sentence under the figure; the option's own words stand on the page only while the list is open
    expect(relation).not_to_have_text(before, timeout=60_000)
    settled(page)
    assert plot(page, ranges)[0] == left


def test_hostile_file_name_is_shown_as_text(page) -> None:
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url) if "beacon" in request.url else None)
    title = page.title()
    upload(page, 2, HOSTILE)
    shown = page.get_by_test_id("stText").first
    expect(shown).to_contain_text("<img src=x onerror=")
    expect(shown).to_contain_text("**b**.png")
    assert page.locator("img[src='x']").count() == 0
    assert page.title() == title
    assert outside == []


def test_broken_file_is_explained_and_the_session_lives_on(page, served_models) -> None:
    upload(page, 2, "good.png")
    page.locator('input[type="file"]').first.set_input_files(
        {"name": "broken.png", "mimeType": "image/png", "buffer": png(2)[:300]}
    )
    page.get_by_text("This file was not read").wait_for()
    settled(page)
    expect_headlines(page, want(served_models, 2))
    page.get_by_role("button", name="Small, pale").or_(page.get_by_text("Small, pale")).first.click()
    page.get_by_text("Generated: small, pale").wait_for()
    expect(page.get_by_text("This file was not read")).to_have_count(0)


def test_nothing_is_asked_of_other_servers_and_no_image_has_an_address(page, address) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    upload(page, 2, "lesion.png")
    page.reload()
    page.get_by_text("Zoom or move one picture").wait_for()
    foreign = [url for url in asked if not url.startswith((address, "data:", "blob:", "ws:"))]
    assert foreign == []
    sources = page.locator("[data-testid=stImage] img").evaluate_all("e => e.map(i => i.src.slice(0, 22))")
    assert sources == ["data:image/jpeg;base64"]


@pytest.mark.parametrize(("width", "seen"), [(1440, "row"), (390, "column")])
def test_panels_stand_side_by_side_or_stacked(page, width, seen) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for arrangement in ("row", "column"):
        chart = page.locator(f".st-key-twinlens_maps_{arrangement} .js-plotly-plot")
        if arrangement == seen:
            expect(chart).to_be_visible()
        else:
            expect(chart).to_be_hidden()
    page.wait_for_timeout(500)
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
