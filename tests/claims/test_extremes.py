"""Any figure in any place of a claim: an outcome or a refusal by name, never anything else."""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from core.claims.files import FOLDER, TEMPLATE, check_claim, parse_paper
from core.errors import ConfigError
from core.types import VERDICTS

TABLES = {
    path.stem: tomllib.loads(path.read_text("utf-8")) for path in (*sorted(FOLDER.glob("*.toml")), TEMPLATE)
}
ONE_OF_EACH = {entry["check"]: entry for table in TABLES.values() for entry in table["claims"]}
EXTREMES = (
    0,
    1,
    2,
    -1,
    10_000_000,
    1e12,
    0.5,
    1e-12,
    "0",
    "1",
    "100 %",
    "0.999999",
    "-3",
    "999 G",
    "",
    [],
    {},
    [1],
    True,
)
ROWS = [{"name": str(f1), "precision": f1, "recall": 0.5, "f1": f1, "support": 40} for f1 in (0.5, 0.5)]
TABLE = {
    "check": "class_table",
    "figure": "strata",
    "classes": ROWS,
    "source_counts": [60, 60],
    "test_share": 0.5,
}
TABLE |= {"macro_f1": 0.5, "weighted_f1": 0.5, "accuracy": 0.5, "decimals": 2}
SUMS = ("f1", "macro_f1", "weighted_f1", "accuracy", "calls", "test_share", "strata")
CLAIMS = [
    entry for kind, entry in sorted(ONE_OF_EACH.items()) if kind not in ("class_table", "published_summary")
]
CLAIMS += [{**ONE_OF_EACH["class_table"], "published": "", **TABLE, "figure": figure} for figure in SUMS]
COMMON = {"id", "title", "place", "says", "assumes", "check"}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a claim that may hold another value, whole tables included."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            if path or key not in COMMON:
                yield from places(inner, (*path, key))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def put(claim: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(claim)
    inner: Any = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


def write(claim: dict[str, Any]) -> bytes:
    """A file with the claim; what JSON and TOML write alike is enough here."""
    body = "\n".join(f"{key} = {inline(value)}" for key, value in claim.items())
    return f'code = "MINE"\ntitle = "Any"\ncitation = "Any"\n[[claims]]\n{body}\n'.encode()


def inline(value: Any) -> str:
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{json.dumps(str(key))} = {inline(inner)}" for key, inner in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return json.dumps(value)


def settle(claim: dict[str, Any]) -> bool:
    """Whether the claim has an outcome; False if it is refused."""
    try:
        (read,) = parse_paper(write(claim), "any.toml").claims
        found = check_claim(read)
    except ConfigError as error:
        assert error.subject and error.remedy
        return False
    assert found.verdict in VERDICTS and found.steps and found.words.endswith(".")
    return True


every_claim = pytest.mark.parametrize(
    "claim", CLAIMS, ids=lambda claim: f"{claim['check']} {claim.get('figure', '')}"
)


@every_claim
def test_any_one_figure_gives_an_outcome_or_a_refusal(claim: dict[str, Any]) -> None:
    settled = [settle(put(claim, path, value)) for path in places(claim) for value in EXTREMES]
    assert any(settled) and not all(settled)


@every_claim
def test_any_three_figures_give_an_outcome_or_a_refusal(claim: dict[str, Any]) -> None:
    draws = Random(0)
    leaves = [path for path in places(claim) if not isinstance(get(claim, path), dict | list)]
    for _ in range(200):
        changed = claim
        for path in draws.sample(leaves, min(3, len(leaves))):
            changed = put(changed, path, draws.choice(EXTREMES))
        settle(changed)


def get(claim: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        claim = claim[key]
    return claim
