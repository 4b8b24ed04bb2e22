"""Latency: how long one answer takes on this machine, what it costs, and whether the cost is worth it."""

from __future__ import annotations

from core.ui.frame import page_frame
from core.ui.int8 import show_int8
from core.ui.latency import show_comparisons, show_measurement, show_source
from core.ui.pareto import show_pareto

with page_frame(
    "Latency", "How long does one answer take on this machine, where does the time go, and what does it cost?"
) as pair:
    latency = show_measurement(pair)
    if latency is not None:
        show_source(latency)
        show_comparisons(pair, latency)
    show_int8(pair)
    show_pareto()
