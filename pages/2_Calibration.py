"""Calibration: does a stated probability come true as often as it says, and can it be corrected?"""

from __future__ import annotations

from core.ui.calibration import choose_division, judge_roles, show_diagrams, show_summary
from core.ui.calibration_cases import show_cases
from core.ui.calibration_guide import show_guide
from core.ui.frame import page_frame
from core.ui.held_out import choose_held_out
from core.ui.recalibration import show_bands, show_figures, show_recalibration

with page_frame(
    "Calibration", "When a network says 20 of 100, is it 20 of 100? And can it be corrected if not?"
) as pair:
    chosen = choose_held_out(pair)
    show_summary(chosen)
    division = choose_division(chosen)
    curves = show_diagrams(chosen, division)
    overall = judge_roles(chosen)
    show_cases(pair, chosen, curves, division)
    show_figures(chosen, overall, division)
    show_bands(chosen, division)
    show_recalibration(pair, chosen, division)
    show_guide(chosen.positive.noun)
