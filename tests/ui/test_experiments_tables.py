"""Rows and sentences of the melanoma document's tables and of the ablation."""

from __future__ import annotations

from core.experiments.sweeps.record import load_ablation
from core.ui.experiments import table_words as words
from core.ui.experiments.load import read_printed
from tests.experiments_factory import write_sweep


def test_reported_beside_measured_row_by_row(tmp_path) -> None:
    table = words.tabulate_sweep(write_sweep(tmp_path))
    first, control, teacher = table[0], table[4], table[5]
    assert (first["AUC: reported"], first["AUC: here"], first["AUC: limits"]) == (0.921, 0.8, "0.780–0.820")
    assert first["AUC: each seed"] == "0.790, 0.810" and first["Seeds"] == 2
    assert control["AUC: reported"] is None and control["AUC: here"] == 0.75
    assert first["MB: counted"] == 2.0 and first["MB: reported"] == 4.5, "2**21 bytes are 2 MiB"
    assert teacher["Seeds"] == 0 and teacher["AUC: reported"] == 0.924
    known = {column.title for column in words.sweep_columns("mel_kd")}
    assert set(first) <= known


def test_nothing_run_is_blank(tmp_path) -> None:
    result = write_sweep(tmp_path, run=False)
    table = words.tabulate_sweep(result)
    assert {row["AUC: here"] for row in table} == {None} and table[0]["Seeds"] is None
    assert "nothing can be said" in words.conclude_sweep(result)
    assert words.list_differences(result) == () and words.list_beside(result)[0].here is None


def test_what_the_limits_allow_to_say(tmp_path) -> None:
    told = words.conclude_sweep(write_sweep(tmp_path))
    assert "Of 6 differences of AUC between settings of distillation, limits of all hold 0" in told
    assert "Of 4 differences of AUC from the same student without a teacher, limits of 4 leave out 0" in told
    assert "T = 2, weight 0.9: +0.050 (+0.030 to +0.070)" in told


def test_without_differences_the_best_is_held_against_the_others(tmp_path) -> None:
    result = write_sweep(tmp_path).model_copy(update={"differences": ()})
    told = words.conclude_sweep(result)
    assert told.startswith("**Teacher** has the highest AUC here, 0.805")
    assert "limits of 4 of the 5 others reach it" in told, "the control's end at 0.770, below 0.785"


def test_lines_of_differences_are_short_enough_for_a_phone(tmp_path) -> None:
    rows = words.list_differences(write_sweep(tmp_path))
    assert [row.head for row in rows][:4] == ["T = 1, weight 0.5", "", "", "T = 1, weight 0.9"]
    assert rows[-1].label == "against no teacher"
    arms = words.list_arm_differences(load_ablation(), "roc_auc")
    assert max(len(row.label) for row in (*rows, *arms)) <= 30


def test_the_ablation_as_rows() -> None:
    table = words.tabulate_arms(load_ablation(), {"accuracy_top1": 0.85, "macro_f1": 0.74})
    by_name = {row["Student"]: row for row in table}
    assert by_name["With all four"]["Accuracy: reported"] == 0.85
    assert by_name["Plain student"]["Accuracy: reported"] is None
    assert by_name["Plain student"]["Seeds"] == 3
    assert "AUC of referable retinopathy: reported" not in table[0], "nothing is reported of it"
    assert "No piece is shown to change accuracy" not in words.conclude_arms(load_ablation(), "accuracy")
    assert "With all four against the plain student" in words.conclude_arms(load_ablation(), "flip_rate")


def test_printed_tables_are_read_without_results() -> None:
    title, citation, rows = read_printed("mel_teachers")
    assert "Thirteen teachers" in title and "Table I" in citation and len(rows) == 13
    table = words.tabulate_printed(rows)
    assert table["AUC, reported"][0] == "0.900" and table["MB, reported"][6] == "25.1"
