"""What the page about explanations says of methods, scales and costs."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from core.figures.map_words import title_bar, title_method
from core.figures.wording import name_role
from core.types import RELATIVE, Heatmap, Role

ORDER = (
    "gradcam",
    "gradcam_plus_plus",
    "layercam",
    "eigencam",
    "cbam_gate",
    "rollout",
    "gradient_rollout",
    "scorecam",
    "integrated_gradients",
    "gradient_shap",
    "occlusion",
    "lime",
)
"""Methods as they are offered: what looks at the last layer, at attention, at the picture."""

METHOD_WORDS: Mapping[str, str] = {
    "gradcam": "which patterns of the network's last layer raised the score of the answer, and where they "
    "are. Coarse: a region, not a point.",
    "gradcam_plus_plus": "like Grad-CAM, but only what raises the score counts, and patterns that fill much "
    "of the picture count less.",
    "layercam": "like Grad-CAM, but every place of the last layer is weighed by itself, so that it keeps "
    "more detail.",
    "eigencam": "what stands out most in the network's last layer, **whatever the answer is**.",
    "cbam_gate": "where the network's own gate lets more through than on average, **whatever the answer "
    "is**.",
    "rollout": "where the network looked, followed back through all its layers of attention, **whatever the "
    "answer is**.",
    "gradient_rollout": "the same, but every look counts by how much it raised the score of the answer.",
    "scorecam": "the picture is shown again and again, blurred except where one of the last layer's patterns "
    "is; patterns that raise the answer's score count.",
    "integrated_gradients": "the picture is brought in by degrees, and every pixel is credited with what it "
    "added to the score on the way.",
    "gradient_shap": "the same from several starting points at random, averaged.",
    "occlusion": "one patch after another is blurred away; the more the score falls, the brighter.",
    "lime": "regions are blurred away in random combinations; a simple formula then says how much each "
    "region counts.",
}
"""What a method does, after its name and a colon."""

_LACKING = {
    "self_attention": "Does not apply: the {network} has no attention of this kind to follow",
    "cbam": "Does not apply: the {network} has no gate to show",
}


def order_methods(names: Collection[str]) -> tuple[str, ...]:
    """The methods in the order in which they are offered; unknown ones last, by name."""
    return tuple(sorted(names, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name)))


def explain_methods(names: Sequence[str]) -> str:
    """A list of what each method does, in Markdown; methods without words are left out."""
    return "\n".join(
        f"- **{title_method(name)}:** {METHOD_WORDS[name]}" for name in names if name in METHOD_WORDS
    )


def say_lacking(needs: str, role: Role) -> str:
    """Why a method shows nothing of a network."""
    return _LACKING.get(needs, "Does not apply to the {network}").format(network=name_role(role))


def title_bars(heatmaps: Sequence[Heatmap], finding_name: str, *, shared: bool) -> tuple[str, str]:
    """What the colours of a grid stand for, and on which scale they are.

    Args:
        heatmaps: those drawn, of one class.
        finding_name: that class, as a clinician calls it.
        shared: whether maps of one method share a scale where their unit allows it.
    """
    titles = list(dict.fromkeys(title_bar(heatmap.method, finding_name) for heatmap in heatmaps))
    what = ", or ".join([*titles[:1], *(f"{title[:1].lower()}{title[1:]}" for title in titles[1:])])
    return what, _say_scale(heatmaps, shared=shared)


def _say_scale(heatmaps: Sequence[Heatmap], *, shared: bool) -> str:
    own = "Each map has its own scale: brightness cannot be compared"
    if not shared:
        return own
    methods = list(dict.fromkeys(heatmap.method for heatmap in heatmaps))
    together = [method for method in methods if _share(heatmaps, method)]
    if not together:
        return own
    if len(methods) == 1:
        return "One scale: equal colours mean equal evidence"
    if together == methods:
        return "Each method has one scale for all networks; methods cannot be compared in brightness"
    alone = [method for method in methods if method not in together]
    return f"One scale for all networks: {_list(together)}. Each map by itself: {_list(alone)}"


def _share(heatmaps: Sequence[Heatmap], method: str) -> bool:
    """Whether at least two of a method's maps are on one scale."""
    units = [heatmap.unit for heatmap in heatmaps if heatmap.method == method and heatmap.state == "ok"]
    return any(units.count(unit) > 1 for unit in units if unit != RELATIVE)


def _list(methods: Sequence[str]) -> str:
    return ", ".join(title_method(method) for method in methods)


def say_duration(seconds: float) -> str:
    """``"less than a second"``, ``"about 14 s"``, ``"about 3 minutes"``; rounded up, two figures at most."""
    if seconds < 1:
        return "less than a second"
    if seconds < 100:
        return f"about {math.ceil(seconds)} s"
    return f"about {math.ceil(seconds / 60)} minutes"
