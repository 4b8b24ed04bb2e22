"""The persistence image of the case beside the average one of each class, on one colour scale."""

from __future__ import annotations

from typing import Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.bundle import Pair
from core.figures.topology_images import (
    PANEL_PX,
    describe_persistence_image,
    plot_colour_key,
    plot_persistence_image,
)
from core.figures.wording import of_100
from core.topology.reference import TopologyReference, compute_likeness
from core.ui.topology_state import TopologyView

Part = Literal["sum", "h0", "h1"]
_PARTS: dict[Part, str] = {
    "sum": "Sum",
    "h0": "H0, dark",
    "h1": "H1, bright",
}
_OWN: dict[Part, str] = {
    "h0": "dark spots",
    "h1": "bright spots",
    "sum": "what the network is given",
}
_PLOT = {"displayModeBar": False}


def show_images(pair: Pair, view: TopologyView, reference: TopologyReference | None) -> None:
    """Draw the case's three images, and the chosen one beside each class's average."""
    st.header("The persistence image that the student is given", anchor=False)
    spec = view.spec
    dark, bright = spec.image(view.diagram, 0), spec.image(view.diagram, 1)
    own: dict[Part, NDArray] = {"sum": dark + bright, "h0": dark, "h1": bright}
    averages = {} if reference is None else _averages(reference)
    top = max([float(own["sum"].max()), *(float(part["sum"].max()) for part in averages.values())]) or 1.0
    st.markdown(
        f"All spots of the diagram on a fixed grid of {spec.bins} × {spec.bins}, each smeared a little and "
        f"weighted by its persistence. The grid was fitted on {spec.fitted_on:,} training photographs, so "
        "two pictures can be compared."
    )
    with st.container(horizontal=True, gap="small", key="topology_own_images"):
        for own_part, below in _OWN.items():
            title = _PARTS[own_part].split(",")[0]
            _show_panel(title, below, f"own_{own_part}_{view.key}", own[own_part], view, top)
        _show_key(top, view)
    if reference is None:
        st.info(
            "This pair ships no averages of its training photographs, so there is nothing to compare this "
            "image with.",
            icon=":material/info:",
        )
        return
    _show_averages(pair, view, reference, averages, own, top)


def _show_averages(
    pair: Pair,
    view: TopologyView,
    reference: TopologyReference,
    averages: dict[str, dict[Part, NDArray]],
    own: dict[Part, NDArray],
    top: float,
) -> None:
    st.subheader("Beside the average image of each grade", anchor=False)
    part: Part = st.segmented_control(
        "Compare",
        list(_PARTS),
        format_func=_PARTS.__getitem__,
        default="sum",
        required=True,
        key="topology_part",
        persist_state="session",
    )
    stacked = np.stack([images[part] for images in averages.values()])
    likeness = dict(zip(averages, compute_likeness(own[part][None], stacked)[0], strict=True))
    names = {code: pair.modality.finding(code).name for code in reference.classes}
    with st.container(horizontal=True, gap="small", key="topology_averages"):
        _show_panel("**This photograph**", " ", f"this_{part}_{view.key}", own[part], view, top)
        for code, count in zip(reference.classes, reference.counts, strict=True):
            if not count:
                continue
            cosine = likeness[code]
            alike = "not comparable" if np.isnan(cosine) else f"likeness {cosine:.2f}"
            key = f"average_{part}_{code}_{view.key}"
            _show_panel(names[code], f"n = {count:,}, {alike}", key, averages[code][part], view, top)
    most = max(range(len(reference.counts)), key=reference.counts.__getitem__)
    st.caption(
        f"Averages of {reference.n:,} training photographs; all panels share the colour scale above. "
        "Likeness: cosine of this image with the average, 1 is the same pattern. **The likest average is no "
        f"diagnosis:** of the training photographs themselves, {of_100(reference.likest_own / reference.n)} "
        "are likest to the average of their own grade (by the sum), while "
        f"{of_100(reference.counts[most] / reference.n)} are of the most frequent grade "
        f"({names[reference.classes[most]].lower()})."
    )


def _averages(reference: TopologyReference) -> dict[str, dict[Part, NDArray]]:
    return {
        code: {"h0": pictures[0], "h1": pictures[1], "sum": pictures[0] + pictures[1]}
        for code, pictures in zip(reference.classes, reference.images.astype(np.float64), strict=True)
    }


def _show_panel(title: str, below: str, key: str, image: NDArray, view: TopologyView, top: float) -> None:
    with st.container(width=PANEL_PX, gap=None, key=f"box_{key}"):
        st.markdown(f"{title}")
        st.plotly_chart(
            plot_persistence_image(image, view.spec, top=top),
            key=key,
            config=_PLOT,
            alt=describe_persistence_image(f"{title.strip('*')}, {below}", image, view.spec),
        )
        st.caption(below)


def _show_key(top: float, view: TopologyView) -> None:
    with st.container(width=2 * PANEL_PX, gap=None):
        st.plotly_chart(
            plot_colour_key(top),
            key=f"colour_key_{view.key}",
            config={"staticPlot": True},
            alt=f"Colour scale from 0 (dark violet) to {top:.1f} (yellow)",
        )
        st.caption("Weighted density of spots; one scale for every panel of this section")
