"""``python -m core claims``: table, working, JSON, files of one's own."""

from __future__ import annotations

from core.claims.files import TEMPLATE


def test_all_papers(run) -> None:
    found = run("claims")
    assert found.code == 0 and found.err == ""
    for code in ("CT:", "DMN:", "DR:", "MEL:"):
        assert code in found.out
    assert "dr-test-share" in found.out and found.out.rstrip().splitlines()[-1].startswith("All: ")
    assert max(map(len, found.out.splitlines())) <= 100


def test_one_paper_and_one_claim(run) -> None:
    paper = run("claims", "dr")
    assert "dr-speedup" in paper.out and "mel-" not in paper.out
    claim = run("claims", "dr-speedup")
    assert "CONTRADICTED  36 to 40 times faster" in claim.out
    assert "28 x 21.2 ms = 594 ms" in claim.out and "dr-swapped" not in claim.out
    assert run("claims", "ct", "--working").out.count("Claimed: ") == 13


def test_json_has_the_working(run) -> None:
    (paper,) = run("claims", "mel", "--json").json()
    claim = next(entry for entry in paper["claims"] if entry["id"] == "mel-student-size")
    assert claim["verdict"] == "contradicted" and claim["steps"][0]["gives"].startswith("5.84")


def test_a_file_of_one_s_own(run, tmp_path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(TEMPLATE.read_bytes())
    found = run("claims", "--file", path)
    assert "MINE:" in found.out and "5 claims: 2 consistent, 2 contradicted, 1 not verifiable." in found.out
    assert "733 / 3,662 = 20.02 %" in run("claims", "test-part", "--file", path).out
    path.write_text(path.read_text().replace("under = 3662", "undr = 3662"))
    wrong = run("claims", "--file", path)
    assert wrong.code == 1 and wrong.err.startswith("error: mine.toml, claim test-part, key")


def test_an_unknown_name_says_what_there_is(run) -> None:
    found = run("claims", "dr-speed")
    assert found.code == 1 and "Papers are CT, DMN, DR, MEL" in found.err and "dr-speedup" in found.err
