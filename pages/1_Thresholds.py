"""Thresholds: what every threshold costs, for teacher, student and control, in the reader's own clinic."""

from __future__ import annotations

from core.ui.combinations import show_combinations, show_definitions
from core.ui.frame import page_frame
from core.ui.held_out import choose_held_out
from core.ui.thresholds import choose_clinic, explore, show_guide, show_missed

with page_frame("Thresholds") as pair:
    chosen = choose_held_out(pair)
    clinic = choose_clinic(chosen)
    board, choice = explore(pair, chosen, clinic)
    show_missed(chosen, board, choice)
    show_definitions(chosen, board, choice)
    show_combinations(chosen, board, clinic.prevalence)
    show_guide(chosen)
