"""Slices of computed tomography on "Read a case": files, series, windows, and what must never be shown."""

from __future__ import annotations

import base64
import json
import pickle
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom.data
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import bundle
from core.figures.wording import percent
from core.intake.synthetic_ct import SAMPLES, draw_sample
from core.intake.uploads import read_uploads
from core.modalities.ct import CT
from core.predict import open_predictor, predict_case
from core.types import SERVED_ROLES, Case
from core.ui.windows import FIXED, NOT_THEIRS
from tests.ct_pair import CT_PAIR
from tests.dicom_factory import ct_bytes
from tests.pair_factory import ROOT, sample_pixels

File = tuple[str, bytes, str]
DICOM = "application/dicom"
PLANTED = {
    "PatientName": "Mustermann^Erika",
    "PatientID": "PID-471108",
    "PatientBirthDate": "19480229",
    "StudyDate": "19991231",
    "InstitutionName": "Sankt Planted Hospital",
    "ReferringPhysicianName": "Planted^Doctor",
    "AccessionNumber": "ACC-815",
    "SeriesDescription": "SERIESWORDS",
    "PatientComments": "COMMENTWORDS",
    "StudyInstanceUID": "1.2.826.0.1.471108",
    "SeriesInstanceUID": "1.2.826.0.1.471109",
}
NEEDLES = ("Mustermann", "Erika", *list(PLANTED.values())[1:5], "Planted", *list(PLANTED.values())[6:])


def slice_file(number: int, **changes: object) -> bytes:
    """The drawn slice, smaller, moved by ``number`` pixels, as one DICOM file of one series."""
    stored = np.roll(draw_sample("nodule").hounsfield[::8, ::8] + np.int16(1024), number, axis=1)
    given = {"ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "ImagePositionPatient": [0, 0, 5 * number]}
    return ct_bytes(stored, InstanceNumber=number, SliceThickness="5", **PLANTED, **given, **changes)


def multi_frame_file(frames: int) -> bytes:
    stored = draw_sample("clear").hounsfield[::8, ::8] + np.int16(1024)
    return ct_bytes(np.stack([np.roll(stored, 3 * n, axis=0) for n in range(frames)]), **PLANTED)


def png_file(pixels: np.ndarray) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def lung_only(ct_models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bundle, "MODELS_DIR", ct_models)
    return ct_models


def start() -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=300).run()


def upload(at: AppTest, *files: File) -> AppTest:
    return at.file_uploader[0].set_value(list(files)).run()


def charts(at: AppTest) -> dict[str, dict]:
    """Figure by the first words of its key."""
    found = {}
    for chart in at.get("plotly_chart"):
        for name in ("slice_viewer", "maps_row", "maps_column", "window_centre", "window_width"):
            if name in chart.proto.id:
                found[name] = json.loads(chart.proto.spec)
    return found


def stamps(figure: dict) -> list[str]:
    return [annotation["text"].replace("<br>", " ") for annotation in figure["layout"]["annotations"]]


def drawn(figure: dict) -> np.ndarray:
    z = figure["data"][0]["z"]
    shape = [int(side) for side in z["shape"].split(",")]
    return np.frombuffer(base64.b64decode(z["bdata"]), np.dtype(z["dtype"])).reshape(shape)


def check(at: AppTest, models: Path, case: Case) -> None:
    """What is on screen is what the networks say of the case, and its values."""
    assert not at.exception
    pair = bundle.load_pair(CT_PAIR, models)
    wanted = [percent(predict_case(open_predictor(pair, role), case).positive_prob) for role in SERVED_ROLES]
    assert [metric.value for metric in at.metric[: len(SERVED_ROLES)]] == wanted
    if case.hounsfield is not None:
        np.testing.assert_array_equal(drawn(charts(at)["slice_viewer"]), case.hounsfield)


def read(*files: File) -> tuple[Case, ...]:
    return read_uploads([(name, content) for name, content, _ in files], modality="ct").cases


def everything(at: AppTest) -> Iterator[bytes]:
    """Every message that goes to the browser."""
    waiting = [at.main]
    while waiting:
        for child in waiting.pop().children.values():
            if hasattr(child, "children"):
                waiting.append(child)
            if getattr(child, "proto", None) is not None:
                yield child.proto.SerializeToString()


def test_a_window_changes_what_is_seen_and_stamped_and_no_answer(lung_only) -> None:
    at = start()
    case = draw_sample(next(iter(SAMPLES)))
    check(at, lung_only, case)
    metrics = [metric.value for metric in at.metric]
    for window in (*CT.windows[1:], CT.windows[0]):
        at.get("button_group")[-1].set_value(window.name).run()
        assert not at.exception
        shown = charts(at)
        trace = shown["slice_viewer"]["data"][0]
        assert (trace["zmin"], trace["zmax"]) == (window.low, window.high)
        stamp = window.stamp if window is CT.windows[0] else f"{window.stamp} · {NOT_THEIRS}"
        assert stamps(shown["slice_viewer"]) == [stamp.replace(" · ", " ")]
        assert stamps(shown["maps_row"]).count(stamp) == len(SERVED_ROLES)
        assert [metric.value for metric in at.metric] == metrics


