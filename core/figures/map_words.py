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

METHOD_HELP = {
    "gradcam": "Shows which patterns in the network’s last layer raised the score of the chosen answer, "
    "and where they lie; patterns that lowered it are taken off first. It cannot show anything smaller "
    "than one cell of that layer, a coarse grid over the picture, and does not tell what about a place "
    "mattered.",
    "gradcam_plus_plus": "Like Grad-CAM, but only places that raise the score count, and patterns that "
    "fill much of the picture count less, so that several small findings are less easily missed. What "
    "spoke against the answer is left out. It cannot tell how much a place counted: brightness is compared "
    "within one map only.",
    "layercam": "Like Grad-CAM, but each place of each pattern is weighed by itself, and only what raises "
    "the score is kept. It cannot tell what spoke against the answer: a map may be bright although the "
    "network said no.",
    "eigencam": "Shows the one pattern that varies most over the network’s last layer. It is the same "
    "whichever answer is chosen, so it cannot tell what spoke for or against one; what stands out to a "
    "network need not have mattered.",
    "scorecam": "Shows the network the picture with all but one pattern’s places blurred, pattern by "
    "pattern, for the patterns that vary most. Patterns whose places alone raise the score of the answer "
    "are drawn together. It cannot tell what the patterns left out would have shown, nor compare "
    "brightness between maps.",
    "cbam_gate": "Shows where a gate built into the network lets more through than on average over the "
    "picture. It is the same whichever answer is chosen, so it cannot tell what spoke for or against one; "
    "a place let through need not have mattered.",
    "integrated_gradients": "Brings the picture in by degrees, from blurred to sharp, and credits each "
    "small block with what it added to the score on the way. It cannot tell about anything that is the "
    "same blurred and sharp, such as an even colour, and may look speckled.",
    "gradient_shap": "Like integrated gradients, from several strengths of blur at once, so that the map "
    "depends on no single one. It cannot tell about even colours either, and it is an estimate from a "
    "limited number of mixtures.",
    "occlusion": "Blurs one window of the picture after another and shows how much the score of the answer "
    "falls. It cannot tell about findings that several places show alike: with one of them blurred, the "
    "others still speak.",
    "lime": "Blurs parts of the picture in many combinations and fits a simple sum: how much each part "
    "adds to the score. It cannot tell how parts act together, and shows nothing finer than a part.",
    "rollout": "Follows the network’s attention back through all its layers. It is the same whichever "
    "answer is chosen, so it cannot tell what spoke for or against one: looking at a place is not yet "
    "finding something.",
    "gradient_rollout": "Follows the network’s attention back through all its layers and counts each look "
    "by how much it raised the score of the answer. It cannot tell what reached the answer other than by "
    "attention.",
}
"""What each method does, and what it cannot tell, in a paragraph for a clinician."""

NO_CLASS = {
    "rollout": "attention",
    "eigencam": "what stands out in the last layer",
    "cbam_gate": "what the gate lets through",
}
"""Methods whose maps are the same for every answer, to what they show, inside a sentence."""

NEARLY_EVEN = 0.1
"""Below this excess over an even share, the place attended to most hardly differs from the others."""
NEARLY_EVEN_GATE = 0.01
"""The same for a gate, in shares let through beyond the mean."""


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
        return "Let through beyond the average"
    return f"Evidence for {finding_name}"


def say_nothing_found(method: str, finding_name: str) -> str:
    """The label in a picture whose map is empty; two lines."""
    if method == "rollout":
        return "Attention is even:<br>no place stands out in this picture"
    if method == "gradient_rollout":
        return f"No attention that spoke<br>for {finding_name} in this picture"
    if method == "eigencam":
        return "The last layer is even:<br>no place stands out in this picture"
    if method == "cbam_gate":
        return "The gate is even:<br>no place stands out in this picture"
    return f"No positive evidence for<br>{finding_name} in this picture"


def describe_nothing(method: str) -> str:
    """The same after a network's name, without a full stop."""
    if method in NO_CLASS:
        even = {"rollout": "attention", "eigencam": "the last layer", "cbam_gate": "the gate"}[method]
        return f"{even} is even, no place stands out"
    return "no attention that spoke for it" if method == "gradient_rollout" else "no positive evidence"


def describe_excess(heatmap: Heatmap) -> str:
    """How far a map that has no class stands out of an even one, to be added to a sentence; else empty."""
    if heatmap.method == "cbam_gate":
        more = f", where the gate lets {100 * heatmap.peak:.1f} of 100 more through than on average"
        return f"{more}: nearly even" if heatmap.peak < NEARLY_EVEN_GATE else more
    if heatmap.method != "rollout":
        return ""
    share = f", with {1 + heatmap.peak:.2f} times an even share of the attention"
    return f"{share}: nearly even" if heatmap.peak < NEARLY_EVEN else share


def describe_subject(methods: tuple[str, ...], finding_name: str) -> str:
    """What maps of these methods show, after "Heat maps of": evidence for a class, what has none, or both."""
    parts = [f"{what}, for no class in particular" for method, what in NO_CLASS.items() if method in methods]
    if "gradient_rollout" in methods:
        parts.append(f"the attention that spoke for {finding_name}")
    if set(methods) - {*NO_CLASS, "gradient_rollout"} or not parts:
        parts.append(f"the evidence for {finding_name}")
    return " and of ".join(parts)


def name_pair_of_maps(first: str, second: str, finding_name: str) -> str:
    """Two methods' maps of one picture, inside a sentence."""
    return f"the {_inside(first)} and the {_inside(second)} for {finding_name}"


def _inside(method: str) -> str:
    """A title inside a sentence: names of methods that are no words of English keep their capital."""
    title = title_method(method)
    first = title.split()[0]
    return title[0].lower() + title[1:] if first[1:].isalpha() and first[1:].islower() else title
