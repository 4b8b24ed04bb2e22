"""``latency``: what it prints, in both forms, and what it refuses."""

from __future__ import annotations

from dataclasses import fields
from functools import partial

import pytest

from core.bundle import list_pairs, load_pair
from core.cli import pairs as pair_commands
from core.cli.latency import parse_threads
from core.cli.output import WIDTH
from core.errors import ConfigError
from core.release import latency_report
from core.release.runtimes import RUNTIMES
from core.types import MemoryUse, NetworkCost
from tests.cli.test_commands_page import NAMED
from tests.fundus_pair import FUNDUS_PAIR
from tests.lung_pair import LUNG_PAIR
from tests.pair_factory import PAIR
from tests.timing_factory import comparisons

QUICK = ("--runs", 5, "--threads", "1", "--no-memory", "--no-stages")


def test_json(run) -> None:
    record = run("latency", PAIR, "--runs", 5, "--threads", "1,2", "--no-memory", "--json").json()
    (found,) = record["pairs"]
    assert record["machine"]["cores"] >= 1 and found["pair"] == PAIR
    assert [network["role"] for network in found["networks"]] == ["teacher", "student"]
    keys = [(time["network"], time["runtime"], time["threads"]) for time in found["times"]]
    assert keys == [
        (role, runtime, threads)
        for threads in (1, 2)
        for role in ("teacher", "student")
        for runtime in RUNTIMES
    ]
    for time in found["times"]:
        assert 0 < time["min_ms"] <= time["median_ms"] <= time["p95_ms"] <= time["max_ms"]
        assert time["images_per_second"] == pytest.approx(1000 / time["mean_ms"]) and time["n"] == 5
    assert len(found["ratios"]) == 2 * (len(RUNTIMES) + 1) and found["ratios"][0]["ratio"]["low"] is None, (
        "one turn has no limits"
    )
    assert found["published"]["networks"][1]["milliseconds"] == {"processor not named": 2.1}
    assert found["comparisons"] is None and found["stages"]["stages"]["student_answer"]["median_ms"] > 0
    assert found["stages"]["picture"]["bytes"] > 0, "as `stages` prints it"
    assert found["verdict"] and "the student answers in" in found["words"]


def test_every_key_and_option_is_on_the_page(run) -> None:
    record = run("latency", PAIR, *QUICK, "--json").json()
    (found,) = record["pairs"]
    keys = (
        set(record) | set(record["machine"]) | set(found) | set(found["times"][0]) | set(found["ratios"][0])
    )
    keys |= {field.name for kind in (NetworkCost, MemoryUse) for field in fields(kind)}
    assert keys <= NAMED
    options = {"--threads", "--runs", "--comparisons", "--no-stages", "--no-memory", "--json"}
    assert options <= NAMED


def test_text_keeps_to_the_terminal(run, fundus_models, monkeypatch) -> None:
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=fundus_models))
    monkeypatch.setattr(latency_report, "measure_comparisons", lambda pair, on_progress: comparisons())
    found = run("latency", FUNDUS_PAIR, "--runs", 5, "--threads", "1", "--comparisons")
    assert found.code == 0, found.err
    text = " ".join(found.out.split())
    assert "On this machine the student answers in" in text and "**" not in text
    assert "21.2 ms (i7); 49.1 ms (i5)" in text and "swaps two columns" in text
    assert "28 (i7), 15 (i5) by its table; 36 to 40 times by its text" in text
    assert "persistence image" in text and "Memory: resident set of a fresh process" in text
    assert "Other networks take longer than the student" in text
    assert max(map(len, found.out.splitlines())) <= WIDTH


def test_without_a_name_all_pairs_are_timed(run, lung_models, pair_models, monkeypatch, tmp_path) -> None:
    for name, models in ((LUNG_PAIR, lung_models), (PAIR, pair_models)):
        (tmp_path / name).symlink_to(models / name)
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=tmp_path))
    monkeypatch.setattr(pair_commands, "list_pairs", partial(list_pairs, tmp_path))
    record = run("latency", *QUICK, "--json").json()
    assert [found["pair"] for found in record["pairs"]] == [LUNG_PAIR, PAIR]
    assert [network["name"] for network in record["pairs"][0]["networks"]] == [
        "teacher",
        "student",
        "second_student",
    ]


def test_threads_are_numbers_or_all(monkeypatch, run) -> None:
    monkeypatch.setattr("core.release.latency_networks.count_cores", lambda: 8)
    assert parse_threads("1,all") == (1, 8) and parse_threads("2, 2") == (2,)
    for wrong in ("0", "one", "", "-1"):
        with pytest.raises(ConfigError, match="not a number of threads"):
            parse_threads(wrong)
    refused = run("latency", PAIR, "--threads", "many")
    assert (refused.code, refused.out) == (1, "") and "--threads: 'many'" in refused.err
