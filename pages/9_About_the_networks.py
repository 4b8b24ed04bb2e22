"""About the networks: what the pair on screen is for, what it was made from, and how it did."""

from __future__ import annotations

from core.ui.about import show_data, show_figures, show_purpose, show_sizes
from core.ui.about_classes import show_classes
from core.ui.frame import page_frame

with page_frame("About the networks") as pair:
    show_purpose(pair)
    show_sizes(pair)
    show_figures(pair)
    show_classes(pair)
    show_data(pair)
