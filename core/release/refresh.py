"""Changing a shipped pair without training: its figures, from the predictions beside it, or some files."""

from __future__ import annotations

from collections.abc import Mapping

from core.atomic import write_atomic
from core.bundle import CARD_NAME, Pair, load_pair, save_pair
from core.card import Card
from core.errors import BundleError
from core.release.scoring import build_reports
from core.types import ROLES, OperatingPoint, Role


def refresh_reports(pair: Pair) -> Pair:
    """Write the card of a pair again with the figures that this version of the code reports.

    Networks, thresholds, temperatures and predictions stay as they are; so do the titles of the reports, and
    a report on cases whose predictions do not ship. A figure that is on the card already is computed anew
    from the same resamples.

    Args:
        pair: as loaded; its ``card.json`` is replaced in one step.

    Returns:
        The pair as loaded back.

    Raises:
        BundleError: the pair ships no held-out predictions, or they or the folder are damaged or cannot be
            written.
    """
    predictions = pair.predictions()
    measured = {*predictions["role"]} & {*pair.card.networks}
    roles = [role for role in ROLES if role in measured]
    points: dict[Role, OperatingPoint] = {role: pair.operating_point(role) for role in roles}
    titles = {name: report.title for name, report in pair.card.reports.items()}
    found = build_reports(predictions, points, pair.modality, titles=titles)
    card = pair.card.model_copy(update={"reports": {**pair.card.reports, **found}})
    path = pair.folder / CARD_NAME
    try:
        write_atomic(path, (card.model_dump_json(indent=1) + "\n").encode())
    except OSError as error:
        raise BundleError(
            str(path), f"cannot be written ({error.strerror}); nothing was replaced", "Free some space"
        ) from error
    return load_pair(pair.card.pair, pair.folder.parent)


def rewrite_pair(pair: Pair, card: Card, changed: Mapping[str, bytes]) -> Pair:
    """Save a pair again with another card and some other files.

    Args:
        pair: as loaded; every file of it is verified.
        card: that is written; the sums of its files are made anew.
        changed: file name to content, of what is new or replaced.

    Returns:
        The pair as loaded back.

    Raises:
        BundleError: a file is damaged, or the folder cannot be written; nothing is replaced then.
    """
    files = {name: pair.read(name) for name in pair.card.files}
    return save_pair(card, {**files, **changed}, pair.folder.parent)
