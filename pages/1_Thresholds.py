"""Thresholds: what every threshold costs, for teacher, student and control, in the reader's own clinic."""

from __future__ import annotations

from core.ui.clinic import adjust_to_clinic, choose_clinic
from core.ui.combinations import show_combinations, show_definitions
from core.ui.frame import page_frame
from core.ui.held_out import choose_held_out
from core.ui.thresholds import explore, show_guide, show_missed

with page_frame(
    "Thresholds",
    "From which probability should a case be flagged, and what does each choice cost your patients?",
) as pair:
    as_shipped = choose_held_out(pair)
    clinic = choose_clinic(as_shipped)
    chosen = adjust_to_clinic(as_shipped, clinic)
    board, choice = explore(pair, chosen, clinic)
    show_missed(chosen, board, choice)
    show_definitions(chosen, board, choice)
    show_combinations(chosen, board, clinic.prevalence)
    show_guide(chosen)
