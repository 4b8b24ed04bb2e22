from __future__ import annotations

import json
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import bundle
from core.figures.wording import percent
from core.intake.raster import read_case
from core.intake.synthetic import SAMPLES, draw_sample
from core.predict import open_predictor, predict_case
from core.types import SERVED_ROLES, Case, Prediction
from core.ui import frame
from core.ui.frame import NOTICE
from core.ui.wording import describe_agreement
from tests.ct_pair import CT_PAIR
from tests.pair_factory import PAIR, ROOT, sample_pixels

APP = ROOT / "app.py"
PAGES = [APP, *sorted((ROOT / "pages").glob("*.py"))]
HOSTILE = "<img src=x onerror=alert(1)>![a](https://example.org) **b**.png"


def png(seed: int) -> bytes:
    buffer = BytesIO()
    Image.fromarray(sample_pixels(seed)).save(buffer, "PNG")
    return buffer.getvalue()


def expected(models: Path, case: Case, point: str | None = None) -> dict[str, Prediction]:
    pair = bundle.load_pair(PAIR, models)
    return {
        role: predict_case(open_predictor(pair, role), case, operating_point=point) for role in SERVED_ROLES
    }


def start() -> AppTest:
    return AppTest.from_file(str(APP), default_timeout=120).run()


def upload(at: AppTest, seed: int, name: str = "lesion.png") -> AppTest:
    return at.file_uploader[0].set_value((name, png(seed), "image/png")).run()


def charts(at: AppTest) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


def shown(at: AppTest) -> tuple[list[str], list[list[float]]]:
    """The two headline probabilities, and the values of the two bar charts."""
    bars = []
    for chart in charts(at)[:2]:
        (bar,) = (trace for trace in chart["data"] if trace.get("name") == "probability")
        bars.append([float(value) for value in bar["x"]])
    return [metric.value for metric in at.metric[:2]], bars


def check(at: AppTest, want: dict[str, Prediction]) -> None:
    assert not at.exception
    headlines, bars = shown(at)
    assert headlines == [percent(want[role].positive_prob) for role in SERVED_ROLES]
    for role, values in zip(SERVED_ROLES, bars, strict=True):
        assert values[0] == pytest.approx(want[role].positive_prob, abs=1e-9)
        assert sorted(values) == pytest.approx(sorted(want[role].probs.tolist()), abs=1e-9)
    pair_modality = bundle.MODALITIES.get("dermoscopy")
    boxes = [box.value for box in (*at.info, *at.warning)]
    assert any(describe_agreement(want, pair_modality) in box for box in boxes)


def upload_case(seed: int) -> Case:
    return read_case(png(seed), title="lesion.png", modality="dermoscopy")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_says_research_use_only(page, models) -> None:
    at = AppTest.from_file(str(APP), default_timeout=120)
    at = at.switch_page(str(page.relative_to(ROOT))).run()
    assert not at.exception
    assert any(NOTICE in markdown.value for markdown in at.markdown)


def test_every_page_is_linked() -> None:
    assert list(frame.PAGES) == [str(page.relative_to(ROOT)) for page in PAGES]


def test_first_load_shows_a_sample_that_was_read(models) -> None:
    at = start()
    first = next(iter(SAMPLES))
    check(at, expected(models, draw_sample(first)))
    assert at.text[0].value == SAMPLES[first].title
    assert any("not a patient" in caption.value for caption in at.caption)
    assert len(charts(at)) == 4


def test_upload_then_sample_then_upload_shows_the_last_one_chosen(models) -> None:
    at = start()
    upload(at, 2)
    check(at, expected(models, upload_case(2)))
    assert at.text[0].value == "lesion.png"
    first = next(iter(SAMPLES))
    at.pills[0].set_value(first).run()
    check(at, expected(models, draw_sample(first)))
    assert not at.file_uploader[0].value
    upload(at, 3)
    check(at, expected(models, upload_case(3)))


def test_emptying_the_widget_leaves_the_case_on_screen(models) -> None:
    """The browser empties it for a moment whenever one file replaces another."""
    at = upload(start(), 2)
    at.file_uploader[0].set_value(None).run()
    check(at, expected(models, upload_case(2)))
    assert at.text[0].value == "lesion.png"


def test_bad_file_is_explained_the_previous_result_stays_and_a_good_file_works(models) -> None:
    at = upload(start(), 2)
    at.file_uploader[0].set_value(("broken.png", png(2)[:200], "image/png")).run()
    assert "was not read" in at.error[0].value
    assert any("broken.png" in text.value for text in at.text)
    check(at, expected(models, upload_case(2)))
    upload(at, 3)
    assert not at.error
    check(at, expected(models, upload_case(3)))


def test_two_sessions_with_one_file_name_and_different_pixels(models) -> None:
    one, two = start(), start()
    upload(one, 2)
    upload(two, 0)
    check(one, expected(models, upload_case(2)))
    check(two, expected(models, upload_case(0)))
    one.run()
    check(one, expected(models, upload_case(2)))


def test_file_name_is_text_and_nothing_else(models) -> None:
    at = upload(start(), 2, HOSTILE)
    assert not at.exception
    elements = [*at.markdown, *at.caption, *at.info, *at.warning, *at.error, *at.subheader, *at.title]
    assert not any("onerror" in element.value or "example.org" in element.value for element in elements)
    assert "**b**.png" in at.text[0].value
    assert not any("onerror" in chart.proto.spec + chart.proto.alt for chart in at.get("plotly_chart"))


