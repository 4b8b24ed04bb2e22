"""What a source document printed of the time and the size of its own networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.types.base import Role


@dataclass(frozen=True)
class PublishedCost:
    """One network of a source document, as printed.

    Attributes:
        role: what it is to the document.
        name: what the document calls it.
        milliseconds: processor, as the document names it, to milliseconds a picture; the key is
            ``"processor not named"`` where it names none.
        megabytes: size; None where it prints none.
        gflops: as it calls them, thousand millions a picture; None where it prints none.
    """

    role: Role
    name: str
    milliseconds: Mapping[str, float]
    megabytes: float | None = None
    gflops: float | None = None


@dataclass(frozen=True)
class PublishedSpeedup:
    """A sentence of the document on how much faster its student is, beside what its own table gives.

    Attributes:
        network: timm's name of the network it is compared with.
        name: what the document calls it.
        claimed: as the text has it.
        by_table: processor to the ratio of the times in the document's own table.
        words: what follows from both, whole sentences.
    """

    network: str
    name: str
    claimed: str
    by_table: Mapping[str, float]
    words: str


@dataclass(frozen=True)
class PublishedCosts:
    """What a source document prints of its networks' costs.

    Attributes:
        modality: that it is about.
        citation: of the document.
        networks: the teacher first.
        words: what is and is not said about the timing.
        speedups: claims against other networks.
        errors: printed figures that contradict each other, whole sentences.
    """

    modality: str
    citation: str
    networks: tuple[PublishedCost, ...]
    words: str
    speedups: tuple[PublishedSpeedup, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def time_ratio(self) -> float | None:
        """Teacher over student by its own table; None where it does not print both."""
        return self._divide("milliseconds")

    @property
    def size_ratio(self) -> float | None:
        """Teacher over student by its own table; None where it does not print both."""
        return self._divide("megabytes")

    def _divide(self, what: str) -> float | None:
        by_role = {network.role: getattr(network, what) for network in self.networks}
        if "teacher" not in by_role or "student" not in by_role:
            return None
        teacher, student = by_role["teacher"], by_role["student"]
        if isinstance(teacher, Mapping):
            shared = [name for name in teacher if name in student]
            return teacher[shared[0]] / student[shared[0]] if shared else None
        return teacher / student if teacher and student else None
