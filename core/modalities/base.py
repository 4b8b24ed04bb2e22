"""The modality record, its registry, and the one preparation of pixels that training and serving share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from core.modalities.body import BodyBox, find_body
from core.modalities.field_of_view import FieldOfView, find_field_of_view
from core.registry import Registry
from core.types import Window

Crop = Literal["none", "field_of_view", "body"]
"""What of a picture a network sees."""


@dataclass(frozen=True)
class Finding:
    """One class of a modality.

    Attributes:
        code: short name used in files, for example ``"mel"``.
        name: what a clinician calls it, for example ``"Melanoma"``.
        explanation: one plain sentence.
        positive: whether it belongs to the findings that must not be missed.
    """

    code: str
    name: str
    explanation: str
    positive: bool


@dataclass(frozen=True)
class PositiveSet:
    """A choice of classes that count as positive together.

    Attributes:
        name: for example ``"cancer"``.
        title: for a list of choices.
        noun: what such a case is called in a sentence, singular, for example ``"skin cancer"``.
        codes: class codes.
    """

    name: str
    title: str
    noun: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Modality:
    """A kind of image.

    Attributes:
        name: registry name.
        title: for headings, for example ``"Dermoscopy"``.
        findings: every class, in the order of the networks' outputs; the grades of an ordinal scale from
            the least to the most severe.
        positive_name: what "positive" means in a sentence, for example ``"melanoma"``.
        image_name: what one image is called in a sentence, for example ``"dermoscopy photograph"``.
        unit_name: what a finding is a finding of, for example ``"lesion"``.
        other_name: what a case that is not positive is called in a sentence, for example ``"other lesion"``.
        distractions: what in such an image is not the patient, for the advice on heat maps.
        unknowns: what a clinician knows and no network that sees one image can, one sentence.
        wider_positives: other sets of classes that a reader may want to count as positive together.
        scale: ``"ordinal"`` where the classes are grades, so that a class's place is its grade.
        windows: choices of display for Hounsfield units, the one the networks were trained on first; empty
            where pixels are colours.
    """

    name: str
    title: str
    findings: tuple[Finding, ...]
    positive_name: str
    image_name: str
    unit_name: str
    other_name: str
    distractions: str
    unknowns: str
    wider_positives: tuple[PositiveSet, ...] = ()
    scale: Literal["nominal", "ordinal"] = "nominal"
    windows: tuple[Window, ...] = ()

    @property
    def trained_window(self) -> Window | None:
        """The window in which the networks see a slice; None where pixels are colours."""
        return self.windows[0] if self.windows else None

    @property
    def positive_sets(self) -> tuple[PositiveSet, ...]:
        """Every named choice of positives, the modality's own first."""
        own = PositiveSet("default", self.positive_name.capitalize(), self.positive_name, self.positives)
        return (own, *self.wider_positives)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class codes in output order."""
        return tuple(finding.code for finding in self.findings)

    @property
    def positives(self) -> tuple[str, ...]:
        """Codes of the positive classes."""
        return tuple(finding.code for finding in self.findings if finding.positive)

    def finding(self, code: str) -> Finding:
        """The class of that code; KeyError if there is none."""
        for finding in self.findings:
            if finding.code == code:
                return finding
        raise KeyError(code)


MODALITIES: Registry[Modality] = Registry("modality", "core.modalities")


class Preprocessing(BaseModel):
    """How pixels become a network's input; stored with the weights, so that it cannot differ later (DMN14).

    The frame is the whole image, the box of a fundus photograph's lit disc
    (:mod:`core.modalities.field_of_view`), or the box of the body in a CT slice
    (:mod:`core.modalities.body`). It is resized without keeping its aspect, so that nothing of it is
    cut off; heat maps and topology belong to the frame. Values are divided by 255; each network subtracts its
    own mean and divides by its own standard deviation inside.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    height: int = Field(ge=16, le=1024)
    width: int = Field(ge=16, le=1024)
    crop: Crop = "none"
    resize: Literal["squash"] = "squash"
    interpolation: Literal["bilinear"] = "bilinear"

    def locate(self, pixels: NDArray[np.uint8]) -> FieldOfView | BodyBox | None:
        """Where in (H, W, 3) uint8 the frame lies; None without a crop."""
        if self.crop == "none":
            return None
        return find_body(pixels) if self.crop == "body" else find_field_of_view(pixels)

    def frame(
        self, pixels: NDArray[np.uint8], *, found_on: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        """The part of (H, W, 3) uint8 that networks see, (h, w, 3) uint8; all of it without a crop.

        Args:
            pixels: to cut.
            found_on: what the frame is looked for on, of the same height and width; ``pixels`` if None. A
                slice in another window is cut as in the window of training.
        """
        box = self.locate(pixels if found_on is None else found_on)
        # Contiguous, since Pillow takes ten times as long over a view.
        return pixels if box is None else np.ascontiguousarray(box.crop(pixels))

    def resized(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Frame (H, W, 3) uint8, resize to (height, width, 3) with Pillow's area-aware bilinear filter."""
        return self._resize(self.frame(pixels))

    def apply(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Turn (H, W, 3) uint8 sRGB into the (1, 3, height, width) float32 in [0, 1] that networks take."""
        return self.apply_to_frame(self.frame(pixels))

    def apply_to_frame(self, frame: NDArray[np.uint8]) -> NDArray[np.float32]:
        """:meth:`apply` to pixels that are framed already."""
        scaled = self._resize(frame).astype(np.float32) / np.float32(255)
        return np.ascontiguousarray(scaled.transpose(2, 0, 1))[None]

    def _resize(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        image = Image.fromarray(frame)
        return np.asarray(image.resize((self.width, self.height), Image.Resampling.BILINEAR))
