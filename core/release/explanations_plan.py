"""What is measured of which held-out case: cheap things on all of them, dear ones on a draw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from core.errors import ConfigError
from core.explain.base import EXPLAINERS
from core.release.explanations_log import Job, Kind
from core.release.unseen import draw_stratified
from core.types import SERVED_ROLES, Role, Sample

AGREEMENT_METHOD = "gradcam"
"""Whose maps of teacher and student are compared: it applies to every network, at next to no cost."""
CHEAP_PASSES = 4
"""A method of at most as many passes is cheap."""


@dataclass(frozen=True)
class Plan:
    """On how many cases of a draw what is measured; every number holds for one data set.

    Teacher and student are compared, and the cheap methods' maps held against published outlines, on every
    held-out case. Everything else is measured on the first data set only, as are the slow methods.

    Attributes:
        images: drawn cases whose maps are judged in full by the cheap methods.
        slow_images: of these, the first cases for the slow methods.
        learned_images: of these, the first cases whose maps are compared with those of shuffled weights.
        slow_trials: the same for the slow methods, and for their stability; both take further maps.
        seed: of every draw.
    """

    images: int = 40
    slow_images: int = 12
    learned_images: int = 12
    slow_trials: int = 6
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise ConfigError where a number is below 0 or there is nothing to draw."""
        below = [field.name for field in fields(self) if getattr(self, field.name) < 0]
        if below or not self.images:
            raise ConfigError(
                below[0] if below else "images", "too few to measure anything", "Name a higher number"
            )


@dataclass(frozen=True)
class CaseJobs:
    """A held-out case and all that is measured of it, so that nothing is computed of it twice."""

    sample: Sample
    jobs: tuple[Job, ...]


def is_slow(method: str) -> bool:
    """Whether a method takes so many passes that it is measured on fewer cases."""
    return EXPLAINERS.get(method).passes > CHEAP_PASSES


def list_jobs(
    plan: Plan, sets: Mapping[str, Sequence[Sample]], methods: Mapping[Role, Sequence[str]]
) -> list[CaseJobs]:
    """Every case with its jobs: the drawn ones of each set first, in the order of the draw.

    Args:
        plan: how many.
        sets: data set to held-out cases, from :func:`core.release.unseen.choose_unseen`.
        methods: role to the methods that apply to its network.
    """
    return [
        CaseJobs(sample, jobs)
        for number, (name, samples) in enumerate(sets.items())
        for place, sample in _in_order(samples, plan)
        if (jobs := tuple(_jobs_of(plan, name, sample, place, methods, first=number == 0)))
    ]


def _in_order(samples: Sequence[Sample], plan: Plan) -> Iterator[tuple[int, Sample]]:
    drawn = draw_stratified(samples, plan.images, seed=plan.seed)
    ids = {sample.image_id for sample in drawn}
    yield from enumerate(drawn)
    yield from enumerate((sample for sample in samples if sample.image_id not in ids), start=plan.images)


def _jobs_of(
    plan: Plan,
    dataset: str,
    sample: Sample,
    place: int,
    methods: Mapping[Role, Sequence[str]],
    *,
    first: bool,
) -> Iterator[Job]:
    """``place`` is the case's in the draw; above it for the cases that were not drawn."""

    def job(kind: Kind, role: Role, method: str) -> Job:
        return Job(kind, dataset, sample.image_id, role, method)

    if all(AGREEMENT_METHOD in methods.get(role, ()) for role in SERVED_ROLES):
        yield job("agree", "teacher", AGREEMENT_METHOD)
    for role, names in methods.items():
        for method in names:
            slow = is_slow(method)
            drawn = first and place < min(plan.images, plan.slow_images if slow else plan.images)
            if sample.mask_location is not None and (drawn or not slow):
                yield job("localise", role, method)
            if not drawn:
                continue
            yield job("faithful", role, method)
            if not slow or place < plan.slow_trials:
                yield job("stable", role, method)
            if place < (plan.slow_trials if slow else plan.learned_images):
                yield job("learned", role, method)
