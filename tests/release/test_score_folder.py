"""Scoring a folder: the page's answers, each file's own end, and a run that may be killed at any moment."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.bundle import Pair
from core.errors import BundleError, ConfigError
from core.intake.uploads import read_uploads
from core.predict import open_predictor, predict_case
from core.release.reading import open_reader
from core.release.score_folder import list_files, score_folder
from core.types import ScoreSummary
from tests.dicom_factory import ct_bytes, ramp
from tests.kind_factory import add_check, foreign_pixels
from tests.lung_pair import LUNG_PAIR
from tests.pair_factory import PAIR, ROOT, sample_pixels

COUNT = 24


def write_pictures(folder: Path, count: int, *, size: int = 96) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(count):
        Image.fromarray(sample_pixels(seed, size)).save(folder / f"{seed:03d}.png")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures at two depths, and files that are none."""
    made = write_pictures(tmp_path_factory.mktemp("pictures"), COUNT)
    write_pictures(made / "more" / "deep", 3)
    (made / "notes.txt").write_text("no picture")
    (made / "torn.png").write_bytes((made / "000.png").read_bytes()[:400])
    (made / "empty.jpg").write_bytes(b"")
    (made / ".hidden").write_bytes(b"not asked for")
    (made / ".cache").mkdir()
    (made / ".cache" / "a.png").write_bytes(b"nor this")
    return made


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        next(stream)
        return list(csv.DictReader(stream))


def score(pair: Pair, folder: Path, out: Path, **options) -> ScoreSummary:
    return score_folder(pair, folder, out, **{"roles": pair.served_roles, "workers": 3, **options})


def test_the_probabilities_are_those_of_a_prediction(pair, folder, tmp_path):
    score(pair, folder, tmp_path / "s.csv")
    rows = {found["file"]: found for found in read(tmp_path / "s.csv")}
    predictors = {role: open_predictor(pair, role, threads=1) for role in pair.served_roles}
    for name in ("000.png", "017.png", "more/deep/002.png"):
        content = (folder / name).read_bytes()
        (case,) = read_uploads([(name, content)], modality=pair.card.modality).cases
        for role, predictor in predictors.items():
            expected = predict_case(predictor, case)
            found = rows[name]
            assert float(found[f"{role}_positive_prob"]) == pytest.approx(expected.positive_prob, abs=1e-9)
            assert found[f"{role}_flagged"] == str(int(expected.flagged))
            probs = [float(found[f"{role}_prob_{code}"]) for code in expected.classes]
            assert probs == pytest.approx(expected.probs.tolist(), abs=1e-9)


def test_every_file_has_a_row_in_the_order_of_names_and_bad_ones_say_why(pair, folder, tmp_path):
    summary = score(pair, folder, tmp_path / "s.csv")
    rows = read(tmp_path / "s.csv")
    names = [found["file"] for found in rows]
    top = sorted([*(f"{seed:03d}.png" for seed in range(COUNT)), "empty.jpg", "notes.txt", "torn.png"])
    assert names == [*top, *(f"more/deep/{seed:03d}.png" for seed in range(3))]
    bad = {found["file"]: found["reason"] for found in rows if found["state"] == "error"}
    assert set(bad) == {"empty.jpg", "notes.txt", "torn.png"}
    assert "empty" in bad["empty.jpg"] and "plain text" in bad["notes.txt"] and bad["torn.png"].endswith(".")
    assert (summary.files, summary.pictures, summary.done_before) == (COUNT + 6, COUNT + 6, 0)
    assert summary.states == {"ok": COUNT + 3, "refused": 0, "error": 3}
    flagged = sum(found["student_flagged"] == "1" for found in rows)
    assert summary.flagged["student"] == flagged > 0


def test_a_second_run_adds_nothing_and_a_new_file_only_itself(pair, tmp_path):
    pictures, out = write_pictures(tmp_path / "in", 5), tmp_path / "s.csv"
    first = score(pair, pictures, out)
    whole = out.read_bytes()
    told: list[tuple[int, int]] = []
    second = score(pair, pictures, out, on_file=lambda done, total: told.append((done, total)))
    assert out.read_bytes() == whole and told == [] and second.done_before == 5
    assert (second.states, second.flagged) == (first.states, first.flagged)
    Image.fromarray(sample_pixels(99)).save(pictures / "aaa.png")
    third = score(pair, pictures, out, on_file=lambda done, total: told.append((done, total)))
    assert told == [(6, 6)] and third.states["ok"] == 6
    assert out.read_bytes().startswith(whole) and read(out)[-1]["file"] == "aaa.png"


