"""Every role has a colour, a dash and a symbol of its own, readable on either page and with any vision."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from core.figures.palette import ROLE_COLOURS, ROLE_DASHES, ROLE_SYMBOLS
from core.figures.wording import ROLE_TITLES
from core.types import ROLES

PAGES = ("#FFFFFF", "#10191D")
VISIONS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
"""Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB."""


def linear(colour: str):
    coded = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def seen(colour: str, vision: str):
    light = np.clip(VISIONS[vision] @ linear(colour), 0, 1)
    coded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return rgb2lab(coded[None, None])[0, 0]


@pytest.mark.parametrize("marks", [ROLE_COLOURS, ROLE_DASHES, ROLE_SYMBOLS, ROLE_TITLES])
def test_every_role_has_its_own(marks: dict[str, str]) -> None:
    assert tuple(marks) == ROLES and len(set(marks.values())) == len(ROLES)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", ROLES)
def test_colours_stand_out_on_light_and_dark_pages(role, page: str) -> None:
    bright, dark = sorted((luminance(ROLE_COLOURS[role]), luminance(page)), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= 3


@pytest.mark.parametrize("vision", VISIONS)
def test_colours_are_told_apart_with_any_vision(vision: str) -> None:
    for one, other in itertools.combinations(ROLE_COLOURS.values(), 2):
        assert deltaE_ciede2000(seen(one, vision), seen(other, vision)) > 10, (one, other)
