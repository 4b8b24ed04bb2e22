"""Every hostile file there is; a new one is one entry in one of the lists."""

from __future__ import annotations

from tests.hostile.base import HostileFile
from tests.hostile.others import OTHERS
from tests.hostile.packed import PACKED
from tests.hostile.pictures import PICTURES
from tests.hostile.slices import SLICES

CORPUS: tuple[HostileFile, ...] = (*PICTURES, *OTHERS, *SLICES, *PACKED)
