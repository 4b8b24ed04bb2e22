"""Distillation: may the student replace its teacher, and did the teacher's lessons help?"""

from __future__ import annotations

from core.ui.distillation import ask, show_differences, show_found, show_verdict
from core.ui.distillation_details import show_calibration, show_compression, show_guide, show_subgroups
from core.ui.frame import page_frame
from core.ui.held_out import choose_held_out

with page_frame(
    "Distillation",
    "May the small student replace its large teacher, and did learning from the teacher help it?",
) as pair:
    chosen = choose_held_out(pair)
    question = ask(pair, chosen)
    comparison = show_verdict(pair, chosen, question)
    show_differences(comparison)
    show_found(pair, chosen, comparison, question)
    show_calibration(pair, chosen)
    show_subgroups(pair, chosen, question)
    show_compression(pair, chosen)
    show_guide(chosen)
