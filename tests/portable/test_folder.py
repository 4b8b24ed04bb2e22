"""An export is whole or not there, names every file it holds, and takes no folder that is not its own."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

import onnx
import pytest
from pydantic import BaseModel

from core.bundle import Pair, list_pairs, load_pair, save_pair
from core.errors import BundleError, ConfigError, ParityError
from core.intake import samples
from core.networks.weights import dump_weights
from core.portable import web
from core.portable.folder import export_folder
from core.portable.record import ModelRecord, SelfTest
from core.predict import open_network, open_predictor
from tests.pair_factory import PAIR, ROOT
from tests.portable.conftest import Exports


def tree(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page's own files beside a stand-in for the npm package."""
    package = tmp_path / "web" / "node_modules" / web.PACKAGE
    (package / "dist").mkdir(parents=True)
    for path in web.WEB.iterdir():
        if path.is_file():
            (tmp_path / "web" / path.name).write_bytes(path.read_bytes())
    wanted = json.loads((web.WEB / "package.json").read_text())["dependencies"][web.PACKAGE]
    (package / "package.json").write_text(json.dumps({"version": wanted}))
    for name in web.RUNTIME:
        (package / "dist" / name).write_bytes(b"stand-in")
    monkeypatch.setattr(web, "WEB", tmp_path / "web")
    return package


@pytest.mark.parametrize("name", list_pairs())
def test_every_file_is_named_with_its_sum(name: str, exported: Exports) -> None:
    files = tree(exported(name))
    record = ModelRecord.model_validate_json(files.pop("model.json"))
    assert {file: entry.sha256 for file, entry in record.files.items()} == {
        file: hashlib.sha256(content).hexdigest() for file, content in files.items()
    }
    assert all(record.files[file].bytes == len(content) for file, content in files.items())
    assert ("prepare.py" in files) == (name != "melanoma")


@pytest.mark.parametrize("name", list_pairs())
def test_the_record_is_the_card_s(name: str, exported: Exports) -> None:
    pair = load_pair(name)
    entry, record = (
        pair.network("student"),
        ModelRecord.model_validate_json(read(exported(name), "model.json")),
    )
    assert tuple(found.code for found in record.classes) == pair.card.classes
    assert tuple(found.code for found in record.classes if found.positive) == pair.card.positives
    assert record.temperature == entry.temperature
    assert record.operating_point.threshold == pair.operating_point("student").threshold
    assert record.preparation.crop == entry.preprocessing.crop
    assert record.preparation.topology == entry.topology
    assert {found.dataset: found.metrics for found in record.held_out} == {
        dataset: report.metrics["student"] for dataset, report in pair.card.reports.items()
    }
    session = open_predictor(pair, "student").session
    for told, given in (
        (record.network.inputs, session.get_inputs()),
        (record.network.outputs, session.get_outputs()),
    ):
        assert {one.name: one.shape[1:] for one in told} == {one.name: tuple(one.shape[1:]) for one in given}
    assert record.parity.largest_difference <= record.parity.tolerance
    assert record.limits == pair.card.limits and record.caution == pair.card.caution


@pytest.mark.parametrize("name", list_pairs())
def test_readme_says_what_it_is_and_what_is_missing(name: str, exported: Exports) -> None:
    text, pair = read(exported(name), "README.md"), load_pair(name)
    assert "Research use only" in text and "kind of picture" in text and pair.card.caution in text
    assert all(limit in text for limit in pair.card.limits)
    assert ("DICOM" in text) == (pair.card.modality == "ct")
    assert ("quality check" in text) == (pair.card.modality != "ct")
    value = pair.card.reports[next(iter(pair.card.reports))].metrics["student"]["roc_auc"]
    assert f"{value.value:.3f} ({value.low:.3f}–{value.high:.3f})" in text


@pytest.mark.parametrize("name", list_pairs())
def test_pictures_are_samples_and_their_answers_are_kept(name: str, exported: Exports) -> None:
    known = SelfTest.model_validate_json(read(exported(name), "selftest.json"))
    modality = load_pair(name).card.modality
    assert [case.title for case in known.cases] == [
        sample.title for sample in samples.list_samples(modality).values()
    ]
    assert all(case.origin.startswith(("Drawn by TwinLens", "A real photograph")) for case in known.cases)
    assert all(max(case.width, case.height) <= 480 for case in known.cases)


def test_the_same_export_twice_is_the_same(exported: Exports, tmp_path: Path) -> None:
    export_folder(load_pair("melanoma"), "student", tmp_path)
    assert tree(tmp_path) == tree(exported("melanoma"))


def test_nothing_tells_of_this_machine(exported: Exports) -> None:
    for name in list_pairs():
        for file, content in tree(exported(name)).items():
            if not file.endswith((".onnx", ".png")):
                assert str(ROOT) not in content.decode() and str(Path.home()) + "/" not in content.decode()


