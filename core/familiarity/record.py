"""What a pair keeps of its training pictures' features, and the verdict on a new picture."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load, save

from core.errors import BundleError
from core.familiarity.mahalanobis import Mahalanobis
from core.familiarity.neighbours import Neighbours
from core.types import FamiliarityMethod, FamiliarityVerdict

FAMILIARITY_NAME = "familiarity.safetensors"
"""File of a pair."""

_REMEDY = "Restore the pair's folder, or fit it again: python -m core familiarity PAIR --fit"


class _Facts(BaseModel):
    """What the file says beside its arrays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: FamiliarityMethod
    threshold: float = Field(ge=0, allow_inf_nan=False)
    rest: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    k: int | None = Field(default=None, ge=1)


@dataclass(frozen=True)
class Familiarity:
    """A fitted measure of distance with its threshold.

    Attributes:
        detector: measures the distance.
        threshold: a picture farther than this is unfamiliar.
        validation: (V,) float32, distances of the validation pictures, sorted.
    """

    detector: Mahalanobis | Neighbours
    threshold: float
    validation: NDArray[np.float32]

    @property
    def method(self) -> FamiliarityMethod:
        """How the distance is measured."""
        return "mahalanobis" if isinstance(self.detector, Mahalanobis) else "neighbours"

    @property
    def size(self) -> int:
        """Numbers that a picture's features have."""
        detector = self.detector
        return (detector.means if isinstance(detector, Mahalanobis) else detector.bank).shape[1]

    def judge(self, features: NDArray[np.floating]) -> FamiliarityVerdict:
        """The verdict on one picture.

        Args:
            features: (F,) of the network that the measure was fitted to.

        Raises:
            ValueError: another number of features, or one is not finite.
        """
        if features.shape != (self.size,) or not np.isfinite(features).all():
            raise ValueError(f"features must be ({self.size},) finite numbers, not {features.shape}")
        distance = float(self.detector.distance(features[None])[0])
        nearer = int(np.searchsorted(self.validation, distance))
        return FamiliarityVerdict(
            state="unfamiliar" if distance > self.threshold else "familiar",
            distance=distance,
            threshold=self.threshold,
            percentile=nearer / len(self.validation),
            n=len(self.validation),
            method=self.method,
        )

    def refuses(self, features: NDArray[np.floating]) -> NDArray[np.bool_]:
        """(N, F) features to (N,): which are unfamiliar."""
        return self.detector.distance(features) > self.threshold

    def dump(self) -> bytes:
        """A safetensors file: large arrays in half precision, the rest as JSON in its header."""
        detector = self.detector
        if isinstance(detector, Mahalanobis):
            arrays = {
                "means": detector.means.astype(np.float32),
                "basis": detector.basis.astype(np.float16),
                "variances": detector.variances.astype(np.float32),
            }
            facts = _Facts(method="mahalanobis", threshold=self.threshold, rest=detector.rest)
        else:
            arrays = {"bank": detector.bank.astype(np.float16)}
            facts = _Facts(method="neighbours", threshold=self.threshold, k=detector.k)
        arrays["validation"] = self.validation.astype(np.float32)
        return save(
            {name: np.ascontiguousarray(array) for name, array in arrays.items()},
            metadata={"familiarity": facts.model_dump_json()},
        )

    @classmethod
    def load(cls, content: bytes, name: str = FAMILIARITY_NAME) -> Familiarity:
        """Read what :meth:`dump` wrote.

        Args:
            content: the file's bytes.
            name: the file's name, for messages.

        Raises:
            BundleError: not such a file, or its parts do not belong together.
        """
        try:
            arrays = {key: array.astype(np.float32) for key, array in load(content).items()}
            length = int.from_bytes(content[:8], "little")
            header = json.loads(content[8 : 8 + length])
            facts = _Facts.model_validate_json(header["__metadata__"]["familiarity"])
            validation = arrays["validation"]
            detector: Mahalanobis | Neighbours
            if facts.method == "mahalanobis":
                means, basis, variances = (arrays[key] for key in ("means", "basis", "variances"))
                fits = means.ndim == basis.ndim == 2 and basis.shape == (len(variances), means.shape[1])
                fits = fits and facts.rest is not None and bool((variances > 0).all())
                detector = Mahalanobis(means, basis, variances, facts.rest or 1.0)
            else:
                bank = arrays["bank"]
                fits = bank.ndim == 2 and facts.k is not None and facts.k <= len(bank)
                detector = Neighbours(bank, facts.k or 1)
        except (SafetensorError, ValidationError, KeyError) as error:
            raise BundleError(name, "not a record of familiarity of this version", _REMEDY) from error
        finite = all(np.isfinite(array).all() for array in arrays.values())
        sorted_ = validation.ndim == 1 and len(validation) > 0 and bool((np.diff(validation) >= 0).all())
        if not (fits and finite and sorted_):
            raise BundleError(name, "its arrays do not belong together", _REMEDY)
        return cls(detector, facts.threshold, validation)


def calibrate(
    detector: Mahalanobis | Neighbours, validation: NDArray[np.floating], *, refused: float = 0.01
) -> Familiarity:
    """Set the threshold so that a stated share of validation pictures lies beyond it.

    Args:
        detector: fitted on training pictures.
        validation: (V, F) features, V at least 1.
        refused: share of them that is refused, at most, in [0, 1).

    Returns:
        The record as its file gives it back, so that rounding is part of the threshold.

    Raises:
        ValueError: no validation pictures, or ``refused`` outside its range.
    """
    if not len(validation) or not 0 <= refused < 1:
        raise ValueError(f"validation must hold a row and refused lie in [0, 1), not {refused}")
    draft = Familiarity(detector, 0.0, np.zeros(1, np.float32))
    rounded = Familiarity.load(draft.dump()).detector
    distances = np.sort(rounded.distance(validation))
    beyond = int(np.floor(refused * len(distances)))
    threshold = float(distances[len(distances) - 1 - beyond])
    return Familiarity(rounded, threshold, distances.astype(np.float32))
