"""Display windows of computed tomography: which Hounsfield units become which grey."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Window:
    """A linear window on Hounsfield units (DICOM PS3.3 C.11.2.1.3.2, "linear exact").

    Attributes:
        name: registry-like name, for example ``"lung"``.
        title: for a list of choices.
        centre: Hounsfield units that become middle grey.
        width: Hounsfield units from black to white, above 0.

    Raises:
        ValueError: ``width`` is not above 0, or a value is not finite.
    """

    name: str
    title: str
    centre: float
    width: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.centre) and np.isfinite(self.width) and self.width > 0):
            raise ValueError(f"centre must be finite and width above 0, not {self.centre} and {self.width}")

    @property
    def low(self) -> float:
        """Hounsfield units that become black."""
        return self.centre - self.width / 2

    @property
    def high(self) -> float:
        """Hounsfield units that become white."""
        return self.centre + self.width / 2

    @property
    def stamp(self) -> str:
        """What a figure says of it, for example ``"Lung window: centre -500, width 1500 HU"``."""
        return f"{self.title}: centre {self.centre:g}, width {self.width:g} HU"

    def apply(self, hounsfield: NDArray[np.int16]) -> NDArray[np.uint8]:
        """(H, W) Hounsfield units to (H, W, 3) uint8 grey, clipped at both ends and rounded to nearest."""
        scaled = (hounsfield.astype(np.float32) - np.float32(self.low)) * np.float32(255 / self.width)
        grey = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=-1)
