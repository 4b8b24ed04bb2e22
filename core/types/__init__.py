"""Frozen records that cross rooms: what one room computes and another one draws, stores or compares.

Arrays are numpy. Nothing here imports a model library, so that a page can be drawn before one is loaded.
"""

from core.types.attention import AttentionMaps, ChannelMap, MapCorrelation
from core.types.base import ROLES, SERVED_ROLES, Interval, OperatingPoint, Role
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
from core.types.familiarity import FamiliarityMethod, FamiliarityState, FamiliarityVerdict
from core.types.held_out import HeldOut
from core.types.laboratory import LatencyReport, NetworkRecord, Sample
from core.types.per_class import ClassFigures, ClassReport, ConfusionMatrix, Scale
from core.types.positives import PositiveSetCalls
from core.types.published import ArithmeticCheck, CheckState, PublishedClass, PublishedReport
from core.types.quality import QualityMeasure, QualityState, QualityVerdict
from core.types.reading import Batch, Case, Heatmap, Prediction, Refusal
from core.types.sizes import ALIKE, NetworkSize, SizeAudit, StudentCost
from core.types.thresholds import (
    FIGURES,
    FLAG_EVERYONE,
    FLAG_NOBODY,
    CurvePoints,
    Figure,
    ThresholdChoice,
    ThresholdTable,
)
from core.types.topology import (
    NO_PIXEL,
    Diagram,
    Disturbance,
    Erasure,
    HomologyDimension,
    PixelBox,
    TopologyBackend,
)
from core.types.window_sweep import StableRange, WindowAxis, WindowCurve, WindowSensitivity
from core.types.windows import Window

__all__ = [
    "ALIKE",
    "FEW_CASES",
    "FIGURES",
    "FLAG_EVERYONE",
    "FLAG_NOBODY",
    "NO_PIXEL",
    "ROLES",
    "SERVED_ROLES",
    "Against",
    "ArithmeticCheck",
    "AttentionMaps",
    "AucComparison",
    "Batch",
    "Binning",
    "BrierParts",
    "CalibrationComparison",
    "CalibrationMap",
    "Case",
    "Change",
    "ChangedCase",
    "ChangedCases",
    "ChannelMap",
    "CheckState",
    "ClassFigures",
    "ClassReport",
    "Combination",
    "CombinationTable",
    "Comparison",
    "CompressionRow",
    "ConfusionMatrix",
    "CostCurve",
    "CurvePoints",
    "DecisionCurve",
    "Diagram",
    "Disturbance",
    "EceByBins",
    "Erasure",
    "FamiliarityMethod",
    "FamiliarityState",
    "FamiliarityVerdict",
    "Figure",
    "FoundTable",
    "Heatmap",
    "HeldOut",
    "HomologyDimension",
    "Interval",
    "LatencyReport",
    "MapCorrelation",
    "MapMethod",
    "MarginState",
    "MatchedSensitivity",
    "MetricDifference",
    "NetworkRecord",
    "NetworkSize",
    "NonInferiority",
    "OperatingPoint",
    "OverallCalibration",
    "PixelBox",
    "PositiveSetCalls",
    "Prediction",
    "PublishedClass",
    "PublishedReport",
    "QualityMeasure",
    "QualityState",
    "QualityVerdict",
    "Recalibration",
    "Refusal",
    "ReliabilityBin",
    "ReliabilityCurve",
    "ReportedPair",
    "Role",
    "Sample",
    "Scale",
    "SizeAudit",
    "StableRange",
    "Strategy",
    "StudentCost",
    "Subgroup",
    "TargetKind",
    "ThresholdChoice",
    "ThresholdTable",
    "TopologyBackend",
    "Verdict",
    "Window",
    "WindowAxis",
    "WindowCurve",
    "WindowSensitivity",
]
