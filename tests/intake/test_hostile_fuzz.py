"""Damaged real files: a few hundred drawn anew by hypothesis, and every recipe that ever found a fault."""

from __future__ import annotations

import json
import logging
import re
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.intake.decoding import decode_upload
from core.intake.limits import DEFAULT_LIMITS
from core.intake.uploads import read_uploads
from core.intake.wire import Request
from core.types import Refusal
from tests.hostile.mutations import Recipe, build, draw, read_recipe, write_recipe
from tests.hostile.promises import check_case, check_refusal
from tests.hostile.seeds import load_seeds
from tests.hostile.ways import Edit

FOUND = json.loads((Path(__file__).parents[1] / "hostile" / "findings.json").read_text())
MODALITIES = ("ct", "dermoscopy", "fundus")
# Seeds that cost next to nothing to decode, so that hundreds fit into a test.
LIGHT = sorted(name for name, content in load_seeds().items() if len(content) < 40_000)


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


def read(content: bytes, modality: str) -> None:
    """In this process, as the decoding process does it: whatever else is raised fails the test."""
    decoded = decode_upload(Request("fuzzed.bin", modality, b"k" * 32, DEFAULT_LIMITS, content))
    if isinstance(decoded, Refusal):
        check_refusal(decoded, "fuzzed.bin")
    else:
        for one in decoded:
            check_case(one.case, "fuzzed.bin")


@st.composite
def recipes(pick: st.DrawFn) -> Recipe:
    name = pick(st.sampled_from(LIGHT))
    content = load_seeds()[name]
    places = st.integers(0, len(content) - 1) | st.integers(0, min(len(content), 400) - 1)
    edit = st.builds(Edit, places, st.integers(0, 8), st.binary(max_size=8))
    return Recipe(name, tuple(pick(st.lists(edit, min_size=1, max_size=4))))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(recipes(), st.sampled_from(MODALITIES))
def test_bytes_changed_anywhere(recipe, modality):
    read(build(recipe), modality)


@pytest.mark.parametrize("block", range(4))
def test_sizes_counts_and_kinds_changed_where_formats_keep_them(block):
    drawn = [draw(number, start=99) for number in range(100 * block, 100 * (block + 1))]
    tried = [recipe for recipe in drawn if recipe.seed in LIGHT]
    assert tried
    for number, recipe in enumerate(tried):
        read(build(recipe), MODALITIES[number % 3])


@pytest.mark.parametrize("found", FOUND, ids=lambda found: f"{found['seed']}, {found['number']}")
def test_what_was_found_stays_mended(found):
    recipe = read_recipe(found)
    assert {recipe.seed, *(edit.seed for edit in recipe.edits if edit.seed)} <= set(load_seeds())
    quick = replace(DEFAULT_LIMITS, cpu_s=2, wall_s=30.0)
    (refusal,) = read_uploads([("found.bin", build(recipe))], modality="ct", limits=quick).refused
    check_refusal(refusal, "found.bin")
    assert re.search(found["says"], refusal.problem), refusal.problem


def test_a_recipe_outlives_being_written():
    recipe = draw(7)
    assert read_recipe(json.loads(json.dumps(write_recipe(recipe)))) == recipe
    assert build(recipe) == build(draw(7))
    assert draw(7, start=1) != recipe
