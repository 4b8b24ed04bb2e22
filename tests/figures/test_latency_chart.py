"""The charts of times say in words what they draw, and mark what is not to be relied on."""

from __future__ import annotations

import math

import pytest

from core.figures.latency_chart import describe_times, explain_times, list_times, plot_times
from core.figures.palette import ROLE_COLOURS
from core.figures.stage_chart import COLOURS, TITLES, describe_stages, list_bars, plot_stages, tell_bars
from core.figures.wording import NO_BREAK
from tests.timing_factory import MEDIANS, comparisons, stage_times, table


def plain(text: str) -> str:
    return text.replace(NO_BREAK, " ")


def test_a_line_for_each_network_and_runtime_with_both_numbers_of_threads() -> None:
    rows = list_times(table(MEDIANS, threads=(1, 2)))
    assert [(row.head, row.label) for row in rows] == [
        ("Teacher", "torch eager"),
        ("", "ONNX Runtime"),
        ("Student", "torch eager"),
        ("", "ONNX Runtime"),
    ]
    assert plain(rows[3].text) == "● 4.50 ms  ◇ 2.25 ms"
    figure = plot_times(rows)
    assert len(figure.data) == 8
    served = figure.data[6]
    assert served.x == (4.5,) and served.marker.color == ROLE_COLOURS["student"]
    assert served.error_x.array == pytest.approx((0.9,)) and served.error_x.arrayminus == (0,)
    low, high = figure.layout.xaxis.range
    assert 10**low < 2.25 and 10**high > 240, "everything lies inside, the longest whisker too"
    texts = [note.text for note in figure.layout.annotations]
    assert "<b>Student</b>" in texts and rows[3].text in texts, "nothing depends on hovering"


def test_a_busy_machine_has_a_star_and_words() -> None:
    rows = list_times(table(MEDIANS, spreads={("student", "torch"): 0.4}))
    assert rows[2].text.endswith("*") and not rows[3].text.endswith("*")
    assert "busy: run again" in explain_times(rows) and "(busy machine)" in describe_times(rows)
    quiet = list_times(table(MEDIANS))
    assert "busy" not in explain_times(quiet) + describe_times(quiet)


def test_the_caption_names_threads_and_n() -> None:
    text = explain_times(list_times(table(MEDIANS, threads=(1, 2))))
    assert text.startswith("● one thread, ◇ 2 threads: median of 50 runs")
    assert "◇" not in explain_times(list_times(table(MEDIANS)))


def test_the_picture_in_words_has_every_time() -> None:
    text = plain(describe_times(list_times(comparisons())))
    assert "ResNet-101 in torch eager: 180 ms on one thread" in text
    assert "Student in ONNX Runtime: 4.50 ms on one thread" in text


def test_bars_hold_the_shared_stages_and_the_network_s_own() -> None:
    bars = list_bars(stage_times())
    assert list(bars) == ["Teacher", "Student"]
    assert bars["Student"] == {
        "decode": 2.0,
        "quality_gate": 3.0,
        "prepare": 1.5,
        "topology": 6.0,
        "network": 4.6,
        "answer": 0.2,
        "gradcam": 20.0,
    }
    assert "topology" not in bars["Teacher"]
    figure = plot_stages(bars)
    assert [trace.name for trace in figure.data] == list(TITLES.values())
    assert len(set(COLOURS.values())) == len(COLOURS) == len(TITLES)
    assert any("17.3" in note.text for note in figure.layout.annotations), "the sum without the heat map"


def test_a_network_in_8_bits_has_a_bar_of_its_own_without_a_heat_map() -> None:
    stages = stage_times()
    more = {
        "student_int8_network": stages.stages["decode"],
        "student_int8_answer": stages.stages["student_answer"],
    }
    bars = list_bars(type(stages)(**{**vars(stages), "stages": {**stages.stages, **more}}))
    assert list(bars) == ["Teacher", "Student", "Student, in 8 bits"]
    eight = bars["Student, in 8 bits"]
    assert eight["network"] == 2.0 and eight["prepare"] == 1.5 and "gradcam" not in eight


def test_the_sentence_says_why_the_whole_way_gains_less() -> None:
    text = plain(describe_stages(stage_times()))
    teacher, student = 2 + 3 + 1.5 + 46 + 0.2, 2 + 3 + 1.5 + 6 + 4.6 + 0.2
    assert f"{teacher / student:.1f} times as fast, where the network alone is 10.0 times as fast" in text
    assert "600 × 450 pixels" in text and "heat map takes 20.0 ms more" in text
    slow = stage_times()
    ratio = {"network": math.nan, "end_to_end": 0.5}
    assert "too short to compare" in describe_stages(
        type(slow)(**{**vars(slow), "teacher_over_student": ratio})
    )


def test_bars_in_words() -> None:
    text = plain(tell_bars(list_bars(stage_times())))
    assert "Teacher: read the file 2.00 ms, check the picture 3.00 ms" in text and "network 4.60 ms" in text
