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
from core.types.combinations import (
    Combination,
    CombinationTable,
    MatchedSensitivity,
    Strategy,
    TargetKind,
)
from core.types.comparison import (
    Against,
    AucComparison,
    CalibrationComparison,
    Change,
    ChangedCase,
    ChangedCases,
    Comparison,
    CompressionRow,
    FoundTable,
    MarginState,
    MetricDifference,
    NonInferiority,
    ReportedPair,
    Subgroup,
    Verdict,
)
from core.types.decisions import CostCurve, DecisionCurve
from core.types.held_out import HeldOut
from core.types.laboratory import LatencyReport, NetworkRecord, Sample
from core.types.positives import PositiveSetCalls
from core.types.reading import Case, Heatmap, Prediction
from core.types.thresholds import (
    FIGURES,
    FLAG_EVERYONE,
    FLAG_NOBODY,
    CurvePoints,
    Figure,
    ThresholdChoice,
    ThresholdTable,
)

__all__ = [
    "FEW_CASES",
    "FIGURES",
    "FLAG_EVERYONE",
    "FLAG_NOBODY",
    "SERVED_ROLES",
    "Against",
    "AucComparison",
    "Binning",
    "BrierParts",
    "CalibrationComparison",
    "CalibrationMap",
    "Case",
    "Change",
    "ChangedCase",
    "ChangedCases",
    "Combination",
    "CombinationTable",
    "Comparison",
    "CompressionRow",
    "CostCurve",
    "CurvePoints",
    "DecisionCurve",
    "EceByBins",
    "Figure",
    "FoundTable",
    "Heatmap",
    "HeldOut",
    "Interval",
    "LatencyReport",
    "MapMethod",
    "MarginState",
    "MatchedSensitivity",
    "MetricDifference",
    "NetworkRecord",
    "NonInferiority",
    "OperatingPoint",
    "OverallCalibration",
    "PositiveSetCalls",
    "Prediction",
    "Recalibration",
    "ReliabilityBin",
    "ReliabilityCurve",
    "ReportedPair",
    "Role",
    "Sample",
    "Strategy",
    "Subgroup",
    "TargetKind",
    "ThresholdChoice",
    "ThresholdTable",
    "Verdict",
]
