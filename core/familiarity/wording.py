"""Why a picture is refused as unfamiliar, in plain words, for pages and commands."""

from __future__ import annotations

from core.types import FamiliarityVerdict


def describe_unfamiliar(verdict: FamiliarityVerdict, image_name: str) -> tuple[str, ...]:
    """Reasons and what to do, one sentence each; empty for a familiar picture.

    Args:
        verdict: of the picture.
        image_name: what one image of the modality is called, for example ``"fundus photograph"``.
    """
    if verdict.familiar:
        return ()
    nearer = round(verdict.percentile * verdict.n)
    among = f"all {verdict.n}" if nearer == verdict.n else f"{nearer} of the {verdict.n}"
    return (
        "This does not look like the pictures that the student was trained on.",
        f"What the student sees in it lies farther from them than in {among} {image_name}s kept apart to "
        f"set this limit: distance {verdict.distance:.3g}, at most {verdict.threshold:.3g} is read unasked.",
        f"Check that this is a {image_name}, and that nothing was added to it or cut away.",
    )
