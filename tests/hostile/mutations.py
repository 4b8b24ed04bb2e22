"""A fuzzed input is a seed's name and a list of edits, never its bytes."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tests.hostile.seeds import load_seeds, seeds_by_kind
from tests.hostile.ways import Edit, list_ways


@dataclass(frozen=True)
class Recipe:
    """How a fuzzed input is made; ``repair`` sets the check sums of PNG chunks right again."""

    seed: str
    edits: tuple[Edit, ...]
    repair: bool = True


def build(recipe: Recipe) -> bytes:
    """The bytes of a recipe; KeyError where its seeds are not installed."""
    content = load_seeds()[recipe.seed]
    for edit in recipe.edits:
        content = _apply(content, edit)
    return _repair_png(content) if recipe.repair else content


def draw(number: int, *, start: int = 0) -> Recipe:
    """The recipe of one number; the same for ever, as long as the same seeds are installed."""
    chance = random.Random(f"{start}:{number}")
    kinds = seeds_by_kind()
    name = chance.choice(kinds[chance.choice(sorted(kinds))])
    content = load_seeds()[name]
    edits: list[Edit] = []
    for _ in range(chance.choice((1, 1, 1, 1, 2, 2, 3, 6))):
        if not content:
            break
        edit = chance.choice(list_ways(content))(content, chance)
        edits.append(edit)
        content = _apply(content, edit)
    return Recipe(name, tuple(edits), chance.random() < 0.9)


def write_recipe(recipe: Recipe) -> dict[str, Any]:
    """A recipe for a JSON file; inserted bytes in hexadecimal digits."""
    edits = [{**asdict(edit), "insert": edit.insert.hex()} for edit in recipe.edits]
    return {"seed": recipe.seed, "edits": edits, "repair": recipe.repair}


def read_recipe(stored: Mapping[str, Any]) -> Recipe:
    """The recipe that :func:`write_recipe` wrote."""
    edits = tuple(Edit(**{**edit, "insert": bytes.fromhex(edit["insert"])}) for edit in stored["edits"])
    return Recipe(stored["seed"], edits, stored["repair"])


def _apply(content: bytes, edit: Edit) -> bytes:
    insert = load_seeds()[edit.seed][edit.start : edit.stop] if edit.seed else edit.insert
    return content[: edit.at] + insert + content[edit.at + edit.remove :]


def _repair_png(content: bytes) -> bytes:
    """Right check sums, without which nothing behind them is read."""
    if not content.startswith(b"\x89PNG\r\n\x1a\n"):
        return content
    out = bytearray(content)
    at = 8
    while at + 12 <= len(out):
        end = at + 8 + int.from_bytes(out[at : at + 4], "big")
        if end + 4 > len(out):
            break
        struct.pack_into(">I", out, end, zlib.crc32(out[at + 4 : end]))
        at = end + 4
    return bytes(out)
