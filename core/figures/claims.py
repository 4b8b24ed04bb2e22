"""Checked claims as tables and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.types import VERDICTS, CheckedClaim, CheckedPaper, ClaimVerdict

NAMES: Mapping[ClaimVerdict, str] = {
    "consistent": "consistent",
    "contradicted": "contradicted",
    "not_verifiable": "not verifiable",
}
"""Verdicts inside a sentence."""
MEANINGS: Mapping[ClaimVerdict, str] = {
    "consistent": "The printed figures can all be true together.",
    "contradicted": "They cannot all be true, whichever way they were rounded.",
    "not_verifiable": "They may be true or not; what would decide it is not printed.",
}


def tabulate_claims(paper: CheckedPaper) -> list[dict[str, str]]:
    """One row a claim: id, verdict, what is printed and what comes out, shortened."""
    return [
        {
            "claim": claim.id,
            "verdict": NAMES[claim.verdict],
            "claimed": _cut(claim.printed, 26),
            "by the sum": _cut(claim.computed, 28),
        }
        for claim in paper.claims
    ]


def count_verdicts(papers: Sequence[CheckedPaper]) -> dict[ClaimVerdict, int]:
    """How many claims of all papers have each verdict."""
    return {verdict: sum(paper.counts[verdict] for paper in papers) for verdict in VERDICTS}


def word_counts(papers: Sequence[CheckedPaper]) -> str:
    """``"14 claims: 6 consistent, 5 contradicted, 3 not verifiable."``."""
    counts = count_verdicts(papers)
    total = sum(counts.values())
    parts = ", ".join(f"{count} {NAMES[verdict]}" for verdict, count in counts.items())
    return f"{total} claim{'' if total == 1 else 's'}: {parts}."


def sort_claims(paper: CheckedPaper) -> list[CheckedClaim]:
    """What is contradicted first, then what cannot be verified, each in the order of the file."""
    order: tuple[ClaimVerdict, ...] = ("contradicted", "not_verifiable", "consistent")
    return sorted(paper.claims, key=lambda claim: order.index(claim.verdict))


def shorten(claim: CheckedClaim, most: int = 30) -> str:
    """``"claimed 4.5 MB, by the sum 5.8"`` where both are short; else nothing."""
    if max(len(claim.printed), len(claim.computed)) > most or claim.printed == claim.computed:
        return ""
    return f"claimed {claim.printed}, by the sum {claim.computed}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3].rstrip()}..."
