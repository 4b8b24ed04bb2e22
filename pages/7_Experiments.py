"""Experiments: what the sources report of their runs, what the same runs give here, and any two together."""

from __future__ import annotations

from core.ui.experiments.suite import choose_suite, show_suite
from core.ui.frame import page_frame

with page_frame("Experiments", "Which network would you deploy, and does the table's champion deserve it?"):
    show_suite(choose_suite())
