"""The page about time measures at the press of a button, says what it found, and lets one session measure."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import bundle
from core.figures.wording import NO_BREAK
from core.release import latency_comparisons, latency_report
from core.ui import latency as page
from core.ui import stopwatch
from tests.pair_factory import PAIR, ROOT
from tests.timing_factory import MEDIANS, comparisons, pair_latency, table


@pytest.fixture(autouse=True)
def empty_caches() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    assert not stopwatch._LOCK.locked(), "the stopwatch is given back"


def open_page() -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    at = at.switch_page("pages/6_Latency.py").run()
    assert not at.exception and not at.error
    return at


def press(at: AppTest, key: str) -> AppTest:
    at = at.button(key=key).click().run()
    assert not at.exception and not at.error
    return at


def words(at: AppTest) -> str:
    parts = (*at.markdown, *at.caption, *at.warning, *at.info)
    return "\n".join(element.value for element in parts).replace(NO_BREAK, " ")


def headings(at: AppTest) -> list[str]:
    return [element.value for element in at.header]


@pytest.fixture
def measured(models, monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """Every measurement gives the same record at once; what was asked for is noted."""
    asked: list[dict] = []

    def give(pair, **options):
        asked.append(options)
        options["on_progress"](0.5, "two networks, one thread")
        return pair_latency()

    monkeypatch.setattr(latency_report, "measure_pair", give)
    return asked


def test_before_the_press_the_page_says_what_will_be_measured_and_how_long(models) -> None:
    at = open_page()
    assert "Nothing is measured yet" in words(at) and "about a minute" in words(at)
    assert headings(at) == ["In 8 bits", "Is it worth its cost?"] and len(at.get("plotly_chart")) == 1
    assert not at.dataframe and not at.warning


def test_one_press_measures_and_says_the_result_first(measured) -> None:
    at = press(open_page(), "latency_measure")
    assert "On this machine the student answers in **4.50 ms**, **10.0 times as fast**" in words(at)
    assert "The machine was at rest" in words(at) and not at.warning
    assert headings(at) == [
        "The network alone",
        "Where the time of a reading goes",
        "What the source document prints",
        "Other networks beside the student",
        "In 8 bits",
        "Is it worth its cost?",
    ]
    (times,) = at.dataframe
    assert len(times.value) == 8 and "Images a second" in times.value.columns
    assert at.button(key="latency_measure").label == "Measure again"
    assert measured[0]["runs"] == page.RUNS and "Nothing is measured" not in words(at)
    again = at.run()
    assert len(measured) == 1 and "4.50 ms" in words(again), "kept in the session, measured once"


def test_a_real_measurement(models, monkeypatch) -> None:
    monkeypatch.setattr(page, "RUNS", 5)
    monkeypatch.setattr(page, "STAGE_RUNS", 1)
    monkeypatch.setattr(page, "_MEMORY", ())
    at = press(open_page(), "latency_measure")
    assert "On this machine the student answers in" in words(at)
    assert set(at.dataframe[0].value["Network"]) == {"Teacher", "Student"}
    assert len(at.get("plotly_chart")) == 3


def test_a_busy_machine_is_a_warning(models, monkeypatch) -> None:
    noisy = table(MEDIANS, spreads={("student", "onnxruntime"): 0.38})
    monkeypatch.setattr(latency_report, "measure_pair", lambda pair, **_: pair_latency(table=noisy))
    at = press(open_page(), "latency_measure")
    verdicts = [element.value.replace(NO_BREAK, " ") for element in at.warning]
    assert verdicts and verdicts[0].startswith("This machine was busy: spread 38 %, run again.")
    assert "The machine was at rest" not in words(at)
    assert verdicts[-1].startswith("This machine was busy while these were timed")


def test_while_someone_else_measures_nothing_is_measured(measured) -> None:
    at = open_page()
    with stopwatch._LOCK:
        at = press(at, "latency_measure")
        assert "Someone else is measuring" in at.info[0].value and measured == []
        assert at.button(key="latency_measure").label == "Measure on this machine"
    at = press(at, "latency_measure")
    assert len(measured) == 1 and not at.info


def test_a_measurement_that_fails_gives_the_stopwatch_back(models, monkeypatch) -> None:
    def fail(pair, **_):
        raise ZeroDivisionError

    monkeypatch.setattr(latency_report, "measure_pair", fail)
    at = open_page().button(key="latency_measure").click().run()
    assert at.exception and not stopwatch._LOCK.locked()


def test_other_networks_are_timed_on_request(measured, monkeypatch) -> None:
    monkeypatch.setattr(latency_comparisons, "measure_comparisons", lambda pair, on_progress: comparisons())
    at = press(open_page(), "latency_measure")
    assert "one to two minutes" in words(at) and "ResNet-101 20 times" not in words(at)
    at = press(at, "latency_compare")
    assert "ResNet-101 20 times" in words(at) and len(at.dataframe) == 2
    assert at.button(key="latency_compare").label == "Time these networks again"
    claim = next(t.value for t in at.table if "Published" in t.value.columns)
    assert "20.0 (" in claim["Here"].iloc[-1], "beside what the document claims of it"


def test_size_time_and_worth_over_work_until_it_is_timed(models, monkeypatch) -> None:
    from core.release import pareto

    monkeypatch.setattr(pareto, "time_served", lambda pair: table(MEDIANS))
    at = open_page()
    assert "in work, size" in words(at)
    assert set(at.table[-1].value["Time"]) == {"not measured"}
    at = press(at, "latency_pareto")
    assert "in time, size" in words(at) and not [b for b in at.button if b.key == "latency_pareto"]
    assert "4.50 ms" in at.table[-1].value.to_string().replace(NO_BREAK, " ")


def test_what_is_measured_serves_the_last_chart_too(measured) -> None:
    at = press(open_page(), "latency_measure")
    assert "in time, size" in words(at)


def test_a_file_that_changed_is_measured_anew(models) -> None:
    pair = bundle.load_pair(PAIR, models)
    name = pair.network("student").onnx
    changed = pair.card.model_copy(update={"files": {**pair.card.files, name: "0" * 64}})
    assert page.key_files(pair) != page.key_files(type(pair)(changed, pair.folder))
