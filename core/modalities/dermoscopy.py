"""Dermoscopy: the seven diagnoses of HAM10000 (Tschandl et al. 2018), melanoma first."""

from __future__ import annotations

from core.modalities.base import MODALITIES, Finding, Modality, PositiveSet

DERMOSCOPY = MODALITIES.register("dermoscopy")(
    Modality(
        name="dermoscopy",
        title="Dermoscopy",
        findings=(
            Finding("mel", "Melanoma", "A malignant tumour of pigment cells.", positive=True),
            Finding("nv", "Naevus", "A benign mole.", positive=False),
            Finding(
                "bcc", "Basal cell carcinoma", "A common skin cancer that rarely spreads.", positive=False
            ),
            Finding(
                "akiec",
                "Actinic keratosis / Bowen's disease",
                "Sun damage that may become, or already is, a superficial squamous cell carcinoma.",
                positive=False,
            ),
            Finding(
                "bkl",
                "Benign keratosis",
                "Seborrhoeic keratosis, solar lentigo or lichen-planus-like keratosis.",
                positive=False,
            ),
            Finding("df", "Dermatofibroma", "A benign, firm nodule of the skin.", positive=False),
            Finding("vasc", "Vascular lesion", "Angioma, angiokeratoma or haemorrhage.", positive=False),
        ),
        positive_name="melanoma",
        image_name="dermoscopy photograph",
        unit_name="lesion",
        other_name="other lesion",
        distractions="hair, ruler marks",
        unknowns="Age, history, touch, change over time, and other lesions of the same person.",
        wider_positives=(
            PositiveSet(
                "cancer",
                "Skin cancer (melanoma, basal cell carcinoma, actinic keratosis / Bowen's disease)",
                "skin cancer",
                ("mel", "bcc", "akiec"),
            ),
        ),
    )
)
