"""Predictions as a table for a terminal."""

from __future__ import annotations

from typing import Any

from core.cli.output import print_table


def print_predictions(records: list[dict[str, Any]]) -> None:
    """Print the records that ``predict`` prints as JSON, one row a picture and network."""
    print_table(
        [
            {
                "file": f"{record['file']}, slice {record['slice']}" if record["slice"] else record["file"],
                "role": record["role"],
                "quality": record["quality"],
                "kind": record["kind"] or "not judged",
                "flagged": "yes" if record["flagged"] else "no",
                "positive": f"{record['positive_prob']:.4f}",
                **{code: f"{prob:.4f}" for code, prob in record["probs"].items()},
            }
            for record in records
        ],
        keys=2,
    )