def test_operating_point_changes_the_verdict_as_predict_does(models) -> None:
    at = start()
    case = draw_sample(next(iter(SAMPLES)))
    verdicts = set()
    for point in ("sensitivity_95", "sensitivity_90", "youden"):
        at.selectbox(key=f"operating_point_{PAIR}").set_value(point).run()
        want = expected(models, case, point)
        check(at, want)
        verdicts.add(tuple(prediction.flagged for prediction in want.values()))
    assert len(verdicts) > 1


def test_each_pair_keeps_its_own_choice_of_threshold(models, ct_models, tmp_path, monkeypatch) -> None:
    both = {PAIR: models, CT_PAIR: ct_models}
    for name, folder in both.items():
        shutil.copytree(folder / name, tmp_path / name)
    monkeypatch.setattr(bundle, "MODELS_DIR", tmp_path)
    defaults = {name: bundle.load_pair(name, tmp_path).card.operating_point for name in both}
    at = AppTest.from_file(str(APP), default_timeout=300)
    at.session_state["pair"] = PAIR
    box = at.run().selectbox(key=f"operating_point_{PAIR}")
    other = next(point for point in ("sensitivity_90", "youden") if point != defaults[CT_PAIR])
    box.set_value(other).run()
    at.session_state["pair"] = CT_PAIR
    box = at.run().selectbox(key=f"operating_point_{CT_PAIR}")
    assert box.value == defaults[CT_PAIR] and not any("melanoma" in option for option in box.options)
    at.session_state["pair"] = PAIR
    assert at.run().selectbox(key=f"operating_point_{PAIR}").value == other


def heat(at: AppTest) -> list[float]:
    figure = charts(at)[2]
    return [_largest(trace["z"]) for trace in figure["data"] if trace["type"] == "heatmap"]


def _largest(z: object) -> float:
    if isinstance(z, dict):
        import base64

        return float(np.frombuffer(base64.b64decode(z["bdata"]), np.dtype(z["dtype"])).max())
    return float(np.max(z))


def test_scales_are_shared_unless_asked_otherwise(models) -> None:
    at = start()
    shared = heat(at)
    assert max(shared) == pytest.approx(1, abs=1e-5)
    assert min(shared) < 0.99
    at.toggle(key="independent_scales").set_value(True).run()
    assert heat(at) == pytest.approx([1, 1], abs=1e-5)


def test_a_class_without_evidence_is_said_in_words(models) -> None:
    at = start()
    at.selectbox(key="explained_class").set_value("bkl").run()
    assert heat(at) == []
    assert not at.exception
    assert any("no positive evidence" in markdown.value for markdown in at.markdown)


def test_without_a_pair_the_page_says_what_to_do(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(bundle, "MODELS_DIR", tmp_path)
    at = start()
    assert not at.exception
    assert len(at.error) == 1
    assert any("Restore the folder models/" in text.value for text in at.text)


def test_an_altered_file_is_refused_by_name(models, tmp_path, monkeypatch) -> None:
    shutil.copytree(models / PAIR, tmp_path / PAIR)
    with (tmp_path / PAIR / "student.onnx").open("ab") as stream:
        stream.write(b"x")
    monkeypatch.setattr(bundle, "MODELS_DIR", tmp_path)
    st.cache_resource.clear()
    at = start()
    assert not at.exception
    assert any("student.onnx" in text.value and "SHA-256" in text.value for text in at.text)


def test_predictions_are_on_screen_before_torch_is_loaded(models) -> None:
    """In a process of its own: the page's modules do not load torch; the first thing that does is a map."""
    script = f"""
import sys
from core import bundle
from core.ui import maps, models as served
heavy = ("torch", "timm", "lightning", "torchvision")
import core.ui.frame, core.ui.guide, core.ui.networks, core.ui.picker, core.ui.result
bundle.load_pair(bundle.list_pairs()[0])
assert not [name for name in heavy if name in sys.modules], "imports load a model library"
opened, original = [], served.open_network
def watched(pair, role):
    opened.append("torch" in sys.modules)
    return original(pair, role)
served.open_network = watched
from streamlit.testing.v1 import AppTest
at = AppTest.from_file({str(APP)!r}, default_timeout=120).run()
assert not at.exception
assert len(at.metric) == 2 and opened[0] is False, opened
"""
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "TWINLENS_MODELS": str(models), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert run.returncode == 0, run.stderr[-2000:]


def test_clicking_the_chosen_sample_again_keeps_it(models) -> None:
    at = start()
    name = next(iter(SAMPLES))
    at.pills[0].set_value(None).run()
    assert at.pills[0].value == name
    check(at, expected(models, draw_sample(name)))


def test_several_pairs_can_be_chosen_between(models, tmp_path, monkeypatch) -> None:
    for name in (PAIR, "another"):
        shutil.copytree(models / PAIR, tmp_path / name)
        card = tmp_path / name / "card.json"
        record = json.loads(card.read_text()) | {"pair": name, "title": f"Title of {name}"}
        card.write_text(json.dumps(record))
    monkeypatch.setattr(bundle, "MODELS_DIR", tmp_path)
    at = start()
    assert any(f"Title of {PAIR}" in caption.value for caption in at.caption)
    at.get("button_group")[0].set_value("another").run()
    assert not at.exception
    assert any("Title of another" in caption.value for caption in at.caption)
