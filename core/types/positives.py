"""What "found" means where several classes count as positive together."""

from __future__ import annotations

from dataclasses import dataclass

from core.types.base import Interval


@dataclass(frozen=True)
class PositiveSetCalls:
    """One network on cases of which a set of classes is positive, by three readings of "found".

    Attributes:
        positives: class codes of the set.
        pooled_recall: share of the set's cases whose own class is the most probable one; a basal cell
            carcinoma called melanoma is a miss.
        superclass_call: share of the set's cases whose most probable class is any of the set; a basal cell
            carcinoma called melanoma is found.
        superclass_specificity: share of the other cases whose most probable class is none of the set.
        threshold: applied to the summed probability of the set; None where there is none.
        summed_sensitivity, summed_specificity: share of the set's cases with a summed probability of at least
            the threshold, and of the other cases with a smaller one; undefined without a threshold.
    """

    positives: tuple[str, ...]
    pooled_recall: Interval
    superclass_call: Interval
    superclass_specificity: Interval
    threshold: float | None
    summed_sensitivity: Interval
    summed_specificity: Interval
