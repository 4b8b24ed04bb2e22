"""The methods as the libraries' manuals call them, and how far their maps differ from ours."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.explain import gradient_shap, integrated_gradients, lime, occlusion
from core.explain.absence import blur_away
from core.explain.base import EXPLAINERS
from core.explain.subject import Subject
from core.networks.base import Network


class Alone(nn.Module):
    """The network as the libraries take one: the topology is that of the photograph."""

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self.network, self.topology = subject.network, subject.topology

    def forward(self, x: Tensor) -> Tensor:
        topology = None if self.topology is None else self.topology.expand(len(x), -1)
        return self.network(x, topology)


def call_cam(name: str, subject: Subject, index: int) -> NDArray[np.float32]:
    """A method of the grad-cam package: a new object per call, closed afterwards."""
    import pytorch_grad_cam
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    layer = subject.network.get_submodule(subject.network.cam_layer)
    with (
        getattr(pytorch_grad_cam, name)(Alone(subject), [layer]) as cam,
        contextlib.redirect_stderr(io.StringIO()),
    ):
        x = subject.x.clone().requires_grad_()
        return cam(input_tensor=x, targets=[ClassifierOutputTarget(index)])[0]


def call_integrated_gradients(subject: Subject, index: int) -> NDArray[np.float32]:
    from captum.attr import IntegratedGradients

    found = IntegratedGradients(Alone(subject)).attribute(
        subject.x, baselines=blur_away(subject.x), target=index, n_steps=integrated_gradients.STEPS
    )
    return found[0].detach().numpy()


def call_gradient_shap(subject: Subject, index: int) -> NDArray[np.float32]:
    from captum.attr import GradientShap

    strengths = np.unique(gradient_shap.draw_samples()[0])
    absent = torch.cat([blur_away(subject.x, share=float(strength)) for strength in strengths])
    found = GradientShap(Alone(subject)).attribute(
        subject.x, baselines=absent, target=index, n_samples=gradient_shap.SAMPLES
    )
    return found[0].detach().numpy()


def call_occlusion(subject: Subject, index: int) -> NDArray[np.float32]:
    from captum.attr import Occlusion

    (height, down), (width, across) = (occlusion.plan_windows(side) for side in subject.x.shape[2:])
    with torch.no_grad():
        found = Occlusion(Alone(subject)).attribute(
            subject.x,
            sliding_window_shapes=(3, height, width),
            strides=(3, down, across),
            baselines=blur_away(subject.x),
            target=index,
        )
    return occlusion.average_blocks(found[0, 0]).relu().numpy()


def call_lime(subject: Subject, index: int) -> NDArray[np.float32]:
    from captum.attr import Lime

    patches = torch.from_numpy(lime.cut_patches(subject.x))[None, None]
    return (
        Lime(Alone(subject))
        .attribute(
            subject.x,
            baselines=blur_away(subject.x),
            target=index,
            feature_mask=patches,
            n_samples=lime.SAMPLES,
        )[0]
        .numpy()
    )


def count_channels(network: Network) -> int:
    return network.feature_channels


def count_like(method: str, network: Network) -> int:
    return EXPLAINERS.get(method).passes


LIBRARY: dict[str, tuple[Callable[[Subject, int], NDArray], Callable[[Network], int]]] = {
    "gradcam": (partial(call_cam, "GradCAM"), partial(count_like, "gradcam")),
    "gradcam_plus_plus": (partial(call_cam, "GradCAMPlusPlus"), partial(count_like, "gradcam_plus_plus")),
    "layercam": (partial(call_cam, "LayerCAM"), partial(count_like, "layercam")),
    "eigencam": (partial(call_cam, "EigenCAM"), partial(count_like, "eigencam")),
    "scorecam": (partial(call_cam, "ScoreCAM"), count_channels),
    "integrated_gradients": (call_integrated_gradients, partial(count_like, "integrated_gradients")),
    "gradient_shap": (call_gradient_shap, partial(count_like, "gradient_shap")),
    "occlusion": (call_occlusion, partial(count_like, "occlusion")),
    "lime": (call_lime, partial(count_like, "lime")),
}
"""Method to the library's call, and the passes that it takes."""
ALIKE = {"gradcam", "layercam", "gradcam_plus_plus", "eigencam", "occlusion"}
"""Methods whose map the library defines as we do, but for Grad-CAM++'s small number below the line, and the
sign of EigenCAM, which the package leaves to chance: a difference of up to 1 is a map turned over."""


def describe_difference(method: str, ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> str:
    """Of maps stretched to 0 to 1 on the library's grid, where both mean the same map."""
    from pytorch_grad_cam.utils.image import scale_cam_image

    if method not in ALIKE:
        return "another map"
    if method == "occlusion":
        return f"{np.abs(ours - theirs / (theirs.max() or 1)).max():.1e}"
    scaled = scale_cam_image(scale_cam_image(ours[None], theirs.shape[::-1]))[0]  # the package does so twice
    return f"{np.abs(scaled - theirs).max():.1e}"