def test_several_files_are_read_and_the_broken_one_is_named(lung_only) -> None:
    small = Path(pydicom.data.get_testdata_file("CT_small.dcm")).read_bytes()
    grey = np.repeat(sample_pixels(3)[..., :1], 3, axis=2)
    files = [
        ("scan", small, ""),
        ("cut <b>off.dcm", small[:9000], DICOM),
        ("grey.png", png_file(grey), "image/png"),
    ]
    at = upload(start(), *files)
    scan, picture = read(*files)
    check(at, lung_only, scan)
    assert "was not read. The others" in at.error[0].value
    assert any(text.value.startswith("cut <b>off.dcm: ") for text in at.text)
    assert not any("<b>off" in part.value for part in (*at.markdown, *at.caption, *at.error, *at.warning))
    facts = {row["What"]: row["Value"] for row in at.table[0].value.to_dict("records")}
    assert facts["Slice thickness"].replace("\\", "") == "5 mm"
    choice = at.selectbox(key="uploaded_picture")
    assert choice.options == ["1 of 2: scan", "2 of 2: grey.png"]
    at = choice.set_value(1).run()
    check(at, lung_only, picture)
    shown = charts(at)
    assert stamps(shown["slice_viewer"]) == [FIXED]
    assert "window_centre" not in shown and not at.get("slider")
    assert any("fixed, and unknown" in caption.value for caption in at.caption)
    assert at.error, "what was not read is still said"
    at = at.pills[0].set_value("nodule").run()
    check(at, lung_only, draw_sample("nodule"))
    assert not at.error and not [box for box in at.selectbox if box.key == "uploaded_picture"]


def test_a_series_is_an_ordered_stack(lung_only) -> None:
    files = [(f"s{number}.dcm", slice_file(number), DICOM) for number in (3, 1, 2)]
    ordered = read(*files)
    assert [case.title for case in ordered] == ["s1.dcm", "s2.dcm", "s3.dcm"]
    at = upload(start(), *files)
    check(at, lung_only, ordered[1])
    assert stamps(charts(at)["slice_viewer"])[1] == "Slice 2 of 3"
    at.button(key="next_slice").click().run()
    check(at, lung_only, ordered[2])
    assert at.button(key="next_slice").disabled
    at.get("slider")[0].set_value(1).run()
    check(at, lung_only, ordered[0])
    assert at.button(key="previous_slice").disabled
    assert any(markdown.value == "**Slice 1 of 3**" for markdown in at.markdown)


def test_a_multi_frame_file_is_a_stack_too(lung_only) -> None:
    file = ("frames.dcm", multi_frame_file(4), DICOM)
    frames = read(file)
    at = upload(start(), file)
    check(at, lung_only, frames[1])
    at.button(key="previous_slice").click().run()
    check(at, lung_only, frames[0])


def test_what_names_a_person_is_nowhere(lung_only, capfd, caplog) -> None:
    caplog.set_level(0)
    series = [(f"s{number}.dcm", slice_file(number), DICOM) for number in (1, 2)]
    broken = ("broken.dcm", slice_file(1)[:-900], DICOM)
    assert all(needle.encode() in series[0][1] for needle in NEEDLES), "they are planted"
    at = upload(start(), *series, broken)
    at.button(key="next_slice").click().run()
    assert len(at.error) == 1 and not at.exception
    page = b"".join(everything(at))
    assert b"s2.dcm" in page and b"Slice thickness" in page
    held = pickle.dumps({key: at.session_state[key] for key in at.session_state})
    assert b"s2.dcm" in held
    said = capfd.readouterr()
    logged = (said.out + said.err + caplog.text).encode()
    for needle in NEEDLES:
        for name, where in (("page", page), ("session", held), ("log", logged)):
            assert needle.encode() not in where, (needle, name)


def test_when_nothing_can_be_read_the_slice_on_screen_stays(lung_only) -> None:
    file = ("one.dcm", slice_file(1), DICOM)
    at = upload(start(), file)
    (case,) = read(file)
    at = upload(at, ("a.dcm", b"", DICOM), ("b", b"\x00" * 400, ""))
    check(at, lung_only, case)
    assert "2 files were not read. The result below is still the previous one." in at.error[0].value
    assert [text.value.split(":")[0] for text in at.text[:3]] == ["a.dcm", "b", "one.dcm"]


def test_the_answers_in_other_windows_are_those_of_core(lung_only) -> None:
    from core.evaluation.window_sweep import sweep_windows

    at = start()
    if asked := [button for button in at.button if button.key == "sweep_windows"]:
        at = asked[0].click().run()
    pair = bundle.load_pair(CT_PAIR, lung_only)
    case = draw_sample(next(iter(SAMPLES)))
    wanted = sweep_windows({role: open_predictor(pair, role) for role in SERVED_ROLES}, case)
    for axis, curve in (("centre", wanted.centre), ("width", wanted.width)):
        lines = [trace for trace in charts(at)[f"window_{axis}"]["data"] if trace["type"] == "scatter"]
        for line, role in zip(lines, SERVED_ROLES, strict=True):
            y = np.frombuffer(base64.b64decode(line["y"]["bdata"]), np.dtype(line["y"]["dtype"]))
            np.testing.assert_allclose(y, 100 * curve.probs[role], atol=1e-3)
    words = "\n".join(markdown.value for markdown in at.markdown)
    assert "The patient does not change" in words and "The student's probability stays" in words
    assert not [button for button in at.button if button.key == "sweep_windows"]
