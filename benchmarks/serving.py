"""What a reading costs, as ratios measured in one run: ``python -m benchmarks.serving [PAIR]``.

Prints one JSON object. Everything runs on one thread, taking turns; milliseconds are of this machine, only
the ratios can be compared.
"""

from __future__ import annotations

import io
import json
import sys

import torch
from PIL import Image

from core.bundle import load_pair
from core.intake.raster import read_case
from core.intake.samples import open_first_sample
from core.latency import measure_interleaved, read_machine_load
from core.predict import explain_case, open_network, open_predictor, predict_case
from core.types import SERVED_ROLES


def main(name: str = "melanoma") -> None:
    torch.set_num_threads(1)
    pair = load_pair(name)
    case = open_first_sample(pair.card.modality)
    buffer = io.BytesIO()
    Image.fromarray(case.pixels).save(buffer, format="PNG")
    upload = buffer.getvalue()
    predictors = {role: open_predictor(pair, role, threads=1) for role in SERVED_ROLES}
    networks = {role: open_network(pair, role) for role in SERVED_ROLES}
    positive = pair.card.positives[0]
    inputs = {role: pair.network(role).preprocessing.apply(case.pixels) for role in SERVED_ROLES}

    def package_gradcam(role):  # type: ignore[no-untyped-def]
        from pytorch_grad_cam import GradCAM
        from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

        network = networks[role]
        target = [ClassifierOutputTarget(pair.card.classes.index(positive))]
        with GradCAM(model=network, target_layers=[network.get_submodule(network.cam_layer)]) as cam:
            return cam(input_tensor=torch.from_numpy(inputs[role]).requires_grad_(), targets=target)

    def torch_eager(role):  # type: ignore[no-untyped-def]
        with torch.inference_mode():
            return networks[role](torch.from_numpy(inputs[role]))

    def whole_reading():  # type: ignore[no-untyped-def]
        read = read_case(upload, title="upload.png", modality=pair.card.modality)
        return [predict_case(predictor, read) for predictor in predictors.values()]

    runs = {
        "decode": lambda: read_case(upload, title="upload.png", modality=pair.card.modality),
        "whole reading": whole_reading,
    }
    for role in SERVED_ROLES:
        runs[f"{role} preprocess and network"] = lambda role=role: predict_case(predictors[role], case)
        runs[f"{role} torch eager"] = lambda role=role: torch_eager(role)
        runs[f"{role} Grad-CAM"] = lambda role=role: explain_case(
            pair, role, networks[role], case, class_code=positive
        )
        runs[f"{role} Grad-CAM, package"] = lambda role=role: package_gradcam(role)
    reports = measure_interleaved(runs, threads=1, n=20, warmup=3)
    median = {label: report.median_ms for label, report in reports.items()}
    teacher, student = "teacher preprocess and network", "student preprocess and network"
    print(
        json.dumps(
            {
                "pair": name,
                "load_per_core": read_machine_load(),
                "noisy": [label for label, report in reports.items() if report.noisy],
                "median_ms": {label: round(value, 2) for label, value in median.items()},
                "p95_ms": {label: round(report.p95_ms, 2) for label, report in reports.items()},
                "ratios": {
                    "teacher over student": round(median[teacher] / median[student], 2),
                    "whole reading over its parts": round(
                        median["whole reading"] / (median["decode"] + median[teacher] + median[student]), 2
                    ),
                    **{
                        f"{role}: torch eager over ONNX Runtime": round(
                            median[f"{role} torch eager"] / median[f"{role} preprocess and network"], 2
                        )
                        for role in SERVED_ROLES
                    },
                    **{
                        f"{role}: Grad-CAM package over ours": round(
                            median[f"{role} Grad-CAM, package"] / median[f"{role} Grad-CAM"], 2
                        )
                        for role in SERVED_ROLES
                    },
                },
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
