"""The page about claims: counts, rows with their sums, a filter, and files of the reader's own."""

from __future__ import annotations

import subprocess
import sys

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.claims.files import MOST_BYTES, TEMPLATE, check_paper, load_paper
from tests.pair_factory import PAIR, ROOT


@pytest.fixture
def at(models) -> AppTest:
    st.cache_data.clear()
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app = app.switch_page("pages/8_Claims.py").run()
    assert not app.exception and not app.error
    return app


def rows(at: AppTest) -> list[str]:
    return [entry.label for entry in at.expander if "-badge[" in entry.label]


def words(at: AppTest) -> str:
    return "\n".join(element.value for element in (*at.markdown, *at.caption)).replace("\\", "")


def give(at: AppTest, content: bytes, name: str = "mine.toml") -> AppTest:
    at.file_uploader[0].set_value((name, content, "application/toml"))
    return at.run()


def test_the_pair_s_own_document_comes_first_with_its_counts(at) -> None:
    assert at.header[0].value == "MEL"
    counts = check_paper(load_paper("MEL")).counts
    for verdict, name in (("consistent", "consistent"), ("not_verifiable", "not verifiable")):
        assert f"**{counts[verdict]} {name}**" in words(at)
    assert len(rows(at)) == sum(counts.values())
    assert rows(at)[0].startswith(":red-badge[contradicted] **Size of the student**")


def test_a_row_unfolds_into_its_sum(at) -> None:
    shown = words(at)
    assert "1,518,881 weights × 4 bytes + 48,720) / 1,048,576 = **5.84, printed 4.5**" in shown
    assert "**Contradicted.** No way of counting" in shown
    assert "Taken for granted: MobileNetV3-Small at its usual width" in shown


def test_all_papers_and_one_verdict(at) -> None:
    at = at.selectbox(key=f"claims_paper_{PAIR}_shipped").select("All papers").run()
    assert [header.value for header in at.header] == ["CT", "DMN", "DR", "MEL"] and not at.exception
    everything = len(rows(at))
    at = at.button_group(key="claims_verdicts").set_value(["contradicted"]).run()
    assert 10 < len(rows(at)) < everything
    assert all(row.startswith(":red-badge[contradicted]") for row in rows(at))
    at = at.button_group(key="claims_verdicts").set_value([]).run()
    assert not rows(at) and len(at.info) == 4


def test_a_file_of_one_s_own_is_checked_and_leaves_with_it(at) -> None:
    at = give(at, TEMPLATE.read_bytes())
    assert at.header[0].value == "MINE" and len(rows(at)) == 5 and not at.exception
    assert "733 / 3,662 = **20.02 %**" in words(at)
    at.file_uploader[0].set_value(None)
    assert at.run().header[0].value == "MEL"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (TEMPLATE.read_bytes().replace(b"under = 3662", b"undr = 3662"), "mine.toml, claim test-part, key"),
        (
            TEMPLATE.read_bytes().replace(b'"ratio"', b'"exec"'),
            "claim test-part, key check: 'exec' is no kind",
        ),
        (b"not = [toml", "not TOML"),
        (b"#" * (MOST_BYTES + 1), "larger than 64 KiB"),
        (b"a = " + b"[" * 30_000, "nested too deeply"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "not text in UTF-8"),
    ],
    ids=["key", "check", "toml", "size", "depth", "binary"],
)
def test_a_wrong_file_says_what_is_wrong_and_the_page_stays(at, content, said) -> None:
    at = give(at, content)
    assert not at.exception and at.error[0].value == "**This file cannot be checked.**"
    assert said in at.text[0].value and at.header[0].value == "MEL"


def test_words_of_a_stranger_s_file_are_no_markup(at) -> None:
    text = TEMPLATE.read_text().replace("Parts and the whole", "![x](https://evil.example/x.png) :red[y] <b>")
    at = give(at, text.encode(), "<img src=x>.toml")
    (row,) = [row for row in rows(at) if "evil" in row]
    assert r"\!\[x\]\(https\:" in row and r"\<b\>" in row and not at.exception


NO_TORCH = """
import sys
from core.claims.files import check_paper, list_papers, load_paper
import core.ui.claims
for code in list_papers():
    check_paper(load_paper(code))
print(sorted({"torch", "timm", "sklearn", "pandas", "matplotlib"} & set(sys.modules)))
"""


def test_the_papers_that_ship_are_checked_without_a_model_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_TORCH], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr[-500:]
