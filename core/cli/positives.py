"""Which classes count as positive: a named set of the modality, or class codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import ConfigError

if TYPE_CHECKING:
    from core.bundle import Pair


def parse_positives(pair: Pair, text: str) -> tuple[str, ...] | None:
    """Class codes that an option names.

    Args:
        pair: whose modality names sets of classes.
        text: ``"cancer"``, the name of a set, or ``"mel,bcc"``; empty for the card's own.

    Returns:
        Class codes, or None for the card's own.

    Raises:
        ConfigError: neither the name of a set nor codes of the pair's classes.
    """
    named = {entry.name: entry.codes for entry in pair.modality.positive_sets}
    if not text.strip():
        return None
    if text.strip() in named:
        return named[text.strip()]
    codes = tuple(code.strip() for code in text.split(",") if code.strip())
    unknown = [code for code in codes if code not in pair.card.classes]
    if unknown or not codes:
        raise ConfigError(
            "--positives",
            f"{', '.join(unknown) or text!r} is neither a set of classes nor a class",
            f"Name a set ({', '.join(named)}) or classes ({', '.join(pair.card.classes)}), commas between",
        )
    return codes
