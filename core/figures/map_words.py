"""What a heat map shows, in words: each method measures something else, and says so."""

from __future__ import annotations

from core.types import Heatmap

METHOD_TITLES = {
    "gradcam": "Grad-CAM",
    "rollout": "Attention rollout",
    "gradient_rollout": "Attention for the answer",
    "gradcam_plus_plus": "Grad-CAM++",
    "layercam": "LayerCAM",
    "eigencam": "EigenCAM",
    "scorecam": "ScoreCAM",
    "cbam_gate": "CBAM gate",
    "integrated_gradients": "Integrated gradients",
    "gradient_shap": "GradientSHAP",
    "occlusion": "Occlusion",
    "lime": "LIME",
}
"""Names in the explainer registry to what a reader calls them."""

NEARLY_EVEN = 0.1
"""Below this excess over an even share, the place attended to most hardly differs from the others."""


def title_method(method: str) -> str:
    """The method as a reader calls it."""
    return METHOD_TITLES.get(method, method)


def title_bar(method: str, finding_name: str) -> str:
    """What the colours of a map stand for."""
    if method == "rollout":
        return "Attention beyond an even share"
    if method == "gradient_rollout":
        return f"Attention that spoke for {finding_name}"
    if method == "eigencam":
        return "What stands out in the last layer"
    if method == "cbam_gate":
        return "Gate: how much is let through"
    return f"Evidence for {finding_name}"


def say_nothing_found(method: str, finding_name: str) -> str:
    """The label in a picture whose map is empty; two lines."""
    if method == "rollout":
        return "Attention is even:<br>no place stands out in this picture"
    if method == "gradient_rollout":
        return f"No attention that spoke<br>for {finding_name} in this picture"
    return f"No positive evidence for<br>{finding_name} in this picture"


def describe_nothing(method: str) -> str:
    """The same after a network's name, without a full stop."""
    if method == "rollout":
        return "attention is even, no place stands out"
    return "no attention that spoke for it" if method == "gradient_rollout" else "no positive evidence"


def describe_excess(heatmap: Heatmap) -> str:
    """How far a rollout stands out of an even share, to be added to a sentence; empty for other methods."""
    if heatmap.method != "rollout":
        return ""
    share = f", with {1 + heatmap.peak:.2f} times an even share of the attention"
    return f"{share}: nearly even" if heatmap.peak < NEARLY_EVEN else share


def describe_subject(methods: tuple[str, ...], finding_name: str) -> str:
    """What maps of these methods show, after "Heat maps of": the evidence for a class, attention, or both."""
    parts = []
    if "rollout" in methods:
        parts.append("attention, for no class in particular")
    if "gradient_rollout" in methods:
        parts.append(f"the attention that spoke for {finding_name}")
    if set(methods) - {"rollout", "gradient_rollout"} or not parts:
        parts.append(f"the evidence for {finding_name}")
    return " and of ".join(parts)


def name_pair_of_maps(first: str, second: str, finding_name: str) -> str:
    """Two methods' maps of one picture, inside a sentence."""
    return f"the {_inside(first)} and the {_inside(second)} for {finding_name}"


def _inside(method: str) -> str:
    title = title_method(method)
    return title if title.startswith("Grad") else title[0].lower() + title[1:]
