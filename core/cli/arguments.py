"""Arguments that the commands on held-out cases share: the pair, the data set, what counts as positive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import ConfigError

if TYPE_CHECKING:
    from core.bundle import Pair
    from core.modalities.base import PositiveSet

PairArgument = Annotated[str, typer.Argument(metavar="PAIR", help="Name of the pair.")]
DatasetOption = Annotated[str, typer.Option(help="Set of held-out cases; the largest if not given.")]
PositivesOption = Annotated[
    str,
    typer.Option(
        help="What counts as positive: a named set (cancer) or class codes, commas between; else the card's."
    ),
]
ResamplesOption = Annotated[int, typer.Option(min=20, help="Resamples behind the limits.")]
ReaderOption = Annotated[str, typer.Option(help="Name of the data set's reader; `data check` lists them.")]
RootOption = Annotated[Path, typer.Option(help="The data set's own folder, laid out as its publisher does.")]
UntrainedSplitOption = Annotated[
    str, typer.Option(help="test, val, or all that the pair was not trained or tuned on.")
]


def parse_positives(pair: Pair, text: str) -> PositiveSet:
    """The classes that an option names.

    Args:
        pair: whose modality names sets of classes.
        text: ``"cancer"``, the name of a set, or ``"mel,bcc"``; empty for the card's own.

    Raises:
        ConfigError: neither the name of a set nor codes of the pair's classes.
    """
    from core.modalities.base import PositiveSet

    sets = pair.modality.positive_sets
    wanted = tuple(code.strip() for code in text.split(",")) if text.strip() else pair.card.positives
    for entry in sets:
        if wanted == (entry.name,) or set(wanted) == set(entry.codes):
            return entry
    if unknown := [code for code in wanted if code not in pair.card.classes]:
        raise ConfigError(
            "--positives",
            f"{', '.join(map(repr, unknown))} is neither a set of classes nor a class",
            f"Choose from {', '.join(pair.card.classes)}, commas between, or name a set: "
            f"{', '.join(entry.name for entry in sets)}",
        )
    codes = tuple(code for code in pair.card.classes if code in wanted)
    return PositiveSet("own", ", ".join(codes), "one of the chosen findings", codes)
