"""The page about experiments: reported beside measured, filters, ranks, one run, findings, two together."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.experiments import store
from core.experiments.combine import call_cases, hold_out
from core.experiments.leaderboard import rank_experiments, score_guess
from core.experiments.store import StoredSuite
from core.experiments.sweeps import record
from core.experiments.tasks import Task
from core.figures.wording import NO_BREAK, percent_with_limits
from core.ui.experiments import guess as guessing
from core.ui.experiments.load import load_board
from tests.experiments_factory import write_suite
from tests.pair_factory import ROOT

HEADINGS = [
    "Leaderboard",
    "How ranks change with the metric",
    "One experiment in full",
    "What the source concludes, held against these runs",
    "Read with two of them",
]


@pytest.fixture(autouse=True)
def empty_caches() -> Iterator[None]:
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def everything(models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All runs, made up."""
    write_suite(tmp_path)
    monkeypatch.setattr(store, "RESULTS_DIR", tmp_path)
    return tmp_path


@pytest.fixture
def some(models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three runs of all."""
    write_suite(tmp_path, numbers=(2, 8, 20), seeds=1)
    monkeypatch.setattr(store, "RESULTS_DIR", tmp_path)
    return tmp_path


@pytest.fixture
def nothing(models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(store, "RESULTS_DIR", tmp_path)
    monkeypatch.setattr(record, "RESULTS_DIR", tmp_path)
    monkeypatch.setattr(record, "ABLATIONS_DIR", tmp_path)
    return tmp_path


def open_page() -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    return checked(at.switch_page("pages/7_Experiments.py").run())


def checked(at: AppTest) -> AppTest:
    assert not at.exception and not at.error
    return at


def choose(at: AppTest, suite: str) -> AppTest:
    at.session_state["suite"] = suite
    return checked(at.run())


def words(at: AppTest) -> str:
    parts = (*at.markdown, *at.caption, *at.warning, *at.info)
    return "\n".join(element.value for element in parts).replace(NO_BREAK, " ")


def board(at: AppTest):
    return at.dataframe[0].value


def test_the_whole_page(everything) -> None:
    at = open_page()
    assert [element.value for element in at.header] == HEADINGS
    table = board(at)
    assert len(table) == 26 and list(table[("", "No.")]) == list(range(1, 27))
    assert table[("AUC", "reported")][1] == 0.846 and np.isnan(table[("AUC", "reported")][0])
    assert table[("AUC", "here")].dtype == float, "numbers, which sort as numbers"
    assert table[("Melanoma recall", "reported")][5] == 19.0, "shares are per cent"
    assert table[("", "Experiment")][25].endswith("(ours)")
    assert table[("", "Seeds")].tolist() == [2] * 26
    assert {("Cancer called any cancer", "here"), ("Cancer called its own kind", "here")} <= set(
        table.columns
    )
    assert "not by lesion" in words(at), "the caution is said"
    assert "300 test pictures" in words(at) and "25 of 25 experiments run, 2 seeds each" in words(at)
    assert len(at.get("plotly_chart")) == 4, "ranks twice (wide and narrow), curves, confusion"


def test_the_champions_are_named_with_their_figures(everything) -> None:
    told = words(open_page())
    board_ = load_board("dermamnist")
    columns = {c.metric: c for c in rank_experiments([r for r in board_.rows if r.origin == "source"])}
    (leader,) = [n for n, rank in columns["auc"].ranks.items() if rank == 1]
    (finder,) = [n for n, rank in columns["melanoma_recall"].ranks.items() if rank == 1]
    assert leader != finder
    assert f"**{leader} " in told and f"**{finder} " in told and "leads by AUC" in told


def test_filters_leave_rows_out_and_figures_too(everything) -> None:
    at = open_page()
    at = checked(at.toggle(key="experiments_ours").set_value(False).run())
    assert len(board(at)) == 25
    at = checked(at.toggle(key="experiments_printed").set_value(True).run())
    assert set(board(at)[("", "No.")]) == {1, 2, *range(6, 13), *range(15, 26)}
    pills = {group.key: group for group in at.get("button_group")}
    at = checked(pills["experiments_chapters"].set_value(["Loss"]).run())
    assert list(board(at)[("", "No.")]) == [15, 16]
    pills = {group.key: group for group in at.get("button_group")}
    at = checked(pills["experiments_metrics"].set_value(["accuracy"]).run())
    assert ("AUC", "here") not in board(at).columns and ("Accuracy", "here") in board(at).columns
    at = checked(at.selectbox(key="experiments_least_of").set_value(("accuracy", "reported")).run())
    at = checked(at.number_input(key="experiments_least").set_value(60.0).run())
    assert list(board(at)[("", "No.")]) == [15]
    at = checked(at.number_input(key="experiments_least").set_value(99.0).run())
    assert "No experiment passes" in words(at)


def test_one_run_in_full(everything) -> None:
    at = checked(open_page().selectbox(key="experiments_run").set_value(14).run())
    told = words(at)
    assert "Changed from run 11 Horizontal flips, 10 epochs" in told
    assert "the refusal is switched off" in told and "preprocessing has to travel" in told
    assert "Overfitting gap +0.100" in told and "after 5 epochs" in told
    table = at.table[0].value
    assert list(table.columns) == ["", "Reported", "Here, mean (limits)", "Seed 0", "Seed 1"]
    assert table["Reported"].tolist() == [""] * 7, "the source prints no figure of the trap"


def test_verdicts_are_words_with_their_working(everything) -> None:
    told = words(open_page())
    for verdict in ("Reproduced", "Contradicted", "Undecided"):
        assert f"**{verdict}** · " in told
    assert "1 reproduced, 1 contradicted, 1 undecided; 9 wait" in told and "Working of it." in told


def test_what_has_not_been_run_is_blank_and_said(some) -> None:
    at = open_page()
    table = board(at)
    assert len(table) == 26 and table[("AUC", "here")].notna().sum() == 3
    assert "23 of them have not been run here" in words(at)
    assert "22 of 25 have not been run and take no part" in words(at)
    assert "12 wait for experiments" in words(at)
    at = checked(at.selectbox(key="experiments_run").set_value(14).run())
    assert "This experiment has not been run here" in words(at)
    assert set(at.table[0].value["Here, mean (limits)"]) == {"not run"}


def test_without_results_reported_figures_are_still_shown(nothing) -> None:
    at = open_page()
    assert "No results of this suite are here" in words(at) and str(nothing) not in words(at)
    table = board(at)
    assert table[("AUC", "reported")].notna().sum() == 15 and table[("AUC", "here")].notna().sum() == 0
    assert [element.value for element in at.header] == HEADINGS
    assert "This needs two runs" in words(at)
    at = checked(at.toggle(key="experiments_guess").set_value(True).run())
    assert "needs 5 experiments" in words(at)
    for suite, said in (("mel_kd", "sweep kd"), ("mel_teachers", "sweep teachers"), ("ablation", "ablate")):
        at = choose(at, suite)
        assert said in words(at) and str(nothing) not in words(at)
    at = choose(at, "mel_teachers")
    assert at.table[0].value["AUC, reported"].tolist()[6] == "0.924"


def test_results_of_another_version_are_said(nothing) -> None:
    (nothing / "dermamnist.json").write_text(json.dumps({"suite": "dermamnist"}))
    at = open_page()
    assert "not results of this version" in words(at) and str(nothing) not in words(at)
    assert len(board(at)) == 26


def test_a_changed_file_is_read_again(nothing) -> None:
    at = open_page()
    assert board(at)[("AUC", "here")].notna().sum() == 0
    write_suite(nothing, numbers=(2, 8), seeds=1)
    at = checked(at.run())
    assert board(at)[("AUC", "here")].notna().sum() == 2


def test_two_runs_by_hand_are_the_engine_s(everything) -> None:
    at = open_page()
    at = checked(at.selectbox(key="experiments_first_52").set_value((20, 0)).run())
    at = checked(at.selectbox(key="experiments_second_52").set_value((22, 1)).run())
    sliders = {slider.label: slider for slider in at.slider}
    at = checked(sliders["Threshold of the first network"].set_value(0.3).run())
    sliders = {slider.label: slider for slider in at.slider}
    at = checked(sliders["Threshold of the second network"].set_value(0.5).run())
    stored = StoredSuite("dermamnist", everything)
    cases = hold_out(stored, Task(20, 0), Task(22, 1), part="test", positives=("mel",), title="")
    alone = call_cases(cases, "student", {"student": 0.3})
    either = call_cases(cases, "either", {"student": 0.3, "teacher": 0.5})
    table = at.table[-1].value
    assert table["Sensitivity"].iloc[0] == percent_with_limits(alone.sensitivity)
    assert table["Sensitivity"].iloc[2] == percent_with_limits(either.sensitivity)
    assert table["Specificity"].iloc[2] == percent_with_limits(either.specificity)
    assert "teacher" not in words(at).lower() and "student" not in words(at).lower()


@pytest.mark.parametrize("way", ["both", "mean", "max", "cascade"])
def test_every_way_of_combining_has_its_thresholds(everything, way) -> None:
    at = open_page()
    pills = {group.key: group for group in at.get("button_group")}
    at = checked(pills["experiments_way"].set_value(way).run())
    assert len(at.slider) == (2 if way == "both" else 3)
    assert len(at.table[-1].value) == 3
    assert ("The second network reads" in words(at)) == (way == "cascade")


def test_thresholds_from_validation_on_request(everything) -> None:
    at = open_page()
    assert "Takes some seconds" in words(at)
    at = checked(at.button(key="experiments_compare").click().run())
    told = words(at)
    assert "Takes some seconds" not in told and "200 validation pictures" in told
    table = at.table[-1].value
    assert list(table["Flag by"])[:2] == ["Second network alone", "First network alone"]
    assert "Second network reads" in table.columns
    shown = "\n".join([told, *map(str, table.columns), *table.astype(str).to_numpy().ravel()]).lower()
    assert "teacher" not in shown and "student" not in shown


def test_predict_then_reveal(everything) -> None:
    at = checked(open_page().toggle(key="experiments_guess").set_value(True).run())
    assert not at.dataframe and not at.table and not at.get("plotly_chart"), "no figure gives it away"
    assert [element.value for element in at.header] == ["Put five experiments in order"]
    rows = load_board("dermamnist").rows
    drawn = guessing.draw_five(rows, 0)
    assert drawn == guessing.draw_five(rows, 0) != guessing.draw_five(rows, 1)
    assert len({row.number for row in drawn}) == 5
    at = checked(at.button(key="experiments_reveal").click().run())
    assert "Use each rank from 1 to 5 once" in words(at) and not at.table
    ranks = dict(zip([row.number for row in drawn], (2, 1, 3, 5, 4), strict=True))
    for number, rank in ranks.items():
        at = checked(at.selectbox(key=f"experiments_rank_0_{number}").set_value(rank).run())
    (column,) = rank_experiments(drawn, ("auc",))
    expected = score_guess(ranks, column)
    assert f"{expected:+.2f}".replace("-", "−") in words(at)
    table = at.table[0].value
    assert table["Measured rank"].tolist() == ["1", "2", "3", "4", "5"]
    assert [int(mine) for mine in table["Yours"]] == [
        ranks[number] for number, _ in sorted(column.ranks.items(), key=lambda item: item[1])
    ]
    at = checked(at.button(key="experiments_redraw").click().run())
    assert not at.table, "another five, hidden again"


@pytest.mark.parametrize("suite", ["dermamnist", "mel_kd", "mel_teachers", "ablation"])
def test_every_suite_as_shipped(models, suite) -> None:
    at = choose(open_page(), suite)
    assert at.header


def test_the_ablation_says_what_may_be_said(models) -> None:
    at = choose(open_page(), "ablation")
    assert "Limits of 2 of 7 differences in AUC of referable retinopathy leave out 0" in words(at)
    assert len(board(at)) == 8 and "484 held-out photographs" in words(at)
    assert board(at)[("Accuracy", "reported")].notna().sum() == 1, "the document's whole network"
    at = checked(at.selectbox(key="experiments_arm_figure").set_value("flip_rate").run())
    assert "calls that change when turned" in words(at)


def test_the_page_needs_no_torch() -> None:
    """In a process of its own: other tests have imported it."""
    code = (
        "import sys; from streamlit.testing.v1 import AppTest; "
        "at = AppTest.from_file('app.py', default_timeout=120).switch_page('pages/7_Experiments.py').run(); "
        "assert not at.exception; assert 'torch' not in sys.modules, 'torch'"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