def test_a_changed_file_is_scored_again_and_its_last_rows_count(pair, tmp_path):
    pictures, out = write_pictures(tmp_path / "in", 3), tmp_path / "s.csv"
    score(pair, pictures, out)
    (pictures / "001.png").write_bytes(b"no longer a picture")
    summary = score(pair, pictures, out)
    assert [found["file"] for found in read(out)] == ["000.png", "001.png", "002.png", "001.png"]
    assert summary.states == {"ok": 2, "refused": 0, "error": 1} and summary.done_before == 2


def test_the_table_may_lie_in_the_folder(pair, tmp_path):
    pictures = write_pictures(tmp_path / "in", 2)
    for _ in range(2):
        assert score(pair, pictures, pictures / "scores.csv").files == 2


def test_other_networks_thresholds_roles_and_checks_are_refused(pair, lung_pair, tmp_path, monkeypatch):
    pictures, out = write_pictures(tmp_path / "in", 2), tmp_path / "s.csv"
    score(pair, pictures, out, roles=("student",))
    whole = out.read_bytes()
    other = pair.network("student").operating_points[-1].name
    default = pair.operating_point("student").name
    with pytest.raises(ConfigError, match="pair was"):
        score(lung_pair, pictures, out, roles=("student",))
    with pytest.raises(ConfigError, match=r"networks\.teacher was absent"):
        score(pair, pictures, out)
    with pytest.raises(ConfigError, match="ungradable was False, is True"):
        score(pair, pictures, out, roles=("student",), ungradable=True)
    if other != default:
        with pytest.raises(ConfigError, match=r"operating_point was .*threshold was"):
            score(pair, pictures, out, roles=("student",), operating_point=other)
    with pytest.raises(BundleError, match="no operating point"):
        score(pair, pictures, out, roles=("student",), operating_point="none")
    monkeypatch.setenv("TWINLENS_RUNTIME", "openvino")
    if importlib.util.find_spec("openvino"):
        with pytest.raises(ConfigError, match="runtime was onnxruntime, is openvino"):
            score(pair, pictures, out, roles=("student",))
    monkeypatch.delenv("TWINLENS_RUNTIME")
    changed = pair.card.model_copy(update={"files": {**pair.card.files, "student.onnx": "0" * 64}})
    with pytest.raises(BundleError, match="SHA-256"):
        score(type(pair)(changed, pair.folder), pictures, out, roles=("student",))
    assert out.read_bytes() == whole


def test_another_network_of_the_same_name_is_refused(pair, tmp_path):
    pictures, out = write_pictures(tmp_path / "in", 1), tmp_path / "s.csv"
    score(pair, pictures, out, roles=("student",))
    text = out.read_text()
    sha = pair.card.files["student.onnx"]
    assert text.count(sha) == 1
    out.write_text(text.replace(sha, "0" * 64))
    with pytest.raises(ConfigError, match=r"networks\.student\.sha256 was 000000000000"):
        score(pair, pictures, out, roles=("student",))


def test_an_unfamiliar_picture_is_refused_also_where_only_the_teacher_is_asked(pair, tmp_path):
    checked = add_check(pair, tmp_path / "models")
    pictures = tmp_path / "in"
    pictures.mkdir()
    for name, pixels in (("far", foreign_pixels()), ("near", sample_pixels(3))):
        Image.fromarray(pixels).save(pictures / f"{name}.png")
    score(checked, pictures, tmp_path / "s.csv", roles=("teacher",))
    far, near = read(tmp_path / "s.csv")
    assert far["state"] == "refused" and "does not look like the pictures" in far["reason"]
    assert far["teacher_positive_prob"] == "" and "student_positive_prob" not in far
    assert near["state"] == "ok" and near["kind"] == "familiar" and float(near["distance"]) > 0
    score(checked, pictures, tmp_path / "all.csv", roles=("teacher",), ungradable=True)
    assert [found["kind"] for found in read(tmp_path / "all.csv")] == ["unfamiliar", "familiar"]


