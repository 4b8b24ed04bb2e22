"""Claims: whether the figures that papers print agree with each other, with every sum shown."""

from __future__ import annotations

from core.ui.claims import show_claims
from core.ui.frame import page_frame

with page_frame(
    "Claims",
    "Can the figures that a paper prints all be true? Each claim is put to a sum, and the sum is shown.",
) as pair:
    show_claims(pair)
