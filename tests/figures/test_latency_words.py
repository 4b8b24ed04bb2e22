"""What was measured is said with its n, its machine and its doubts."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from core.figures import latency_tables as tables
from core.figures import latency_words as words
from core.figures.wording import NO_BREAK
from core.types import Interval
from tests.timing_factory import (
    INT8,
    MEDIANS,
    SECOND,
    STUDENT,
    TEACHER,
    comparisons,
    pair_latency,
    stage_times,
    table,
)


def plain(text: str) -> str:
    return text.replace(NO_BREAK, " ")


def test_the_headline_is_of_the_student_as_it_is_served() -> None:
    text = plain(words.headline(pair_latency()))
    assert text.startswith(
        "On this machine the student answers in **4.50 ms**, **10.0 times as fast** as its teacher (45.0 ms)."
    )
    assert text.endswith("in ONNX Runtime, one thread, n = 50 runs of each.")


def test_a_student_that_is_slower_is_called_so_and_8_bits_have_a_sentence() -> None:
    medians = {
        **MEDIANS,
        ("student_int8", "onnxruntime"): 44.0,
        ("second_student", "onnxruntime"): 135.0,
    }
    found = table(medians, networks=(TEACHER, STUDENT, INT8, SECOND))
    text = plain(words.headline(pair_latency(table=found)))
    assert "The student in 8 bits answers in **44.0 ms**, about as fast as its teacher." in text
    assert "second student answers in **135 ms** and takes **3.0 times as long** as its teacher." in text


def test_a_busy_machine_is_called_so_in_words() -> None:
    found = table(MEDIANS, spreads={("student", "onnxruntime"): 0.38}, load=1.6)
    text = plain(words.noise_verdict(found))
    assert text.startswith("This machine was busy: spread 38 %, run again. 1 of 4 times")
    assert "student in ONNX Runtime on one thread; 1.6 busy processes a core" in text
    assert words.describe_rest(found) == ""
    assert "on a busy machine" in words.headline(pair_latency(table=found))


@pytest.mark.parametrize(
    ("load", "opening"),
    [(0.1, "The machine was at rest"), (None, "The machine was"), (1.4, "Other work ran")],
)
def test_a_machine_at_rest_is_called_so(load, opening) -> None:
    found = table(MEDIANS, load=load)
    assert words.noise_verdict(found) == ""
    text = plain(words.describe_rest(found))
    assert text.startswith(opening) and "more than 5 %" in text and ("busy processes" in text) is bool(load)


@pytest.mark.parametrize(
    ("ms", "text"), [(0.934, "0.93 ms"), (9.99, "9.99 ms"), (46.23, "46.2 ms"), (1204.4, "1,204 ms")]
)
def test_milliseconds_have_three_digits(ms, text) -> None:
    assert plain(words.in_ms(ms)) == text


def test_ratios_have_limits_and_are_marked_when_busy() -> None:
    found = table(MEDIANS, spreads={("teacher", "torch"): 0.5})
    torch, served = found.ratios
    assert plain(words.in_times(torch)) == "16.7 (16.2–17.2), busy"
    assert words.in_times(served) == "10.0 (9.7–10.3)"
    assert words.describe_ratio(found, served) == "teacher over student, both in ONNX Runtime"
    across = replace(served, numerator=("teacher", "torch"))
    assert words.describe_ratio(found, across) == "teacher in torch eager over student in ONNX Runtime"
    few = replace(served, ratio=Interval(10, math.nan, math.nan, 0.95, 5, "too few turns for limits"))
    assert words.in_times(few) == "10.0 (too few turns for limits)"
    none = replace(served, ratio=Interval(math.nan, math.nan, math.nan, 0.95, 5, "too short for the clock"))
    assert words.in_times(none) == "too short for the clock"


def test_8_bits_in_a_sentence() -> None:
    key = ("student_int8", "onnxruntime")
    ratios = [(("student", "onnxruntime"), key)]
    found = table({**MEDIANS, key: 3.0}, networks=(TEACHER, STUDENT, INT8), ratios=ratios)
    assert words.describe_ratio(found, found.ratios[0]) == (
        "student over student in 8 bits, both in ONNX Runtime"
    )
    assert words.name_cost(INT8) == "Student, in 8 bits"


def test_steady_times_may_have_unsteady_turns_behind_a_ratio() -> None:
    found = table(MEDIANS)
    marked = replace(found, ratios=(replace(found.ratios[0], noisy=True),))
    assert "Ratios marked busy" in words.describe_rest(marked)
    assert "Ratios" not in words.describe_rest(found)


def test_other_networks_in_one_sentence() -> None:
    text = words.describe_comparisons(comparisons())
    assert (
        "ResNet-101 20 times" in text and "weights are random" in text and "ONNX Runtime, one thread" in text
    )


def test_published_times_have_their_processor() -> None:
    found = pair_latency().published
    named = replace(found, networks=(replace(found.networks[0], milliseconds={"i7": 21.2}),))
    assert words.describe_published_times(named) == (
        "Published for EfficientNet-B1: 21.2 ms on an i7. Nothing is said of the machine."
    )
    assert "8.6 ms." in words.describe_published_times(found) and "not named" not in (
        words.describe_published_times(found)
    )


def test_tables_have_units_mean_fps_and_n() -> None:
    rows = tables.tabulate_times(pair_latency().table)
    assert len(rows) == 8 and {row["Threads"] for row in rows} == {"1", "2"}
    served = next(row for row in rows if row["Network"] == "Student" and row["Runtime"] == "ONNX Runtime")
    assert plain(served["Median"]) == "4.50 ms" and plain(served["Mean"]) == "4.73 ms"
    assert served["Images a second"] == "211.6" and served["n"] == "50"
    ratios = tables.tabulate_ratios(pair_latency().table)
    assert list(ratios[0]) == ["Ratio of medians", "One thread", "2 threads"]


def test_sizes_have_their_input_and_memory_in_the_runtimes_it_was_measured_in() -> None:
    found = pair_latency()
    teacher, student = tables.tabulate_costs(found.table, found.memory)
    assert teacher["Multiply-adds a picture, GMAC"] == "3.29" and teacher["Input, pixels"] == "192 × 224"
    assert teacher["File, MiB"] == "16.0" and teacher["Memory in ONNX Runtime, MiB"] == "190 (at most 215)"
    assert student["Memory in ONNX Runtime, MiB"] == "31"
    assert not [head for head in teacher if "torch" in head]


def test_stages_are_named_after_whose_they_are() -> None:
    names = [row["Stage"] for row in tables.tabulate_stages(stage_times())]
    assert names[:3] == ["Read the file", "Check the picture", "Teacher"] and names[-1] == "Everything"


def test_published_ratios_stand_beside_the_same_ratios_here() -> None:
    found = pair_latency()
    time, size, speedup = tables.tabulate_beside(found)
    assert (time["Published"], size["Published"]) == ("4.1", "5.6")
    assert time["Here"] == "torch eager 16.7 (16.2–17.2); ONNX Runtime 10.0 (9.7–10.3)"
    assert size["Here"] == "5.3 (counted)"
    assert speedup["Here"] == "not measured"
    assert speedup["Published"] == "28 (i7), 15 (i5) by its table; 36 to 40 times by its text"
    measured = tables.tabulate_beside(replace(found, comparisons=comparisons()))[-1]
    assert measured["Here"].startswith("torch eager 15.0 (") and "20.0 (" in measured["Here"]
    assert tables.tabulate_beside(replace(found, published=None)) == []