def test_frames_of_a_file_have_a_row_each(lung_pair, tmp_path):
    pictures = tmp_path / "in"
    pictures.mkdir()
    frames = np.stack([ramp(), ramp()[::-1], ramp() // 2])
    (pictures / "many.dcm").write_bytes(ct_bytes(frames))
    (pictures / "one").write_bytes(ct_bytes())
    summary = score(lung_pair, pictures, tmp_path / "s.csv")
    rows = read(tmp_path / "s.csv")
    assert [(found["file"], found["frames"], found["frame"]) for found in rows] == [
        ("many.dcm", "3", "1"),
        ("many.dcm", "3", "2"),
        ("many.dcm", "3", "3"),
        ("one", "1", "0"),
    ]
    assert (summary.files, summary.pictures) == (2, 4) and lung_pair.card.pair == LUNG_PAIR


def test_one_frame_for_all_networks_gives_what_each_gets_alone(fundus_pair, tmp_path):
    from core.intake.samples import open_first_sample

    case = open_first_sample("fundus")
    answer = open_reader(fundus_pair, fundus_pair.served_roles, threads=1).read(case)
    for found in answer.predictions:
        alone = predict_case(open_predictor(fundus_pair, found.role, threads=1), case)
        assert np.array_equal(found.probs, alone.probs)


def test_folders_that_cannot_be_scored(pair, tmp_path):
    with pytest.raises(ConfigError, match="no such folder"):
        score(pair, tmp_path / "nowhere", tmp_path / "s.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="no file"):
        score(pair, tmp_path / "empty", tmp_path / "s.csv")
    assert not (tmp_path / "s.csv").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes there")
def test_what_is_no_file_is_not_waited_for(tmp_path):
    pictures = write_pictures(tmp_path / "in", 1)
    os.mkfifo(pictures / "pipe.png")
    (pictures / "gone.png").symlink_to(pictures / "nothing")
    assert [stamp.name for _, stamp in list_files(pictures, but=tmp_path / "s.csv")] == ["000.png"]


def test_a_file_that_vanishes_is_a_row(pair, tmp_path):
    """Between the listing and its turn."""
    pictures = write_pictures(tmp_path / "in", 40)

    def tell(done: int, total: int) -> None:
        (pictures / "039.png").unlink(missing_ok=True)

    summary = score(pair, pictures, tmp_path / "s.csv", roles=("student",), workers=1, on_file=tell)
    assert summary.states["error"] == 1 and "cannot be read" in read(tmp_path / "s.csv")[-1]["reason"]


def start_child(folder: Path, out: Path, models: Path, how: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.release.score_child", str(folder), str(out), PAIR, how],
        cwd=ROOT,
        env={**os.environ, "TWINLENS_MODELS": str(models)},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 9])
def test_a_killed_run_goes_on_and_ends_with_the_same_file(pair_models, pair, folder, tmp_path, after):
    out, straight = tmp_path / "killed.csv", tmp_path / "straight.csv"
    with start_child(folder, out, pair_models, "slow") as child:
        for line in child.stdout:
            if int(line) >= after:
                break
        child.send_signal(signal.SIGKILL)
    left = out.read_bytes()
    score(pair, folder, straight, roles=("student",))
    whole = straight.read_bytes()
    assert len(left) < len(whole) and whole.startswith(left)
    summary = score(pair, folder, out, roles=("student",))
    assert summary.done_before >= after and out.read_bytes() == whole


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_pictures(pair_models, tmp_path):
    """600 pictures of 190 kB decoded; were they, or their answers with features, kept, it would show."""
    pictures = write_pictures(tmp_path / "in", 20, size=250)
    for number in range(20, 600):
        (pictures / f"{number:03d}.png").symlink_to(pictures / f"{number % 20:03d}.png")
    with start_child(pictures, tmp_path / "s.csv", pair_models, "memory") as child:
        seen = json.loads(child.stdout.read())
    assert child.returncode == 0
    assert seen["late"] - seen["early"] < 25, seen
    assert len(read(tmp_path / "s.csv")) == 600
