"""Frozen records that cross rooms: what one room computes and another one draws, stores or compares.

Arrays are numpy. Nothing here imports a model library, so that a page can be drawn before one is loaded.
"""

from core.types.base import SERVED_ROLES, Interval, OperatingPoint, Role
from core.types.calibration import (
    FEW_CASES,
    Binning,
    BrierParts,
    CalibrationMap,
    EceByBins,
    MapMethod,
    OverallCalibration,
    Recalibration,
    ReliabilityBin,
    ReliabilityCurve,
)
from core.types.held_out import HeldOut
from core.types.laboratory import LatencyReport, NetworkRecord, Sample
from core.types.reading import Case, Heatmap, Prediction

__all__ = [
    "FEW_CASES",
    "SERVED_ROLES",
    "Binning",
    "BrierParts",
    "CalibrationMap",
    "Case",
    "EceByBins",
    "Heatmap",
    "HeldOut",
    "Interval",
    "LatencyReport",
    "MapMethod",
    "NetworkRecord",
    "OperatingPoint",
    "OverallCalibration",
    "Prediction",
    "Recalibration",
    "ReliabilityBin",
    "ReliabilityCurve",
    "Role",
    "Sample",
]
