"""How to read the first page, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.bundle import Pair
from core.figures.nouns import one, plural
from core.figures.wording import name_role
from core.modalities.base import Modality
from core.types import Role

_TEXT = """
**{networks} networks, one picture.** The *teacher* is a large network that learned from labelled
pictures. The *student* is a small one that learned from the same pictures and from the teacher's
answers, so that it runs on modest machines. Where they agree, the small one has kept what the large one
knows about this picture. Where they disagree, treat the case as uncertain.{second}

**Probabilities.** Each network shares out 100 % between {count} answers. It knows no others: {unit_a}
{stranger} is still given one of these names.

**The threshold.** A network flags {unit_a} when its {target} probability reaches the
threshold{mark}. A low threshold misses fewer {targets} and flags more {others}.
Each threshold was chosen on cases that were not used for training; the interval says how far chance
alone could move the figure.

**The maps.** Colour shows where the network found evidence *for* the answer you chose. It does not
show where a finding ends, nor evidence against the answer, and a map in the right place does not mean
that the answer is right. A map on {distractions} or the rim of the picture is a reason to distrust
the answer. The maps are coarse: read them as regions, not as points.
{gates}
**AUC.** Take {target_a} and {other_a} at random: an AUC of 0.85 means that the network gives
the first the higher probability in 85 of 100 such pairs. 0.50 is guessing.

**What it cannot know.** {unknown}
"""

_SECOND = """
The *second student* is another network that learned from the same teacher. It is shown for comparison and may
be bigger and slower than its teacher: "How big and how fast" says so.
"""

_GATES = """
**The gates.** Before it answers, the {} dims some places and some learned patterns of its view and lets
others through; the gate maps show how much passes, for the picture as a whole, and are not evidence for any
answer.
"""


def show_guide(pair: Pair) -> None:
    """Draw the "How to read this" expander: method, data, limits, intended use."""
    modality, card = pair.modality, pair.card
    with st.expander("How to read this", icon=":material/help:"):
        st.markdown(_explain(modality, _list_attentive(pair), second="second_student" in pair.served_roles))
        findings = "\n".join(f"- **{f.name}:** {f.explanation}" for f in modality.findings)
        st.markdown(f"**The {'grades' if modality.scale == 'ordinal' else 'diagnoses'}**\n\n{findings}")
        sources = "\n".join(
            f"- {source.title}: {source.n} images, used for {source.used_for} ({source.licence})"
            for source in card.sources
        )
        st.markdown(f"**The data**\n\n{card.summary}\n\n{sources}")
        limits = "\n".join(f"- {limit}" for limit in card.limits)
        st.markdown(f"**Limits and intended use**\n\n{card.intended_use}\n\n{limits}")


def _list_attentive(pair: Pair) -> list[Role]:
    """Roles whose network has gates of its own, as its architecture on the card says."""
    return [role for role in pair.served_roles if "'attention': 'cbam'" in str(pair.network(role).arguments)]


def _explain(modality: Modality, attentive: Sequence[Role], *, second: bool) -> str:
    target, other = modality.positive_name, modality.other_name
    several = len(modality.positives) > 1
    return _TEXT.format(
        count=len(modality.findings),
        unit_a=one(modality.unit_name),
        target=target,
        target_a=one(target),
        targets=plural(target),
        other_a=one(other),
        others=plural(other),
        mark=" (the sum over the grades in bold)" if several else f", the mark on the {target} bar",
        stranger="with another disease" if modality.scale == "ordinal" else "of another kind",
        gates=_GATES.format(" and the ".join(name_role(role) for role in attentive)) if attentive else "",
        distractions=modality.distractions,
        unknown=modality.unknowns,
        networks="Three" if second else "Two",
        second=_SECOND.rstrip() if second else "",
    )
