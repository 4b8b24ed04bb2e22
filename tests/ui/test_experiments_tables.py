"""Rows and sentences of the melanoma document's tables and of the ablation."""

from __future__ import annotations

from core.experiments.sweeps.record import load_ablation
from core.ui.experiments import arm_words as arms
from core.ui.experiments import table_words as words
from core.ui.experiments.load import read_printed
from tests.experiments_factory import write_sweep


def test_reported_beside_measured_row_by_row(tmp_path) -> None:
    table = words.tabulate_sweep(write_sweep(tmp_path))
    rows = {row["Row"]: row for row in table}
    first, control = rows["T = 1, weight 0.5"], rows["The same student without a teacher"]
    teacher = rows["Teacher"]
    assert (first["AUC: reported"], first["AUC: here"], first["AUC: limits"]) == (0.921, 0.8, "0.780–0.820")
    assert first["AUC: each seed"] == "0.790, 0.810" and first["Seeds"] == 2
    assert control["AUC: reported"] is None and control["AUC: here"] == 0.75
    assert first["MB: counted"] == 2.0 and first["MB: reported"] == 4.5, "2**21 bytes are 2 MiB"
    assert teacher["Seeds"] is None and teacher["AUC: reported"] == 0.924
    known = {column.title for column in words.sweep_columns("mel_kd")}
    assert set(first) <= known


def test_nothing_run_is_blank(tmp_path) -> None:
    result = write_sweep(tmp_path, run=False)
    table = words.tabulate_sweep(result)
    assert {row["AUC: here"] for row in table} == {None} and table[0]["Seeds"] is None
    assert "nothing can be said" in words.conclude_sweep(result)
    assert words.list_differences(result) == () and words.list_beside(result)[0].here is None


def test_what_the_limits_allow_to_say(tmp_path) -> None:
    result = write_sweep(tmp_path)
    told = words.conclude_sweep(result)
    assert "Of 6 differences of AUC between settings of distillation, limits of all hold 0" in told
    taught = sum(row.kind == "distilled" for row in result.rows)
    assert (
        f"Of {taught} differences of AUC from the same student without a teacher, limits of {taught}" in told
    )
    assert "T = 2, weight 0.9: +0.050 (+0.030 to +0.070)" in told


def test_without_differences_the_best_is_held_against_the_others(tmp_path) -> None:
    result = write_sweep(tmp_path).model_copy(update={"differences": ()})
    told = words.conclude_sweep(result)
    assert told.startswith("**Teacher** has the highest AUC here, 0.80")
    others = len(result.rows) - 1
    controls = sum(row.kind == "control" for row in result.rows)
    assert f"limits of {others - controls} of the {others} others reach it" in told, "controls end at 0.770"


def test_lines_of_differences_are_short_enough_for_a_phone(tmp_path) -> None:
    rows = words.list_differences(write_sweep(tmp_path))
    heads = [row.head for row in rows if row.head]
    assert heads[:2] == ["T = 1, weight 0.5", "T = 1, weight 0.9"], "each once, over its lines"
    assert "against no teacher" in {row.label for row in rows}
    pieces = arms.list_arm_differences(load_ablation(), "roc_auc")
    assert max(len(row.label) for row in (*rows, *pieces)) <= 33


def test_the_ablation_as_rows() -> None:
    table = arms.tabulate_arms(load_ablation(), {"accuracy_top1": 0.85, "macro_f1": 0.74})
    by_name = {row["Student"]: row for row in table}
    assert by_name["With all four"]["Accuracy: reported"] == 0.85
    assert by_name["Plain student"]["Accuracy: reported"] is None
    assert by_name["Plain student"]["Seeds"] == 3
    assert "AUC of referable retinopathy: reported" not in table[0], "nothing is reported of it"
    assert "No piece is shown to change accuracy" not in arms.conclude_arms(load_ablation(), "accuracy")
    assert "With all four against the plain student" in arms.conclude_arms(load_ablation(), "flip_rate")


def test_printed_tables_are_read_without_results() -> None:
    title, citation, rows = read_printed("mel_teachers")
    assert "Thirteen teachers" in title and "Table I" in citation and len(rows) == 13
    table = words.tabulate_printed(rows)
    assert table["AUC, reported"][0] == "0.900" and table["MB, reported"][6] == "25.1"


def test_sizes_are_held_against_what_is_counted(tmp_path) -> None:
    told = words.conclude_sizes(write_sweep(tmp_path))
    assert told == (
        "Sizes: 0 of 1 printed are what is counted here, as rounded; not T = 1, weight 0.5: 4.5 printed, "
        "2.00 counted."
    ), "the teacher is another network than the document's"
    first = [column.title for column in words.sweep_columns("mel_teachers")][:3]
    assert first == ["Row", "MB: reported", "MB: counted"]


def test_rows_that_weigh_classes_mildly_meet_their_own_control_alone(tmp_path) -> None:
    rows = words.list_differences(write_sweep(tmp_path))
    mild = [(row.head, row.label) for row in rows if "mild" in row.label]
    assert not any(
        label == "against no teacher, mild weights" for head, label in mild if "mildly" not in head
    )
    told = words.conclude_sweep(write_sweep(tmp_path))
    assert "2 seeds each." in told


def test_notes_of_rows_are_said_once(tmp_path) -> None:
    result = write_sweep(tmp_path)
    rows = tuple(
        row.model_copy(update={"note": "Ours." if row.id != "teacher" else ""}) for row in result.rows
    )
    lines = words.list_notes(result.model_copy(update={"rows": rows}))
    assert len(lines) == 1 and lines[0].endswith(": Ours.") and lines[0].startswith("T = 1, weight 0.5; ")
