"""Measuring one held-out case: what several things need (map, features, random orders) is computed once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.bundle import Pair
from core.data.base import MASK_THRESHOLD, load_mask, load_pixels
from core.explain.agreement import compare_maps
from core.explain.attention import CONSTANT_RANGE
from core.explain.base import EXPLAINERS, list_explainers
from core.explain.faithfulness import RandomReference, measure_faithfulness
from core.explain.localisation import FINEST, frame_mask, measure_localisation
from core.explain.randomise import Part, shuffle_weights
from core.explain.stability import measure_stability, rank_alike
from core.explain.subject import Subject
from core.predict import build_subject, explain_case, open_network, open_predictor
from core.release.explanations_log import Job, Kind, Value, Values, digest_code
from core.release.explanations_plan import is_slow
from core.sessions import INPUT_NAME, TOPOLOGY_NAME, Feeds
from core.trust import FLAT, build_scorer, measure_case_reference
from core.types import SERVED_ROLES, Case, Heatmap, Role, Sample

if TYPE_CHECKING:
    from torch import Tensor

    from core.networks.base import Network

PARTS: tuple[Part, ...] = ("head", "all")
STATISTICS = 8
"""Pictures that a shuffled network's BatchNorm is estimated on."""

_MODULES: Mapping[Kind, tuple[str, ...]] = {
    "agree": ("core.explain.agreement",),
    "localise": ("core.explain.localisation",),
    "faithful": ("core.explain.faithfulness", "core.trust"),
    "stable": ("core.explain.stability",),
    "learned": ("core.explain.randomise",),
}


def digest_job(job: Job) -> str:
    """Of the code that a finding comes from; see :func:`core.release.explanations_log.digest_code`."""
    method = EXPLAINERS.get(job.method).compute.__module__
    return digest_code(__name__, method, *_MODULES[job.kind])


class Measurer:
    """The networks of a pair, opened once, and the same with shuffled weights as they are needed.

    Args:
        pair: whose served networks are measured.
        seed: of the shuffled weights.
        pictures: held-out cases that a shuffled network's BatchNorm is estimated on: the first
            :data:`STATISTICS`; some random pictures where there are none.

    Raises:
        BundleError: a file is not the one the card names.
    """

    def __init__(self, pair: Pair, *, seed: int = 0, pictures: Sequence[Sample] = ()) -> None:
        self.pair, self._seed, self._pictures = pair, seed, pictures[:STATISTICS]
        self.predictors = {role: open_predictor(pair, role, threads=1) for role in pair.served_roles}
        self.networks = {role: open_network(pair, role) for role in pair.served_roles}
        self._shuffled: dict[tuple[Role, Part], Network] = {}

    def list_methods(self, wanted: Sequence[str] | None = None) -> dict[Role, tuple[str, ...]]:
        """Role to the methods that apply to its network, of those wanted; all of them where None is given.

        Raises:
            ConfigError: no method of such a name.
        """
        names = None if wanted is None else {EXPLAINERS.get(name).name for name in wanted}
        return {
            role: tuple(name for name in list_explainers(network) if names is None or name in names)
            for role, network in self.networks.items()
        }

    def shuffled(self, role: Role, part: Part) -> Network:
        """The role's network with the weights behind its features, or all of them, in disorder."""
        if (role, part) not in self._shuffled:
            import torch

            apply = self.pair.network(role).preprocessing.apply
            images = [torch.from_numpy(apply(load_pixels(sample))) for sample in self._pictures]
            self._shuffled[role, part] = shuffle_weights(
                self.networks[role],
                part=part,
                seed=self._seed,
                images=torch.cat(images) if images else None,
            )
        return self._shuffled[role, part]

    def measure(self, sample: Sample, jobs: Sequence[Job]) -> Iterator[tuple[Job, Values]]:
        """Do the jobs of one case, each yielded as soon as it is done.

        Raises:
            DataError: the image or the outline cannot be read.
        """
        held = _HeldCase(self, sample)
        for job in jobs:
            yield job, held.measure(job)


