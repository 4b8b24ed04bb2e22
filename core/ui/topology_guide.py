"""How to read the page about topology, in plain words."""

from __future__ import annotations

import streamlit as st

_FIRST = """
**What topology looks for.** Imagine the grey picture as a landscape, dark places low, bright places high,
and water rising from the lowest point. A *dark spot* (H0) is a basin: it is born when the water reaches
its floor and dies when it runs over into a deeper one. A *bright spot* (H1) is a hill that becomes an
island: it is born when the water closes around it and dies when its top goes under. **Persistence** is
the height between birth and death, that is, how much the spot stands out. Small persistence is mostly
noise. **A spot is not a lesion:** in a healthy eye the fovea is a dark one and the optic disc a bright one.
"""

_TEXT = """
**What it cannot see.** The photograph is averaged to a coarse grid of grey cells first. A microaneurysm
is far smaller than a cell; large haemorrhages, exudates, the optic disc, the fovea, shadows and reflexes
are of its size.

**Persistence image.** All spots as one picture of fixed size, which a network can take: birth across,
persistence upwards.

**What is exact and what is not.** The diagram does not change when the picture is turned by right angles
or mirrored. It changes with brightness, contrast, focus and turns by other angles.

**Erasing.** A dark spot is filled up to the level where it runs into a darker one, a bright one is cut
down to the level where the dark loop around it closes; smaller spots within it go too. All colours change
alike.

*Sources:* Edelsbrunner and others 2002 (persistence); Adams and others 2017 (persistence images); Kaji
and others 2020 (cubical complexes of pictures).
"""


def show_guide() -> None:
    """Draw what topology looks for, and the rest in an expander."""
    st.markdown(_FIRST)
    with st.expander("How to read this", icon=":material/help:"):
        st.markdown(_TEXT)
