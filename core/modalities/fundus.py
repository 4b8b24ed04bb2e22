"""Fundus photographs: the five grades of the International Clinical Diabetic Retinopathy scale.

Grades and their words follow Wilkinson et al. 2003, "Proposed international clinical diabetic retinopathy and
diabetic macular edema disease severity scales". "Referable" means moderate or worse (grade 2 and above).
"""

from __future__ import annotations

from core.modalities.base import MODALITIES, Finding, Modality, PositiveSet

FUNDUS = MODALITIES.register("fundus")(
    Modality(
        name="fundus",
        title="Fundus photography",
        findings=(
            Finding("no_dr", "No apparent retinopathy", "Grade 0: no abnormalities.", positive=False),
            Finding("mild", "Mild retinopathy", "Grade 1: microaneurysms only.", positive=False),
            Finding(
                "moderate",
                "Moderate retinopathy",
                "Grade 2: more than microaneurysms alone, but less than severe; referable.",
                positive=True,
            ),
            Finding(
                "severe",
                "Severe retinopathy",
                "Grade 3: many haemorrhages in all four quadrants, venous beading in two, or intraretinal "
                "microvascular abnormalities in one, without proliferation; referable.",
                positive=True,
            ),
            Finding(
                "proliferative",
                "Proliferative retinopathy",
                "Grade 4: new vessels, or haemorrhage in front of the retina; referable.",
                positive=True,
            ),
        ),
        positive_name="referable retinopathy",
        image_name="fundus photograph",
        unit_name="eye",
        other_name="eye without referable retinopathy",
        distractions="a reflex, dust, the notch",
        unknowns="Visual acuity, diabetes and its control, the other eye, macular oedema, change over time.",
        scale="ordinal",
        wider_positives=(
            PositiveSet(
                "any",
                "Any retinopathy (grade 1 and above)",
                "retinopathy",
                ("mild", "moderate", "severe", "proliferative"),
            ),
            PositiveSet(
                "sight_threatening",
                "Severe or proliferative retinopathy (grade 3 and above)",
                "severe or proliferative retinopathy",
                ("severe", "proliferative"),
            ),
        ),
    )
)
