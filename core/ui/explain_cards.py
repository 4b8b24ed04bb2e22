"""A card for every map on screen: where it is strongest, whether it can be believed, and a copy to keep."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from core.figures.explain_grid import GridPanel, balance_columns, describe_column, share_scales
from core.figures.map_words import title_method
from core.figures.nouns import capital
from core.types import Heatmap, Role, Trust
from core.ui.explain_badges import show_badge
from core.ui.explain_download import KeptMap
from core.ui.explain_state import Scene, find_heatmap
from core.ui.explain_trust import Slot, find_trust
from core.ui.windows import View, view_case


def show_cards(scene: Scene, rows: Sequence[Sequence[GridPanel]]) -> tuple[Slot, ...]:
    """Draw a card for each map that is there, in the columns of the grid.

    Args:
        scene: on screen.
        rows: the panels of the grid, a row a network.

    Returns:
        The places of maps that have not been checked, in the order of the cards.
    """
    sentences = [describe_column(column, scene.scale) for column in zip(*rows, strict=True)]
    factors = share_scales(rows, scene.scale)
    methods, columns = len(scene.methods), balance_columns(len(scene.methods))
    slots = []
    for start in range(0, methods, columns):
        block = range(start, min(start + columns, methods))
        for row, role in enumerate(scene.networks):
            there = {number: find_heatmap(scene, role, scene.methods[number]) for number in block}
            if not any(there.values()):
                continue
            for column, number in zip(st.columns(columns, gap="small"), block, strict=False):
                heatmap = there[number]
                if heatmap is None:
                    continue
                with column, st.container(border=True, height="stretch"):
                    st.markdown(f"**{rows[row][number].network} · {title_method(heatmap.method)}**")
                    checked = show_badge(scene, role, heatmap.method)
                    place = st.empty()
                    st.markdown(f"{capital(sentences[number][row].partition(': ')[2].rstrip('.'))}.")
                    _offer_copy(scene, role, heatmap, factors[row * methods + number])
                if not checked:
                    slots.append(Slot(role, heatmap.method, place))
    return tuple(slots)


def _offer_copy(scene: Scene, role: Role, heatmap: Heatmap, factor: float) -> None:
    """A button that makes the file when it is pressed, and not before."""
    trust = find_trust(scene, role, heatmap.method)
    view = view_case(scene.case, scene.pair.modality)
    st.download_button(
        "Keep this map",
        partial(_pack, scene, role, heatmap, factor, view, trust),
        file_name=f"twinlens-{scene.pair.card.pair}-{role}-{heatmap.method}-{scene.code}.zip".replace(
            "_", "-"
        ),
        mime="application/zip",
        key=f"keep_{scene.key(role, heatmap.method)}",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
        help="A ZIP file: the picture with the map over it, the map's numbers, and a note of network, "
        "method, layer, class, versions and checks. The name of your file is not in it.",
    )


def _pack(
    scene: Scene, role: Role, heatmap: Heatmap, factor: float, view: View, trust: Trust | None
) -> bytes:
    frame = scene.pair.network(role).preprocessing.frame(view.pixels, found_on=scene.case.pixels)
    return KeptMap(scene.pair, role, heatmap, frame, view.stamp, scene.scale, factor, trust).pack()
