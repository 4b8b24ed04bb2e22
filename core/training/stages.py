"""The stages of a preset: the teacher's members one after another, the student, and its control."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from core.errors import ConfigError
from core.networks.base import build_network
from core.networks.ensemble import combine_members
from core.networks.weights import dump_weights, load_weights
from core.training.fit import train_network
from core.training.images import SplitSamples, TrainingImages, find_samples, load_training_images
from core.training.lesson import Lesson, ask_teacher, draw_lesson_views, lesson_key
from core.training.network_recipe import NetworkRecipe
from core.training.processes import by_first
from core.training.progress import Listener
from core.training.recipe import Recipe, StudentRecipe
from core.training.runs import (
    RESULT_NAME,
    WEIGHTS_NAME,
    Asked,
    Resume,
    RunResult,
    close_run,
    open_run,
    read_weights,
)
from core.training.start import start_network
from core.training.taken import adopt_teacher
from core.training.topology import prepare_topology, write_spec
from core.training.trained import check_teacher, data_of, load_trained, member_stages, recipe_of, stage_folder
from core.training.validation import validate_network


def train_teacher(
    recipe: Recipe,
    runs: Path,
    *,
    root: Path | None = None,
    only_member: str | None = None,
    resume: Resume = "never",
    listener: Listener | None = None,
) -> RunResult:
    """Train the teacher, or take it over from another preset; finished members are not trained again.

    Args:
        recipe: the preset as resolved.
        runs: folder of all runs.
        root: folder of the data sets; None takes ``TWINLENS_DATA``.
        only_member: train this member alone, and do not combine.
        resume: ``"if_unfinished"`` goes on where a killed run stopped; ``"or_replace"`` too, and trains anew
            where the folder holds a run of another recipe or split.
        listener: told of progress.

    Returns:
        The teacher's result, or the member's.

    Raises:
        ConfigError: no such member; or a folder holds a run of another recipe or split, or an unfinished one.
        DataError, WeightsError: data or pretrained weights are missing.
    """
    listener = listener or Listener()
    if recipe.teacher.taken_from is not None:
        return adopt_teacher(recipe, runs, find_samples(recipe, root))
    stages = member_stages(recipe)
    names = {member.name: stage for stage, member in stages.items()}
    if only_member is not None and only_member not in names:
        raise ConfigError(only_member, "no such member of the teacher", f"The choices are {', '.join(names)}")
    samples = find_samples(recipe, root)
    images: TrainingImages | None = None
    results = {}
    for stage, member in stages.items():
        if only_member is not None and names[only_member] != stage:
            continue
        asked = ask_for(recipe, stage, member, samples)
        folder = stage_folder(recipe, runs, stage)
        result = open_run(folder, asked, resume=resume)
        if result is None:
            images = images or load_training_images(samples, recipe.teacher.preprocessing, listener)
            network, fresh = start_network(member, images)
            result = train_network(network, member, images, folder, asked, fresh=fresh, listener=listener)
        results[stage] = result
    if only_member is not None:
        return results[names[only_member]]
    if len(stages) == 1:
        return results["teacher"]
    return _combine(recipe, runs, samples, images, results, resume, listener)


def distill_student(
    recipe: Recipe,
    runs: Path,
    *,
    role: Literal["student", "control"] = "student",
    root: Path | None = None,
    resume: Resume = "never",
    listener: Listener | None = None,
) -> RunResult:
    """Train the student on the teacher's answers, or the control: the same without a teacher.

    Args:
        recipe: the preset as resolved.
        runs: folder of all runs; the student needs the finished teacher there, the control does not.
        role: which of the two.
        root: folder of the data sets; None takes ``TWINLENS_DATA``.
        resume: ``"if_unfinished"`` goes on where a killed run stopped; ``"or_replace"`` too, and trains anew
            where the folder holds a run of another recipe or split.
        listener: told of progress.

    Raises:
        ConfigError: the teacher is not trained, or was trained with another recipe or split; or the folder
            holds another run, or an unfinished one.
        DataError, WeightsError: data or pretrained weights are missing.
    """
    listener = listener or Listener()
    network_recipe = recipe.student if role == "student" else recipe.student.as_control()
    samples = find_samples(recipe, root)
    weights = None
    if role == "student" and network_recipe.distill.asks_teacher:
        check_teacher(recipe, runs, samples)
        weights = dump_weights(load_trained(recipe, runs, "teacher"))
    asked = ask_for(recipe, role, network_recipe, samples, teacher=weights)
    folder = stage_folder(recipe, runs, role)
    result = open_run(folder, asked, resume=resume)
    if result is not None:
        return result
    images = load_training_images(samples, network_recipe.preprocessing, listener)
    if network_recipe.topology is not None:
        found = prepare_topology(
            network_recipe.topology,
            samples,
            network_recipe.preprocessing,
            stage_folder(recipe, runs, "topology"),
            listener,
        )
        images = found.beside(images)
        write_spec(folder, found.spec)
    lesson = prepare_lesson(recipe, runs, network_recipe, samples, images, weights, listener)
    network, fresh = start_network(network_recipe, images)
    return train_network(
        network,
        network_recipe,
        images,
        folder,
        asked,
        fresh=fresh,
        listener=listener,
        lesson=lesson,
        distill=network_recipe.distill,
    )


def ask_for(
    recipe: Recipe, stage: str, network: NetworkRecipe, samples: SplitSamples, *, teacher: bytes | None = None
) -> Asked:
    """What decides the outcome of one stage."""
    return Asked(
        stage=stage,
        recipe=network.model_dump(mode="json"),
        data=data_of(recipe),
        split_sha256=samples.sha256,
        teacher_sha256=None if teacher is None else hashlib.sha256(teacher).hexdigest(),
    )


def prepare_lesson(
    recipe: Recipe,
    runs: Path,
    student: StudentRecipe,
    samples: SplitSamples,
    images: TrainingImages,
    weights: bytes | None,
    listener: Listener,
) -> Lesson:
    """The student's views, with the teacher's answers to them unless ``weights`` is None (the control)."""
    views = draw_lesson_views(len(images.train), student.distill.views, student.augment, seed=student.seed)
    if weights is None:
        return Lesson(views, None)
    seen = images
    if recipe.teacher.preprocessing != student.preprocessing:
        seen = load_training_images(samples, recipe.teacher.preprocessing, listener)
    precision = recipe.teacher.members[0].precision
    key = lesson_key(
        weights=weights,
        split_sha256=samples.sha256,
        images=seen.train,
        settings=student.augment,
        seed=student.seed,
        precision=precision,
    )
    logits = ask_teacher(
        load_trained(recipe, runs, "teacher"),
        seen.train,
        views,
        student.augment,
        folder=stage_folder(recipe, runs, "teacher-answers"),
        key=key,
        precision=precision,
        listener=listener,
    )
    return Lesson(views, logits)


@by_first
def _combine(
    recipe: Recipe,
    runs: Path,
    samples: SplitSamples,
    images: TrainingImages | None,
    results: dict[str, RunResult],
    resume: Resume,
    listener: Listener,
) -> RunResult:
    """File the members as one network in the stage ``teacher``."""
    members = []
    for stage, member in member_stages(recipe).items():
        network = build_network(member.architecture, member.arguments, len(samples.classes))
        load_weights(network, read_weights(stage_folder(recipe, runs, stage)), f"{stage}/{WEIGHTS_NAME}")
        members.append(network)
    ensemble = combine_members(members).eval()
    content = dump_weights(ensemble)
    folder = stage_folder(recipe, runs, "teacher")
    asked = Asked(
        stage="teacher",
        recipe=recipe_of(recipe, "teacher"),
        data=data_of(recipe),
        split_sha256=samples.sha256,
    )
    before = open_run(folder, asked, resume=resume if resume == "or_replace" else "if_unfinished")
    if before is not None and before.weights_sha256 == hashlib.sha256(content).hexdigest():
        return before
    (folder / RESULT_NAME).unlink(missing_ok=True)
    listener.opened(folder, asked)
    images = images or load_training_images(samples, recipe.teacher.preprocessing, listener)
    scores = validate_network(ensemble, images, precision=recipe.teacher.members[0].precision)
    combined = close_run(
        folder,
        asked,
        content,
        history=(),
        validation_roc_auc=scores.roc_auc,
        best_epoch=None,
        sessions=[session for result in results.values() for session in result.sessions],
    )
    listener.closed(folder, combined)
    return combined
