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
MARKS: Mapping[ClaimVerdict, str] = {"consistent": "=", "contradicted": "≠", "not_verifiable": "?"}
"""A sign a verdict, so that none rests on its colour."""
MEANINGS: Mapping[ClaimVerdict, str] = {
    "consistent": "the printed figures can all be true together",
    "contradicted": "they cannot, whichever way they were rounded",
    "not_verifiable": "they may be true or not; what would decide it is not printed",
}


def tabulate_claims(paper: CheckedPaper) -> list[dict[str, str]]:
    """One row a claim: id, verdict, what is printed and what comes out, shortened."""
    return [
        {
            "claim": claim.id,
            "verdict": NAMES[claim.verdict],
            "printed": _cut(claim.printed, 26),
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


def tabulate_working(claim: CheckedClaim) -> dict[str, list[str]]:
    """The steps as columns, numbered."""
    return {
        "Step": [f"{number}. {line.what}" for number, line in enumerate(claim.steps, 1)],
        "Sum": [line.sum or "-" for line in claim.steps],
        "Gives": [line.gives for line in claim.steps],
    }


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3].rstrip()}..."
