"""Claims of a paper as data, and what arithmetic says of each, with the working."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

ClaimVerdict = Literal["consistent", "contradicted", "not_verifiable"]
"""``"consistent"``: the printed figures can all be true together. ``"contradicted"``: they cannot.
``"not_verifiable"``: they may be true or not, and what would decide it is not printed."""

VERDICTS: tuple[ClaimVerdict, ...] = get_args(ClaimVerdict)
"""Every verdict, in the order of counts."""


@dataclass(frozen=True)
class WorkingStep:
    """One line of a sum.

    Attributes:
        what: what is worked out, a few words.
        sum: the sum with its numbers; empty where a figure is only looked up.
        gives: what comes out.
    """

    what: str
    sum: str
    gives: str


@dataclass(frozen=True)
class CheckOutcome:
    """What a check found.

    Attributes:
        verdict: see :data:`ClaimVerdict`.
        printed: what was checked: the figure as printed, or what the paper says in a few words.
        computed: what stands in its place by the sum.
        words: what follows, whole sentences.
        steps: the working, in order.
    """

    verdict: ClaimVerdict
    printed: str
    computed: str
    words: str
    steps: tuple[WorkingStep, ...]


@dataclass(frozen=True)
class Claim:
    """One statement of a paper, in words of ours, and the check that it is put to.

    Attributes:
        id: unique in its file.
        title: a few words.
        place: where in the paper, or the row of the list of sources that hands the figure down.
        says: what the paper says, in words of ours.
        assumes: what the check takes for granted beyond the paper; empty if nothing.
        check: registry name of the kind of check.
        arguments: of that kind, validated; an instance of its own model.
    """

    id: str
    title: str
    place: str
    says: str
    assumes: str
    check: str
    arguments: Any


@dataclass(frozen=True)
class ClaimPaper:
    """A paper's claims, read and validated but not yet checked.

    Attributes:
        code: short name, for example ``"MEL"``.
        title, citation: of the paper.
        note: what a reader should know of the file, for example where its figures come from; may be empty.
        claims: in the order of the file.
    """

    code: str
    title: str
    citation: str
    note: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class CheckedClaim:
    """A claim and what arithmetic says of it; attributes of :class:`Claim`, then of :class:`CheckOutcome`."""

    id: str
    title: str
    place: str
    says: str
    assumes: str
    check: str
    verdict: ClaimVerdict
    printed: str
    computed: str
    words: str
    steps: tuple[WorkingStep, ...]


@dataclass(frozen=True)
class CheckedPaper:
    """A paper with every claim checked; attributes as in :class:`ClaimPaper`."""

    code: str
    title: str
    citation: str
    note: str
    claims: tuple[CheckedClaim, ...]

    @property
    def counts(self) -> Mapping[ClaimVerdict, int]:
        """How many claims have each verdict."""
        found = [claim.verdict for claim in self.claims]
        return {verdict: found.count(verdict) for verdict in VERDICTS}
