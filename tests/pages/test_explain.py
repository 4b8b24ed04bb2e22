"""The page about explanations: default maps, checks, hidden maps, slow methods, agreement, many cases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import bundle
from core.bundle import Pair, load_pair
from core.types import Case, QualityVerdict, Trust, TrustCheck
from core.ui import explain_trust
from core.ui.state import Reading
from tests.explanation_factory import TITLE, make_case, make_explanations, save_with_explanations
from tests.fundus_pair import fundus_pixels
from tests.hybrid_pair import build_hybrid_pair
from tests.pair_factory import ROOT, sample_pixels

PAGE = "pages/5_Explain.py"
GRADABLE = QualityVerdict("gradable")


def lesion() -> Case:
    return Case("lesion", sample_pixels(1), "dermoscopy", "mine.png")


def judge(state: str) -> Trust:
    return Trust((TrustCheck("faithful", state, 0.0, 0.1, "made up"),), None, ())


@pytest.fixture(autouse=True)
def _quick_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks cost seconds a map; what comes of them is told by each test."""
    answer(monkeypatch, lambda role, method: "holds")


def answer(monkeypatch: pytest.MonkeyPatch, decide) -> None:
    from core import trust

    def judged(pair, role, network, predictor, case, heatmap, reference, **options) -> Trust:
        return judge(decide(role, heatmap.method))

    monkeypatch.setattr(trust, "judge_map", judged)
    monkeypatch.setattr(
        trust,
        "measure_case_references",
        lambda predictor, case, **options: dict.fromkeys(predictor.pair.card.classes),
    )


def start(models: Path, case: Case | None = None, verdict: QualityVerdict = GRADABLE) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=240).switch_page(PAGE)
    at.session_state["reading"] = Reading(case or lesion(), verdict=verdict)
    return again(at, models)


def again(at: AppTest, models: Path) -> AppTest:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle, "MODELS_DIR", models)
        at.run()
    assert not at.exception
    return at


def grid(at: AppTest) -> dict:
    return json.loads(at.get("plotly_chart")[0].proto.spec)


def notes(at: AppTest) -> list[str]:
    return [note["text"].replace("<br>", " ") for note in grid(at)["layout"]["annotations"]]


def texts(at: AppTest) -> str:
    elements = (*at.markdown, *at.caption, *at.subheader, *at.header, *at.info, *at.text, *at.error)
    return "\n".join(element.value for element in elements).replace("\N{NO-BREAK SPACE}", " ")


def choose(at: AppTest, models: Path, *methods: str) -> AppTest:
    at.session_state["explain_methods"] = list(methods)
    return again(at, models)


def test_grad_cam_and_layercam_of_both_networks_are_drawn_and_checked(pair_models: Path) -> None:
    at = start(pair_models)
    assert "mine.png" in texts(at)
    titles = [note for note in notes(at) if note.startswith("<b>")]
    assert sorted(titles) == sorted(
        f"<b>{method}</b> {network} · ✓ passed its checks"
        for method in ("Grad-CAM", "LayerCAM")
        for network in ("Teacher", "Student")
    )
    assert len(at.get("download_button")) == 4
    assert all(len(chart.proto.alt) > 30 for chart in at.get("plotly_chart"))
    assert "Do the networks look at the same places?" in texts(at)
    assert "python -m core explanations melanoma" in texts(at)


def test_no_map_of_a_refused_picture(fundus_models: Path) -> None:
    case = Case("eye", fundus_pixels(5), "fundus", "dark.png")
    at = start(fundus_models, case, QualityVerdict("ungradable", ("Too dark.",)))
    assert not at.get("plotly_chart") and "Too dark." in texts(at)
    assert "Over many cases" in texts(at)


def test_a_method_says_which_network_it_is_not_for(fundus_models: Path) -> None:
    at = start(fundus_models, Case("eye", fundus_pixels(5), "fundus", "eye.png"))
    assert "Does not apply: the teacher has no gate to show" in notes(at)


