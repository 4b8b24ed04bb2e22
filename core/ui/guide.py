"""How to read the first page, in plain words."""

from __future__ import annotations

import streamlit as st

from core.bundle import Pair

_TEXT = """
**Two networks, one photograph.** The *teacher* is a large network that learned from labelled
photographs. The *student* is a small one that learned from the same photographs and from the teacher's
answers, so that it runs on modest machines. Where they agree, the small one has kept what the large one
knows about this picture. Where they disagree, treat the case as uncertain.

**Probabilities.** Each network shares out 100 % between {count} diagnoses. It knows no others: a lesion
of another kind is still given one of these names.

**The threshold.** A network flags a lesion when its {target} probability reaches the threshold, the mark
on the {target} bar. A low threshold misses fewer {target}s and flags more harmless lesions. Each
threshold was chosen on cases that were not used for training; the interval says how far chance alone
could move the figure.

**The maps.** Colour shows where the network found evidence *for* the diagnosis you chose. It does not
show the border of the lesion, nor evidence against the diagnosis, and a map on the lesion does not mean
that the answer is right. A map on hair, ruler marks or the rim of the picture is a reason to distrust
the answer. The maps are coarse: read them as regions, not as points.

**AUC.** Take one {target} and one other lesion at random: an AUC of 0.85 means that the network gives
the {target} the higher probability in 85 of 100 such pairs. 0.50 is guessing.

**What it cannot know.** Age, history, touch, change over time, and other lesions of the same person.
"""


def show_guide(pair: Pair) -> None:
    """Draw the "How to read this" expander: method, data, limits, intended use."""
    modality, card = pair.modality, pair.card
    with st.expander("How to read this", icon=":material/help:"):
        st.markdown(_TEXT.format(count=len(modality.findings), target=modality.positive_name))
        findings = "\n".join(f"- **{f.name}:** {f.explanation}" for f in modality.findings)
        st.markdown(f"**The diagnoses**\n\n{findings}")
        sources = "\n".join(
            f"- {source.title}: {source.n} images, used for {source.used_for} ({source.licence})"
            for source in card.sources
        )
        st.markdown(f"**The data**\n\n{card.summary}\n\n{sources}")
        limits = "\n".join(f"- {limit}" for limit in card.limits)
        st.markdown(f"**Limits and intended use**\n\n{card.intended_use}\n\n{limits}")
