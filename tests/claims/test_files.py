"""Claim files of strangers: what is wrong is said with file, claim and key, and nothing of theirs is run."""

from __future__ import annotations

import pytest

from core.claims import files
from core.claims.counting import build_count
from core.claims.files import MOST_BYTES, TEMPLATE, check_paper, load_paper, parse_paper, read_paper
from core.errors import ConfigError

HEAD = 'code = "MINE"\ntitle = "A paper"\ncitation = "Nobody"\n'
CLAIM = '[[claims]]\nid = "one"\ntitle = "A sum"\nplace = "Table 1"\nsays = "It adds up."\n'
GOOD = f'{HEAD}{CLAIM}check = "total"\nparts = {{ a = 1, b = 2 }}\ntotal = 3\n'


def refuse(text: str | bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        check_paper(parse_paper(text.encode() if isinstance(text, str) else text, "mine.toml"))
    assert caught.value.remedy and len(str(caught.value)) < 1500
    return str(caught.value)


def test_a_good_file() -> None:
    (claim,) = check_paper(parse_paper(GOOD.encode(), "mine.toml")).claims
    assert (claim.id, claim.verdict, claim.computed) == ("one", "consistent", "3")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            GOOD.replace("total = 3", "totl = 3"),
            ("mine.toml, claim one, key total", "missing", "parts, total"),
        ),
        (GOOD + "extra = 1\n", ("mine.toml, claim one, key extra", "no such key", "parts, total")),
        (
            GOOD.replace('"total"', '"totl"'),
            ("claim one, key check", "'totl' is no kind", "Did you mean 'total'"),
        ),
        (GOOD.replace('"one"', '"One two"'), ("claim One two, key id",)),
        (GOOD.replace('id = "one"\n', ""), ("mine.toml, claim 1, key id", "missing")),
        (GOOD.replace("a = 1", 'a = "one"'), ("claim one, key parts.a", "'one' is not a figure")),
        (GOOD.replace("a = 1", "a = nan"), ("key parts.a",)),
        (GOOD.replace("a = 1", "a = 1" + "0" * 400), ("key parts.a",)),
        (GOOD.replace('code = "MINE"', 'code = "a/../b"'), ("mine.toml, key code",)),
        (HEAD, ("mine.toml, key claims", "missing")),
        (HEAD + "claims = [1]\n", ("mine.toml, key claims.0",)),
        (GOOD + GOOD[len(HEAD) :], ("claim one", "two claims have this id")),
        (GOOD + "[[[", ("mine.toml", "not TOML")),
        ("a = " + "[" * 20_000, ("mine.toml", "nested too deeply")),
        (b"\xff\xfe\x00", ("mine.toml", "not text in UTF-8")),
        (b"#" * (MOST_BYTES + 1), ("mine.toml", "larger than 64 KiB")),
    ],
    ids=lambda value: "" if isinstance(value, tuple) else str(len(value)),
)
def test_what_is_wrong_is_named(text, said) -> None:
    message = refuse(text)
    assert [part for part in said if part not in message] == []


@pytest.mark.parametrize(
    "name",
    [
        "__import__",
        "../../etc/passwd",
        "hf-hub:user/net",
        "local-dir:/tmp",
        "no_such_network",
        "x" * 100,
        "timm",
        "ensemble",
    ],
)
def test_a_network_is_a_name_and_nothing_else(name: str) -> None:
    claim = f'{HEAD}{CLAIM}check = "network_bytes"\noutputs = 1\nsizes = {{ "{name}" = "1.0" }}\n'
    message = refuse(claim)
    assert "claim one" in message and "Traceback" not in message


def test_a_file_may_not_ask_for_hundreds_of_networks() -> None:
    claims = "".join(
        CLAIM.replace('"one"', f'"c{i}"')
        + f'check = "network_bytes"\noutputs = {i + 2}\nsizes = {{ resnet18 = "1.0" }}\n'
        for i in range(100, files.MOST_NETWORKS + 101)
    )
    assert "21 networks would have to be built" in refuse(HEAD + claims)


def test_another_network_is_built_without_data() -> None:
    count = build_count("mobilenetv2_100", 3)
    assert count.parameters == 2_223_872 + 3 * 1281 and count.feature_channels == 1280


def test_papers_and_files_that_are_not_there(tmp_path) -> None:
    with pytest.raises(ConfigError, match="The choices are CT, DMN, DR, MEL"):
        load_paper("nature")
    with pytest.raises(ConfigError, match="no such file"):
        read_paper(tmp_path / "absent.toml")
    assert load_paper("dr").code == "DR" and read_paper(TEMPLATE).code == "MINE"
