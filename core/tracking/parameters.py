"""Nested tables as a store of runs takes them: one level, keys joined by dots."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from core.types.tracking import Scalar


def flatten(tables: Mapping[str, Any], *, prefix: str = "") -> dict[str, Scalar]:
    """Tables of JSON values as one table: ``{"optimiser": {"lr": 0.1}}`` gives ``{"optimiser.lr": 0.1}``.

    Lists of tables are numbered from 0 (``"members.0.lr"``), other lists and empty tables stay one value, as
    JSON.
    """
    flat: dict[str, Scalar] = {}
    for key, value in tables.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            flat |= flatten(value, prefix=f"{name}.")
        elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
            flat |= flatten({str(place): item for place, item in enumerate(value)}, prefix=f"{name}.")
        elif isinstance(value, Mapping | list | tuple):
            flat[name] = json.dumps(value)
        else:
            flat[name] = value
    return flat
