"""Points of a persistence diagram in words: dark or bright spots, where they lie, how much they stand out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from core.modalities.field_of_view import RELATIVE_LEVEL, SURROUND_LEVEL
from core.types import Diagram

LISTED_SPOTS = 12
"""How many spots a list of the strongest holds."""

_KINDS = {0: "dark spot", 1: "bright spot"}


def find_surround(grey: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Cells of the dark surround that a fundus camera leaves in the corners of the frame.

    As dark as :mod:`core.modalities.field_of_view` takes the surround to be, and joined to the border.

    Args:
        grey: (h, w) in [0, 1].

    Returns:
        (h, w) bool.
    """
    level = max(SURROUND_LEVEL / 255, RELATIVE_LEVEL * float(np.percentile(grey, 95)))
    labels, _ = ndimage.label(grey <= level)
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return np.asarray(np.isin(labels, border[border > 0]))


def find_place(diagram: Diagram, index: int) -> tuple[int, int]:
    """Cell where a spot is darkest (dark spots) or brightest (bright ones)."""
    places = diagram.birth_pixels if diagram.points[index, 2] == 0 else diagram.death_pixels
    return int(places[index, 0]), int(places[index, 1])


def rank_spots(diagram: Diagram, most: int = LISTED_SPOTS) -> list[int]:
    """Indices of the points of greatest persistence of both dimensions, the one that never dies left out."""
    order = np.argsort(-diagram.persistence, kind="stable")
    return [int(index) for index in order if diagram.finite[index]][:most]


def is_outside(diagram: Diagram, index: int, surround: NDArray[np.bool_]) -> bool:
    """Whether a point is a dark corner outside the lit disc."""
    return bool(diagram.points[index, 2] == 0 and surround[find_place(diagram, index)])


def choose_first(diagram: Diagram, surround: NDArray[np.bool_]) -> int | None:
    """The spot to show first: the strongest dark one on the lit disc, else the strongest of all."""
    ranked = rank_spots(diagram, len(diagram.points))
    dark = [index for index in ranked if diagram.points[index, 2] == 0]
    inside = [index for index in dark if not is_outside(diagram, index, surround)]
    return next(iter(inside or ranked), None)


def name_spot(diagram: Diagram, index: int, surround: NDArray[np.bool_]) -> str:
    """For example ``"dark spot at the upper left"``."""
    place = say_place(find_place(diagram, index), diagram.side)
    if index == diagram.essential:
        return f"darkest spot of the whole picture, {place}"
    if is_outside(diagram, index, surround):
        return f"dark corner {place}, outside the lit disc"
    return f"{_KINDS[int(diagram.points[index, 2])]} {place}"


def describe_spot(diagram: Diagram, index: int, surround: NDArray[np.bool_]) -> str:
    """For a list: ``"Dark spot at the upper left, persistence 0.21"``."""
    name = name_spot(diagram, index, surround)
    return f"{name[0].upper()}{name[1:]}, persistence {diagram.persistence[index]:.2f}"


def explain_spot(diagram: Diagram, index: int) -> str:
    """Birth and death of one point, as a person would say it."""
    birth, death, dimension = diagram.points[index]
    if index == diagram.essential:
        return (
            f"Born at grey {birth:.2f}, the darkest of the picture, so it runs into no darker one and never "
            "dies. Every picture has one; the network is not given it, and it cannot be erased."
        )
    if dimension == 0:
        return (
            f"Born at grey {birth:.2f}, its darkest cell; it runs into a darker spot at grey {death:.2f}. "
            f"The difference, its persistence, is {death - birth:.2f}."
        )
    return (
        f"A dark loop closes around it at grey {birth:.2f}; its brightest cell has grey {death:.2f}. "
        f"The difference, its persistence, is {death - birth:.2f}."
    )


def explain_corners(diagram: Diagram, surround: NDArray[np.bool_]) -> str:
    """How many of the strongest dark spots lie outside the lit disc; empty where none does."""
    ranked = rank_spots(diagram, len(diagram.points))
    strongest = [index for index in ranked if diagram.points[index, 2] == 0][:5]
    outside = sum(is_outside(diagram, index, surround) for index in strongest)
    if not outside:
        return ""
    which = "1 is a dark corner" if outside == 1 else f"{outside} are dark corners"
    return (
        f"Of the {len(strongest)} strongest dark spots, {which} outside the lit disc: "
        "that is about the camera, not about the retina. The network is given them all the same."
    )


def say_place(cell: tuple[int, int], side: tuple[int, int]) -> str:
    """Where a cell lies, in thirds of the picture: ``"at the upper left"``."""
    down = ("upper", "middle", "lower")[min(3 * cell[0] // side[0], 2)]
    across = ("left", "centre", "right")[min(3 * cell[1] // side[1], 2)]
    return "in the centre" if (down, across) == ("middle", "centre") else f"at the {down} {across}"
