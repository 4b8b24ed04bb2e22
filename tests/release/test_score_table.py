"""The table of scores: what is cut off, gone on with and refused; names and reasons as fields."""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.release.score_table import ScoreTable, TableHead, open_table, safe_name, safe_text
from core.types import FileStamp, RoleScore, ScoreRow

HEAD = TableHead({"pair": "p", "networks": {"student": {"threshold": 0.1}}}, ("student",), ("a", "b"))
ONE, SERIES = FileStamp("one.png", 10, 1), FileStamp("series.dcm", 20, 2)
LAST = FileStamp("z/last.png", 30, 3)


def row(state="ok", *, frame: int = 0, flagged: bool = True) -> ScoreRow:
    scores = {"student": RoleScore(0.1 + 0.2, flagged, (0.25, 0.75))} if state == "ok" else {}
    return ScoreRow(state, "" if state == "ok" else "Why, and what to do.", frame=frame, scores=scores)


def fill(path: Path) -> bytes:
    table = open_table(path, HEAD)
    table.append(ONE, [row()])
    table.append(SERIES, [row(frame=1), row("refused", frame=2), row(frame=3, flagged=False)])
    table.append(LAST, [row("error")])
    table.close()
    return path.read_bytes()


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        next(stream)
        return list(csv.DictReader(stream))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made for it" / "scores.csv"


def reopened(path: Path, head: TableHead = HEAD) -> ScoreTable:
    table = open_table(path, head)
    table.close()
    return table


def test_what_is_written_reads_back(path):
    fill(path)
    rows = read(path)
    assert [(found["file"], found["frames"], found["frame"], found["state"]) for found in rows] == [
        ("one.png", "1", "0", "ok"),
        ("series.dcm", "3", "1", "ok"),
        ("series.dcm", "3", "2", "refused"),
        ("series.dcm", "3", "3", "ok"),
        ("z/last.png", "1", "0", "error"),
    ]
    assert float(rows[0]["student_positive_prob"]) == 0.1 + 0.2, "to the last digit"
    assert [found["student_flagged"] for found in rows] == ["1", "1", "", "0", ""]
    assert (rows[0]["student_prob_a"], rows[0]["student_prob_b"]) == ("0.25", "0.75")
    assert rows[4]["reason"] == "Why, and what to do." and rows[4]["student_prob_a"] == ""
    table = reopened(path)
    assert table.files[SERIES.name].states == (2, 1, 0) and table.files[SERIES.name].flagged == (1,)


def test_wherever_a_run_is_cut_off_the_rest_is_written_as_if_it_had_not_been(path):
    """Every length that a killed process, or a full disk, can leave."""
    whole = fill(path)
    ends = {len(HEAD.dump())}
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        table = open_table(path, HEAD)
        ends.add(path.stat().st_size)
        for stamp, rows in (
            (ONE, [row()]),
            (SERIES, [row(frame=1), row("refused", frame=2), row(frame=3, flagged=False)]),
            (LAST, [row("error")]),
        ):
            if not table.has(stamp):
                table.append(stamp, rows)
        table.close()
        assert path.read_bytes() == whole, length
    assert len(ends) == 4, "a head, and the head with one, two and three files"


def test_a_file_that_has_changed_is_not_done(path):
    fill(path)
    table = reopened(path)
    assert table.has(ONE) and table.has(SERIES)
    assert not table.has(replace(ONE, size=11)) and not table.has(replace(ONE, modified_ns=2))
    assert not table.has(replace(ONE, name="two.png"))


def test_the_last_rows_of_a_file_count(path):
    fill(path)
    table = open_table(path, HEAD)
    table.append(replace(ONE, size=11), [row("refused")])
    table.close()
    again = reopened(path)
    assert again.files[ONE.name].states == (0, 1, 0) and again.has(replace(ONE, size=11))


def test_a_file_of_which_rows_were_taken_away_is_not_done(path):
    whole = fill(path)
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join(line for number, line in enumerate(lines) if number != 4))
    table = reopened(path)
    assert table.has(ONE) and table.has(LAST) and not table.has(SERIES)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"pair": "q"}, "pair was p, is q"),
        ({"networks": {"student": {"threshold": 0.2}}}, r"networks\.student\.threshold was 0\.1, is 0\.2"),
        ({"networks": {"teacher": {"threshold": 0.1}}}, r"networks\.teacher was absent"),
        ({"familiarity": "abc"}, "familiarity was absent, is abc"),
    ],
)
def test_scores_made_otherwise_are_refused_by_name_and_left_alone(path, facts, words):
    whole = fill(path)
    with pytest.raises(ConfigError, match=words) as caught:
        open_table(path, replace(HEAD, facts={**HEAD.facts, **facts}))
    assert "--out" in caught.value.remedy and path.read_bytes() == whole


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"# notes\n", b"# {}\nx\n", b"\x89PNG\r\n\x1a\n", b"# {"])
def test_a_file_that_is_something_else_is_refused_and_left_alone(path, content):
    """The last one is the beginning of a table's head, and of nothing else's."""
    path.parent.mkdir()
    path.write_bytes(content)
    if HEAD.dump().startswith(content):
        reopened(path)
        assert path.read_bytes() == HEAD.dump()
        return
    with pytest.raises(ConfigError, match="not a table of scores"):
        open_table(path, HEAD)
    assert path.read_bytes() == content


@pytest.mark.parametrize("line", [b"one.png,10\n", b"\xff\n", b'"\n', b"\n"])
def test_a_line_within_that_is_no_row_is_named(path, line):
    whole = fill(path).splitlines(keepends=True)
    path.write_bytes(b"".join([*whole[:3], line, *whole[3:]]))
    with pytest.raises(ConfigError, match="line 4: it is not a row"):
        open_table(path, HEAD)


@pytest.mark.skipif(sys.platform == "win32", reason="no lock of this kind there")
def test_two_runs_do_not_write_one_table(path):
    table = open_table(path, HEAD)
    with pytest.raises(ConfigError, match="another run"):
        open_table(path, HEAD)
    table.close()
    reopened(path)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("lesions/IMG 1.jpg", "lesions/IMG 1.jpg"),
        ("=cmd|x.png", "./=cmd|x.png"),
        ("-1.png", "./-1.png"),
        ("a\nb.png", "a\\nb.png"),
        ("a\\nb.png", "a\\\\nb.png"),
        ("ä, “b”.png", "ä, “b”.png"),
        ("\u202egnp.png", "\\u202egnp.png"),
        ("\udcff.png", "\\udcff.png"),
    ],
)
def test_names_as_fields(name, field):
    assert safe_name(name) == field


def test_reasons_as_fields():
    assert safe_text("a\r\nb\x00 c") == "a b c"
    assert safe_text("=1+1") == "'=1+1"


def test_names_that_need_quotes_read_back(path):
    table = open_table(path, HEAD)
    stamp = FileStamp('a, "b".png', 1, 1)
    table.append(stamp, [row()])
    table.close()
    assert read(path)[0]["file"] == stamp.name and reopened(path).has(stamp)