class _HeldCase:
    """One case and what has been computed of it."""

    def __init__(self, measurer: Measurer, sample: Sample) -> None:
        self._measurer, self._sample = measurer, sample
        pixels = load_pixels(sample)
        self.case = Case(sample.image_id, pixels, measurer.pair.card.modality, sample.image_id)
        self._maps: dict[tuple[Role, str], Heatmap] = {}
        self._subjects: dict[Role, Subject] = {}
        self._references: dict[Role, RandomReference] = {}
        self._outlines: dict[Role, NDArray[np.bool_]] = {}

    @cached_property
    def called(self) -> dict[Role, str]:
        """The class that each network calls the case."""
        classes = self._measurer.pair.card.classes
        return {
            role: classes[int(predictor.compute_probs([self.case.pixels])[0].argmax())]
            for role, predictor in self._measurer.predictors.items()
        }

    @property
    def code(self) -> str:
        """The class explained: the one that the teacher calls."""
        return self.called["teacher"]

    @property
    def index(self) -> int:
        """Its place among the classes."""
        return self._measurer.pair.card.classes.index(self.code)

    def measure(self, job: Job) -> Values:
        """Do one job."""
        if job.kind == "agree":
            return self._agree(job.method)
        if job.kind == "localise":
            return self._localise(job.role, job.method)
        if job.kind == "faithful":
            return self._faithful(job.role, job.method)
        if job.kind == "stable":
            return self._stable(job.role, job.method)
        return self._learned(job.role, job.method)

    def subject(self, role: Role) -> Subject:
        """The case in a role's network."""
        if role not in self._subjects:
            network = self._measurer.networks[role]
            self._subjects[role] = build_subject(self._measurer.pair, role, network, self.case)
        return self._subjects[role]

    def heatmap(self, role: Role, method: str) -> Heatmap:
        """A role's map of the class explained."""
        if (role, method) not in self._maps:
            self._maps[role, method] = explain_case(
                self._measurer.pair,
                role,
                self._measurer.networks[role],
                self.case,
                class_code=self.code,
                method=method,
                subject=self.subject(role),
            )
        return self._maps[role, method]

    def _agree(self, method: str) -> Values:
        teacher, student = SERVED_ROLES
        frame = self._measurer.pair.network(teacher).preprocessing.frame(self.case.pixels)
        found = compare_maps(
            self.heatmap(teacher, method),
            self.heatmap(student, method),
            frame_size=(frame.shape[0], frame.shape[1]),
        )
        return {
            "teacher": self.called[teacher],
            "student": self.called[student],
            "same_call": self.called[teacher] == self.called[student],
            "rank": _number(found.rank.rho),
            "overlap": _number(found.overlap),
            "chance_overlap": _number(found.chance_overlap),
            "ssim": _number(found.ssim),
            "distance": _number(found.distance),
        }

    def _localise(self, role: Role, method: str) -> Values:
        mask = self.outline(role)
        if not mask.any():
            return dict.fromkeys(("hit", "centre", "energy", "area", "above_area", "without_evidence"))
        found = measure_localisation(self.heatmap(role, method), mask)
        return {
            "hit": found.hit,
            "centre": found.centre,
            "energy": _number(found.energy),
            "area": found.area,
            "above_area": _number(found.energy - found.area),
            "without_evidence": found.empty,
        }

    def outline(self, role: Role) -> NDArray[np.bool_]:
        """The published outline in a role's frame; a large one is made smaller once for all methods."""
        if role not in self._outlines:
            preprocessing = self._measurer.pair.network(role).preprocessing
            mask = frame_mask(load_mask(self._sample), self.case.pixels, preprocessing)
            factor = 2 * FINEST / max(mask.shape)
            if factor < 1:
                size = max(round(mask.shape[1] * factor), 1), max(round(mask.shape[0] * factor), 1)
                image = Image.fromarray(mask.astype(np.uint8) * 255)
                mask = np.asarray(image.resize(size, Image.Resampling.BOX)) > MASK_THRESHOLD
            self._outlines[role] = mask
        return self._outlines[role]

    def _faithful(self, role: Role, method: str) -> Values:
        heatmap = self.heatmap(role, method)
        names = ("deletion_auc", "insertion_auc", "gap", "random_auc", "random_gap", "orders")
        states = ("above_random", "below_random", "flat")
        if heatmap.state == "no_evidence":
            return {**dict.fromkeys((*names, *states)), "without_evidence": True}
        feeds = self.feeds(role)
        score = build_scorer(self._measurer.predictors[role], feeds, self.code)
        found = measure_faithfulness(score, feeds[INPUT_NAME], heatmap.values, self.reference(role))
        return {
            "deletion_auc": found.deletion_auc,
            "insertion_auc": found.insertion_auc,
            "gap": found.gap,
            "random_auc": float(np.median(found.random_insertion_aucs)),
            "random_gap": float(found.random_gaps.max()),
            "above_random": bool(found.gap > found.random_gaps.max()),
            "below_random": bool(found.gap < found.random_gaps.min()),
            "flat": found.reach < FLAT,
            "orders": len(found.random_gaps),
            "without_evidence": False,
        }

    def feeds(self, role: Role) -> Feeds:
        """What the role's served network takes."""
        subject = self.subject(role)
        feeds: Feeds = {INPUT_NAME: subject.x.numpy()}
        if subject.topology is not None:
            feeds[TOPOLOGY_NAME] = subject.topology.numpy()
        return feeds

    def reference(self, role: Role) -> RandomReference:
        """What random orders do; shared by all methods."""
        if role not in self._references:
            predictor = self._measurer.predictors[role]
            self._references[role] = measure_case_reference(
                predictor, self.case, self.code, subject=self.subject(role)
            )
        return self._references[role]

    def _stable(self, role: Role, method: str) -> Values:
        subject, explainer = self.subject(role), EXPLAINERS.get(method)

        def explain(x: Tensor) -> Heatmap:
            return explainer.explain(Subject(subject.network, x, subject.topology), self.index, self.code)

        heatmap = self.heatmap(role, method)
        if np.ptp(heatmap.values) <= CONSTANT_RANGE:
            return {"rank": None}
        found = measure_stability(explain, subject.x, heatmap=heatmap, passes=explainer.passes)
        return {"rank": min(rho for _, rho in found)}

    def _learned(self, role: Role, method: str) -> Values:
        """None without evidence; a map that becomes empty shares no order, 0. Slow methods skip the head."""
        heatmap, subject = self.heatmap(role, method), self.subject(role)
        found: dict[str, Value] = dict.fromkeys(PARTS)
        if heatmap.state == "no_evidence":
            return found
        for part in PARTS[1:] if is_slow(method) else PARTS:
            other = Subject(self._measurer.shuffled(role, part), subject.x, subject.topology)
            found[part] = rank_alike(heatmap, EXPLAINERS.get(method).explain(other, self.index, self.code))
        return found


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
