"""What source documents printed of the time and the size of their networks.

One TOML file a document in the folder of this name, the figures as printed.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from core.types import PublishedCost, PublishedCosts, PublishedSpeedup

FOLDER = Path(__file__).with_name("published_costs")
"""Of the TOML files."""


def find_costs(modality: str, *, folder: Path = FOLDER) -> PublishedCosts | None:
    """What was printed about networks of a modality; None where nothing was.

    Args:
        modality: registry name.
        folder: of the TOML files.

    Raises:
        TypeError, ValueError: a file has a key too many or too few, or two are about one modality.
    """
    tables = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.toml"))]
    found = [table for table in tables if table["modality"] == modality]
    if len(found) > 1:
        raise ValueError(
            f"modality {modality} has {len(found)} documents of published costs, it may have one"
        )
    if not found:
        return None
    (table,) = found
    return PublishedCosts(
        **table
        | {
            "networks": tuple(PublishedCost(**row) for row in table["networks"]),
            "speedups": tuple(PublishedSpeedup(**row) for row in table.get("speedups", ())),
            "errors": tuple(table.get("errors", ())),
        }
    )
