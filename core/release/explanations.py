"""Measuring a pair's heat maps over held-out cases: how faithful, how stable, how alike, how well placed.

The class explained is the one that the teacher calls, for both networks, so that their maps answer the same
question. No case is one that the pair was trained or tuned on. What is found is logged case by case, so that
a run of half an hour that is killed goes on where it was; see :mod:`core.release.explanations_log`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from core.bundle import Pair
from core.data.base import DATASETS
from core.errors import ConfigError
from core.explanation_card import (
    EXPLANATIONS_NAME,
    AgreementFigures,
    ExplanationCard,
    LocalisationFigures,
    MeasuredSet,
    served_weights,
)
from core.release.explanations_case import STATISTICS, Measurer, digest_job
from core.release.explanations_log import Job, MeasurementLog, Values
from core.release.explanations_plan import AGREEMENT_METHOD, CaseJobs, Plan, is_slow, list_jobs
from core.release.explanations_summary import (
    Findings,
    Samples,
    summarise_agreement,
    summarise_faithfulness,
    summarise_learned,
    summarise_localisation,
)
from core.release.refresh import rewrite_pair
from core.release.unseen import choose_unseen, draw_stratified, list_unseen_sets
from core.types import Role, Sample

EXPLAINED = "the class that the teacher calls"
LIBRARIES = ("torch", "timm", "captum", "onnxruntime", "numpy", "scipy", "scikit-image", "pillow")
WEIGHTS = (".onnx", ".safetensors")

Sets = Mapping[str, Sequence[Sample]]
OnStep = Callable[[str, int, int], None]
"""Told the case that was measured, how many are done, and how many there are."""


def ignore_step(case: str, done: int, total: int) -> None:
    """Take no notice."""


def measure_explanations(
    pair: Pair,
    root: Path,
    *,
    plan: Plan | None = None,
    methods: Sequence[str] | None = None,
    datasets: Sequence[str] | None = None,
    runs: Path = Path("runs"),
    on_step: OnStep = ignore_step,
) -> ExplanationCard:
    """Measure everything that a pair's record holds; :func:`write_explanations` writes it.

    Args:
        pair: whose served networks are measured.
        root: folder of the data sets.
        plan: what is measured of how many cases; the usual one if None.
        methods: names in the explainer registry; all that apply if None.
        datasets: sets of held-out cases, the one for the dear measurements first; all that the pair reports
            on if None, the largest first.
        runs: folder for the log.
        on_step: see :data:`OnStep`; cases that the log holds are passed over.

    Raises:
        ConfigError: no such method or data set, or the set is of another modality.
        DataError: a data set is not in ``root``, or has no case that the pair was not trained on.
        BundleError: the pair is damaged.
    """
    plan = plan or Plan()
    names = tuple(datasets) if datasets is not None else list_unseen_sets(pair)
    if not names:
        raise ConfigError(pair.card.pair, "it reports on no held-out cases", "Name data sets with --datasets")
    sets = {name: choose_unseen(pair, dataset=name, root=root) for name in names}
    first = draw_stratified(sets[names[0]], STATISTICS, seed=plan.seed)
    measurer = Measurer(pair, seed=plan.seed, pictures=first)
    of_role = measurer.list_methods(methods)
    work = list_jobs(plan, sets, of_role)
    log = MeasurementLog(runs / f"{pair.card.pair}-explanations", _describe_setup(pair, plan.seed, names[0]))
    findings = run_jobs(measurer, work, log=log, on_step=on_step)
    return _summarise(pair, plan, sets, of_role, findings)


def write_explanations(pair: Pair, found: ExplanationCard) -> Pair:
    """Write a record into its pair, and its name and sum into the card.

    Raises:
        BundleError: the pair is damaged, or cannot be written; nothing is replaced then.
    """
    card = pair.card.model_copy(update={"explanations": EXPLANATIONS_NAME})
    return rewrite_pair(pair, card, {EXPLANATIONS_NAME: found.dump()})


def measure_agreement(
    pair: Pair, dataset: str, root: Path, *, split: str = "test", on_step: OnStep = ignore_step
) -> AgreementFigures:
    """How alike teacher and student explain the held-out cases of one set.

    Raises:
        ConfigError, DataError, BundleError: as :func:`core.release.unseen.choose_unseen`.
    """
    samples = choose_unseen(pair, dataset=dataset, root=root, split=split)
    work = [
        CaseJobs(sample, (Job("agree", dataset, sample.image_id, "teacher", AGREEMENT_METHOD),))
        for sample in samples
    ]
    findings = run_jobs(Measurer(pair), work, on_step=on_step)
    return summarise_agreement(findings, _index({dataset: samples}))[dataset]


def measure_localisation_of(
    pair: Pair,
    dataset: str,
    root: Path,
    *,
    split: str = "test",
    methods: Sequence[str] | None = None,
    on_step: OnStep = ignore_step,
) -> dict[Role, dict[str, LocalisationFigures]]:
    """Maps of the held-out cases of one set against its published outlines.

    Args:
        methods: names in the explainer registry; the cheap ones if None.

    Raises:
        ConfigError: no outlines are published with the set; or as :func:`measure_explanations`.
        DataError, BundleError: as :func:`core.release.unseen.choose_unseen`.
    """
    samples = choose_unseen(pair, dataset=dataset, root=root, split=split)
    outlined = [sample for sample in samples if sample.mask_location is not None]
    if not outlined:
        raise ConfigError(
            dataset, "no outlines of the finding came with it", "Choose a set that has them: isic2017, ph2"
        )
    measurer = Measurer(pair)
    work = [
        CaseJobs(
            sample,
            tuple(
                Job("localise", dataset, sample.image_id, role, method)
                for role, names in measurer.list_methods(methods).items()
                for method in names
                if methods is not None or not is_slow(method)
            ),
        )
        for sample in outlined
    ]
    findings = run_jobs(measurer, work, on_step=on_step)
    return summarise_localisation(findings, _index({dataset: outlined})).get(dataset, {})


def run_jobs(
    measurer: Measurer,
    work: Sequence[CaseJobs],
    *,
    log: MeasurementLog | None = None,
    on_step: OnStep = ignore_step,
) -> dict[Job, Values]:
    """Do every job that the log does not hold; jobs of one case share what is computed of it.

    Args:
        measurer: the opened networks.
        work: cases with their jobs.
        log: where findings are kept; nothing is kept if None.
        on_step: see :data:`OnStep`; cases that the log holds are passed over.
    """
    findings: dict[Job, Values] = {}
    codes = {job: digest_job(job) for entry in work for job in entry.jobs}  # now: files may change meanwhile
    for place, entry in enumerate(work, start=1):
        pending = []
        for job in entry.jobs:
            known = log.get(job, codes[job]) if log else None
            if known is None:
                pending.append(job)
            else:
                findings[job] = known
        if not pending:
            continue
        for job, values in measurer.measure(entry.sample, pending):
            if log:
                log.add(job, codes[job], values)
            findings[job] = values
        on_step(f"{entry.sample.source} {entry.sample.image_id}", place, len(work))
    return findings


def _summarise(
    pair: Pair, plan: Plan, sets: Sets, methods: Mapping[Role, Sequence[str]], findings: Findings
) -> ExplanationCard:
    samples = _index(sets)
    orders = {int(values["orders"] or 0) for job, values in findings.items() if job.kind == "faithful"}
    names = {name for of_role in methods.values() for name in of_role}
    return ExplanationCard(
        pair=pair.card.pair,
        classes=pair.card.classes,
        explained=EXPLAINED,
        seed=plan.seed,
        weights=served_weights(pair.card),
        slow_methods=tuple(sorted(name for name in names if is_slow(name))),
        random_orders=max(orders, default=0),
        datasets={name: _describe_set(pair, name, len(sets[name])) for name in sets},
        faithfulness=summarise_faithfulness(findings, samples),
        learned=summarise_learned(findings, samples),
        localisation=summarise_localisation(findings, samples),
        agreement=summarise_agreement(findings, samples),
        versions={name: version(name) for name in LIBRARIES},
    )


def _describe_set(pair: Pair, name: str, n: int) -> MeasuredSet:
    report = pair.card.reports.get(name)
    external = any(
        source.name == name and source.used_for == "external reporting" for source in pair.card.sources
    )
    return MeasuredSet(
        title=report.title if report else DATASETS.get(name).title,
        split="external" if external else "test",
        n=n,
    )


def _describe_setup(pair: Pair, seed: int, first: str) -> dict[str, object]:
    """What every finding depends on, beside the code."""
    served = {"preprocessing", "temperature", "topology"}
    return {
        "seed": seed,
        "first": first,
        "versions": {name: version(name) for name in LIBRARIES},
        "networks": {
            role: pair.network(role).model_dump(mode="json", include=served) for role in pair.served_roles
        },
        "files": {name: digest for name, digest in pair.card.files.items() if name.endswith(WEIGHTS)},
    }


def _index(sets: Sets) -> Samples:
    return {(name, sample.image_id): sample for name, samples in sets.items() for sample in samples}