def test_a_transformer_gets_rollout_by_itself(pair: Pair, tmp_path: Path) -> None:
    build_hybrid_pair(pair, tmp_path)
    at = start(tmp_path)
    assert "Does not apply: the student has no attention of this kind to follow" in notes(at)
    assert any("Attention rollout" in note and "Teacher" in note for note in notes(at))


def test_a_failed_map_is_hidden_with_its_reason_until_it_is_asked_for(
    pair_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, lambda role, method: "fails" if (role, method) == ("student", "gradcam") else "holds")
    at = start(pair_models)
    hidden = [note for note in notes(at) if note.startswith("Hidden, because")]
    assert len(hidden) == 1 and "counts less for the answer" in hidden[0]
    assert len(grid(at)["data"]) == 3
    (control,) = [toggle for toggle in at.toggle if toggle.label == "Show this map all the same"]
    control.set_value(True)
    again(at, pair_models)
    assert not [note for note in notes(at) if note.startswith("Hidden, because")]
    assert any("✗ failed a check" in note for note in notes(at))


def test_a_slow_method_says_its_cost_and_is_computed_when_asked(pair_models: Path) -> None:
    at = choose(start(pair_models), pair_models, "gradcam", "occlusion")
    assert "takes its time on this machine: teacher" in texts(at)
    assert notes(at).count("Not computed yet: see the button above") == 2
    next(button for button in at.button if button.label.startswith("Compute")).click()
    again(at, pair_models)
    assert "Not computed yet: see the button above" not in notes(at)
    assert not [button for button in at.button if button.label in ("Cancel", "Compute Occlusion")]
    assert len(grid(at)["data"]) + sum("No positive evidence" in note for note in notes(at)) == 4


def test_a_cancelled_computation_leaves_nothing_and_frees_its_place(
    pair_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.ui import explain_slow, explain_state, maps

    class Cancelled(BaseException):
        """As Streamlit ends a run."""

    at = start(pair_models)
    known = dict(at.session_state["reading"].heatmaps)
    free = explain_state._slots()._value

    def stop(share: float) -> None:
        raise Cancelled

    scene = explain_state.Scene(
        load_pair("melanoma", pair_models),
        at.session_state["reading"].case,
        {},
        "mel",
        "",
        (),
        "shared",
        "fill",
    )
    monkeypatch.setattr(maps.state, "get_reading", lambda: at.session_state["reading"])
    with pytest.raises(Cancelled), explain_state.take_slot(lambda words: None):
        explain_state.compute_map(scene, "student", "occlusion", on_progress=stop)
    assert at.session_state["reading"].heatmaps == known
    assert explain_state._slots()._value == free == explain_state.SLOTS
    assert explain_slow.is_slow("occlusion")


def test_lines_instead_of_colours_and_a_scale_of_its_own(pair_models: Path) -> None:
    at = start(pair_models)
    at.session_state["explain_drawn"] = "lines"
    at.session_state["independent_scales"] = True
    again(at, pair_models)
    assert {trace["type"] for trace in grid(at)["data"]} == {"contour"}
    title = grid(at)["layout"]["coloraxis"]["colorbar"]["title"]["text"]
    assert "own scale" in title


def test_without_a_method_there_are_no_maps(pair_models: Path) -> None:
    at = choose(start(pair_models), pair_models)
    assert not at.get("plotly_chart") and "Choose at least one method" in texts(at)


def test_what_was_measured_over_many_cases(pair: Pair, tmp_path: Path) -> None:
    cases = [make_case("one", "mel", ("mel", "mel"), 0.1), make_case("two", "nv", ("mel", "nv"), 0.2)]
    save_with_explanations(pair, make_explanations(pair, "isic2018_task3", cases), tmp_path)
    at = start(tmp_path)
    assert TITLE in texts(at) and "By chance both would be about 20.0 % (15.0–25.0)" in texts(at)
    assert "without any network, lies inside in 90.0 % (85.0–95.0)" in texts(at)
    shown = [table.value for table in at.table]
    assert any("one" in table.to_string() and "two" not in table.to_string() for table in shown)
    assert explain_trust.find_learned(load_pair("melanoma", tmp_path), "student", "gradcam").value == 0.05
