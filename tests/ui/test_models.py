"""Networks opened beside the page, and pairs read again when their folder has changed."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pytest
import streamlit as st

from core import bundle
from core.bundle import CARD_NAME
from core.errors import BundleError
from core.ui import models
from tests.pair_factory import PAIR


@pytest.fixture
def folder(pair_models: Path, tmp_path: Path, monkeypatch) -> Path:
    shutil.copytree(pair_models / PAIR, tmp_path / PAIR)
    monkeypatch.setattr(bundle, "MODELS_DIR", tmp_path)
    monkeypatch.setattr(models, "_BEGUN", set())
    st.cache_resource.clear()
    return tmp_path / PAIR


def test_a_pair_is_read_once_and_again_when_anything_in_its_folder_has_changed(folder) -> None:
    first = models._load(PAIR)
    assert models._load(PAIR) is first
    card = json.loads((folder / CARD_NAME).read_text())
    (folder / CARD_NAME).write_text(json.dumps({**card, "title": "Another"}))
    assert models._load(PAIR).card.title == "Another"
    (folder / "student.onnx").unlink()
    with pytest.raises(BundleError, match=r"missing student\.onnx"):
        models._load(PAIR)


def wait() -> None:
    for thread in threading.enumerate():
        if thread.name == models.EARLY:
            thread.join()


def test_networks_are_opened_once_beside_the_page(folder, monkeypatch) -> None:
    built: list[str] = []
    original = models.serve_session

    def build(content: bytes, **options):  # type: ignore[no-untyped-def]
        built.append(threading.current_thread().name)
        return original(content, **options)

    monkeypatch.setattr(models, "serve_session", build)
    pair = models._load(PAIR)
    for _ in range(2):
        models.open_early(pair)
        wait()
    assert built == [models.EARLY] * len(pair.served_roles)
    for role in pair.served_roles:
        models.get_predictor(pair, role)
    assert len(built) == len(pair.served_roles), "the page waits for what was begun, and builds nothing"


def test_a_damaged_network_is_left_for_the_page_to_say(folder, capsys) -> None:
    pair = models._load(PAIR)
    (folder / "student.onnx").write_bytes(b"not it")
    models.open_early(pair)
    wait()
    assert "Traceback" not in capsys.readouterr().err
    with pytest.raises(BundleError, match="SHA-256"):
        models.get_predictor(pair, "student")
