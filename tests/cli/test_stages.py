"""``stages``: what it prints."""

from __future__ import annotations

from functools import partial

from core.bundle import load_pair
from core.cli import pairs as pair_commands
from core.cli.output import WIDTH
from tests.fundus_pair import FUNDUS_PAIR
from tests.pair_factory import PAIR


def test_json(run):
    record = run("stages", PAIR, "--runs", 5, "--json").json()
    assert record["pair"] == PAIR and record["published"]["networks"][0]["megabytes"] == 25.1
    assert record["picture"]["bytes"] > 0 and record["teacher_over_student"]["network"] > 0
    for stage in record["stages"].values():
        assert 0 < stage["median_ms"] <= stage["p95_ms"] and (stage["n"], stage["threads"]) == (5, 1)
        assert isinstance(stage["busy_machine"], bool) and stage["spread"] >= 0 and stage["title"]


def test_table_has_what_was_published_beside_it(run, fundus_models, monkeypatch):
    monkeypatch.setattr(pair_commands, "load_pair", partial(load_pair, models=fundus_models))
    found = run("stages", FUNDUS_PAIR, "--runs", 5)
    assert found.code == 0, found.err
    assert "student_topology" in found.out and "CBAM maps" in found.out
    assert "21.2 ms on an i7, 49.1 ms on an i5" in " ".join(found.out.split())
    assert "How they were timed is not said" in " ".join(found.out.split())
    assert max(map(len, found.out.splitlines())) <= WIDTH


def test_refusal_is_one_line(run):
    found = run("stages", "retina")
    assert (found.code, found.out) == (1, "") and "retina: no such pair is shipped" in found.err
