"""The first page answers before a model library is loaded: shown on a live server, as it is really served."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from core.bundle import MODELS_DIR
from tests.server.live import Drawn, Server, Session, serve


def wait_for_answers(session: Session, visit: threading.Thread) -> list[str]:
    """Probabilities of both networks, as soon as they are there; what there is if the visit ends."""
    while True:
        elements = list(session._elements.values())
        found = [one.metric.body for one in elements if one.WhichOneof("type") == "metric"]
        if len(found) >= 2 or not visit.is_alive():
            return found
        time.sleep(0.02)


def open_first_page(server: Server, gate: Path, drawn: list[Drawn]) -> list[str]:
    with Session(server, patience_s=240) as session:
        visit = threading.Thread(target=lambda: drawn.append(session.visit()))
        visit.start()
        answers = wait_for_answers(session, visit)
        imported_before = (gate / "imported").exists()
        (gate / "seen").touch()
        visit.join()
    assert len(answers) == 2 and all("%" in one for one in answers), (answers, imported_before)
    return answers


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_both_answers_are_sent_before_a_model_library_is_imported(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TWINLENS_GATE", str(tmp_path))
    drawn: list[Drawn] = []
    with serve(MODELS_DIR, module="tests.server.gated_imports") as server:
        open_first_page(server, tmp_path, drawn)
    assert not (tmp_path / "gave_up").exists(), "an import waited for answers that only came after it"
    imported = (tmp_path / "imported").read_text().split()
    assert imported[0] == "torch", "the maps need it, so the gate was passed through"
    assert not {"gtda", "captum", "lightning", "pytorch_grad_cam"} & set(imported), "nor at all on this page"
    assert len(drawn) == 1 and len(drawn[0].figures) >= 4, "probabilities and maps of both"
