"""Slices of chest computed tomography: normal, benign or malignant, as IQ-OTH/NCCD names its cases.

The windows for lung, mediastinum and bone are those of everyday reading. The first is the one the networks
were trained on: IQ-OTH/NCCD is published as 8-bit pictures that do not name their window. In the 933 slices
at hand the surrounding air (-1000 HU) has a median grey of 42, fat (about -100 HU) 196 and muscle (about
50 HU) 220, which fits centre -500 and width 1500 to within 10 HU. It is an estimate.
"""

from __future__ import annotations

from core.modalities.base import MODALITIES, Finding, Modality, PositiveSet
from core.types import Window

TRAINED_WINDOW = Window("trained", "Window of training (lung, wide)", -500, 1500)

CT = MODALITIES.register("ct")(
    Modality(
        name="ct",
        title="Lung CT",
        findings=(
            Finding("normal", "Normal", "A slice of a chest without a tumour.", positive=False),
            Finding("benign", "Benign", "A slice of a chest with a benign nodule or mass.", positive=False),
            Finding("malignant", "Malignant", "A slice of a chest with lung cancer.", positive=True),
        ),
        positive_name="malignancy",
        image_name="chest CT slice",
        unit_name="slice",
        other_name="slice without malignancy",
        distractions="the table, a cable, the edge of the field",
        unknowns="The other slices, earlier scans, smoking, symptoms, growth over time, biopsy.",
        wider_positives=(
            PositiveSet("any", "Any tumour (benign or malignant)", "a tumour", ("benign", "malignant")),
        ),
        windows=(
            TRAINED_WINDOW,
            Window("lung", "Lung window", -600, 1500),
            Window("mediastinum", "Mediastinal window", 40, 400),
            Window("bone", "Bone window", 400, 1800),
        ),
    )
)