def test_a_network_that_differs_is_refused_by_name(pair: Pair, tmp_path: Path) -> None:
    """Weights beside an ONNX file whose classifier was moved a little since."""
    student = pair.network("student")
    model = onnx.load_from_string(pair.read(str(student.onnx)))
    moved = next(weight for weight in model.graph.initializer if weight.name.endswith("classifier.bias"))
    values = onnx.numpy_helper.to_array(moved).copy()
    values[0] += 1
    moved.CopyFrom(onnx.numpy_helper.from_array(values, moved.name))
    files = {name: pair.read(name) for name in pair.card.files}
    files |= {
        str(student.onnx): model.SerializeToString(),
        "student.safetensors": dump_weights(open_network(pair, "student")),
    }
    networks = {
        **pair.card.networks,
        "student": student.model_copy(update={"weights": "student.safetensors"}),
    }
    other = save_pair(pair.card.model_copy(update={"networks": networks}), files, tmp_path / "models")
    with pytest.raises(ParityError, match=rf"^{PAIR}/student\.onnx: probabilities differ by"):
        export_folder(other, "student", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_foreign_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigError, match="no earlier export"):
        export_folder(load_pair("melanoma"), "student", tmp_path)
    (tmp_path / "model.json").write_text('{"format": "another", "files": {}}')
    with pytest.raises(ConfigError, match="no earlier export"):
        export_folder(load_pair("melanoma"), "student", tmp_path)
    assert set(tree(tmp_path)) == {"inner/thesis.txt", "model.json"}
    with pytest.raises(ConfigError, match="it is no folder"):
        export_folder(load_pair("melanoma"), "student", tmp_path / "model.json")


def test_an_earlier_export_is_replaced_and_what_it_left_over_removed(
    pair: Pair, runtime: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with_page = export_folder(pair, "student", out, web=True)
    assert {"index.html", "worker.js", *(f"web/{name}" for name in web.RUNTIME)} <= set(
        with_page.record.files
    )
    (out / "web" / "app.js").write_text("changed by hand")
    (out / "notes.txt").write_text("mine")
    model = json.loads((out / "model.json").read_text())
    model["files"]["../web/package.json"] = {
        "bytes": 1,
        "sha256": hashlib.sha256((tmp_path / "web" / "package.json").read_bytes()).hexdigest(),
    }
    (out / "model.json").write_text(json.dumps(model))
    (out / ".student.onnx.abc.tmp").write_bytes(b"left by a killed process")
    without = export_folder(pair, "teacher", out)
    assert (out / "web" / "app.js").read_text() == "changed by hand"
    assert (tmp_path / "web" / "package.json").is_file()
    assert set(tree(out)) == {*without.record.files, "model.json", "web/app.js", "notes.txt"}
    assert set(without.removed) == set(with_page.record.files) - set(without.record.files) - {"web/app.js"}


def test_a_full_disk_leaves_nothing_or_what_was(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "deep" / "out"
    real = os.fsync
    calls: list[int] = []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 4:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigError, match=r"cannot be written \(No space left on device\); it is as it was"):
        export_folder(pair, "student", out)
    assert not out.parent.exists()
    export_folder(pair, "student", out)
    before = tree(out)
    calls.clear()
    with pytest.raises(ConfigError, match="as it was"):
        export_folder(pair, "teacher", out)
    assert tree(out) == before


def test_a_page_needs_its_runtime_and_a_known_crop(
    pair: Pair, runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (runtime / "package.json").write_text('{"version": "0.0.1"}')
    with pytest.raises(ConfigError, match=r"version 0\.0\.1 or incomplete.*`make web-runtime`"):
        export_folder(pair, "student", tmp_path / "out", web=True)
    (runtime / "package.json").unlink()
    with pytest.raises(ConfigError, match=r"is not installed.*`make web-runtime`"):
        export_folder(pair, "student", tmp_path / "out", web=True)
    monkeypatch.setattr(web, "PORTED", frozenset({"body"}))
    with pytest.raises(ConfigError, match="cannot cut pictures by 'none', it knows body"):
        export_folder(pair, "student", tmp_path / "out", web=True)
    assert not (tmp_path / "out").exists()


def test_a_role_that_does_not_ship_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="weights do not ship"):
        export_folder(load_pair("melanoma"), "control", tmp_path / "out")


def test_a_modality_without_samples_is_refused(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.portable.selftest.list_samples", lambda modality: {})
    with pytest.raises(BundleError, match="0 sample cases, a self-test needs at least 2"):
        export_folder(pair, "student", tmp_path / "out")


def test_every_field_is_described() -> None:
    """docs/export.md names each key of model.json and selftest.json."""
    text = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z0-9_]+)`", text))

    def keys(model: type[BaseModel]) -> set[str]:
        found = set(model.model_fields)
        for field in model.model_fields.values():
            for inner in (field.annotation, *getattr(field.annotation, "__args__", ())):
                if isinstance(inner, type) and issubclass(inner, BaseModel):
                    found |= keys(inner)
        return found

    assert keys(ModelRecord) | keys(SelfTest) <= named


def read(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")
