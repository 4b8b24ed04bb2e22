"""Reading a preset: TOML, ``--set`` overrides, the smoke version, and refusals that list the choices."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ValidationError

from core.errors import ConfigError
from core.training.network_recipe import NetworkRecipe
from core.training.recipe import Recipe, StudentRecipe, TeacherRecipe

PRESETS_DIR = Path(__file__).resolve().parent / "presets"
FAST_SUFFIX = "-fast"
Tables = dict[str, Any]


def list_presets(folder: Path = PRESETS_DIR) -> tuple[str, ...]:
    """Names of the presets, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def load_recipe(
    name: str,
    overrides: Sequence[str] = (),
    *,
    size: Literal["full", "fast"] = "full",
    folder: Path = PRESETS_DIR,
) -> Recipe:
    """Read one preset.

    Args:
        name: of a file in ``folder``, without its ending; with ``-fast`` behind it, its smoke version,
            which is also what the folder of its runs and its pair are called.
        overrides: ``"key.sub=value"`` each, values as TOML writes them (bare words are text). A key of
            ``teacher`` applies to every member; ``teacher.members.NAME.key`` to one.
        size: ``"fast"`` shrinks it to a smoke run of seconds: few images, 64 pixels, two epochs.
        folder: where presets lie.

    Raises:
        ConfigError: no such preset, not TOML, an unknown key, or a value that does not fit; it names the key
            and lists the choices.
    """
    choices = list_presets(folder)
    plain = name.removesuffix(FAST_SUFFIX)
    if name not in choices and plain in choices:
        return load_recipe(plain, overrides, size="fast", folder=folder)
    if name not in choices:
        near = get_close_matches(name, choices, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise ConfigError(name, "no such preset", f"{hint}The choices are {', '.join(choices)}")
    try:
        tables = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}.toml", f"not valid TOML ({error})", "Correct the file") from error
    for override in overrides:
        _override(tables, override)
    recipe = _validate(name, _resolve(_adopt(tables, folder)))
    return shrink(recipe) if size == "fast" else recipe


def shrink(recipe: Recipe) -> Recipe:
    """The smoke version of a recipe: the same code paths in seconds, the result is worth nothing."""

    def small(network: NetworkRecipe) -> dict[str, Any]:
        return {
            "image_size": 64,
            "train_size": None,
            "epochs": min(2, network.epochs),
            "batch_size": min(8, network.batch_size),
        }

    def small_student(student: StudentRecipe) -> StudentRecipe:
        distill = student.distill.model_copy(update={"views": min(2, student.distill.views)})
        return student.model_copy(update={**small(student), "distill": distill})

    members = tuple(member.model_copy(update=small(member)) for member in recipe.teacher.members)
    ablation = recipe.ablation
    if ablation is not None:
        changes = {"student": small_student(ablation.student), "seeds": min(2, ablation.seeds)}
        ablation = ablation.model_copy(update=changes)
    return recipe.model_copy(
        update={
            "data": recipe.data.model_copy(update={"limit": min(24, recipe.data.limit or 24)}),
            "teacher": recipe.teacher.model_copy(update={"members": members}),
            "student": small_student(recipe.student),
            "ablation": ablation,
            "fast": True,
        }
    )


def _override(tables: Tables, override: str) -> None:
    """Set one key; a key shared by the teacher's members is removed from each of them first."""
    path, equals, text = override.partition("=")
    keys = path.strip().split(".")
    if not equals or not all(keys):
        raise ConfigError(
            override, "not of the form key.sub=value", "Write for example --set teacher.epochs=5"
        )
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    members = tables.get("teacher", {}).get("members", [])
    if keys[:2] == ["teacher", "members"]:
        named = {member.get("name"): member for member in members}
        if len(keys) < 4 or keys[2] not in named:
            choices = ", ".join(f"teacher.members.{name}.KEY" for name in named) or "none, it has no members"
            raise ConfigError(path, "no such member of the teacher", f"The choices are {choices}")
        _put(named[keys[2]], keys[3:], value, path)
        return
    if keys[0] == "teacher" and keys[1:2] != ["flips"]:
        for member in members:
            _put(member, keys[1:], value, path)
    _put(tables, keys, value, path)


def _put(tables: Tables, keys: Sequence[str], value: object, path: str) -> None:
    for key in keys[:-1]:
        tables = tables.setdefault(key, {})
        if not isinstance(tables, dict):
            raise ConfigError(path, f"{key} is a value, not a table", f"Set {key} itself")
    if keys:
        tables[keys[-1]] = value


def _adopt(tables: Tables, folder: Path) -> Tables:
    """Describe a teacher that is another preset's student as that preset describes it."""
    teacher = tables.get("teacher")
    if not isinstance(teacher, dict) or "taken_from" not in teacher:
        return tables
    source = str(teacher["taken_from"])
    name, _, stage = source.partition("/")
    if set(teacher) != {"taken_from"} or stage not in ("", "student", "control"):
        raise ConfigError(
            f"teacher.taken_from = {source!r}",
            "it names PRESET, PRESET/student or PRESET/control, and nothing else may stand beside it",
            "Change the other preset, or describe the teacher here",
        )
    student = load_recipe(name, folder=folder).student
    member = {key: getattr(student, key) for key in NetworkRecipe.model_fields} | {"name": "teacher"}
    return {**tables, "teacher": {"taken_from": source, "members": [member], "flips": student.flips}}


def _resolve(tables: Tables) -> Tables:
    """Give members what the teacher's own table says and they do not; so too the student of an ablation."""
    ablation, student = tables.get("ablation"), tables.get("student")
    if isinstance(ablation, dict) and isinstance(student, dict):
        merged = merge_tables(student, ablation.get("student", {}))
        tables = {**tables, "ablation": {**ablation, "student": merged}}
    teacher = tables.get("teacher")
    if not isinstance(teacher, dict):
        return tables
    own = {key: value for key, value in teacher.items() if key in ("flips", "taken_from")}
    shared = {key: value for key, value in teacher.items() if key not in ("members", *own)}
    members = teacher.get("members") or [{"name": "teacher"}]
    return {**tables, "teacher": {**own, "members": [merge_tables(shared, member) for member in members]}}


def merge_tables(base: Mapping[str, Any], over: Mapping[str, Any]) -> Tables:
    """Tables merged key by key; ``arguments`` belong to one architecture and are replaced as a whole."""
    merged = dict(base)
    for key, value in over.items():
        nested = isinstance(value, dict) and isinstance(merged.get(key), dict) and key != "arguments"
        merged[key] = merge_tables(merged[key], value) if nested else value
    return merged


def _validate(name: str, tables: Tables) -> Recipe:
    try:
        return Recipe.model_validate(tables)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        if first["type"] != "extra_forbidden":
            raise ConfigError(
                f"{name}: {where}", first["msg"], "Correct the preset or the override"
            ) from error
        choices = sorted(_fields_at(first["loc"][:-1]))
        near = get_close_matches(str(first["loc"][-1]), choices, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise ConfigError(
            f"{name}: {where}", "no such key", f"{hint}The choices are {', '.join(choices)}"
        ) from error


def _fields_at(path: Sequence[int | str]) -> Iterator[str]:
    """Names of the keys of the table that a path leads to."""
    model: type[BaseModel] = Recipe
    for part in path:
        if model is TeacherRecipe and part == "members":
            model = NetworkRecipe
        elif isinstance(part, str):
            annotation = model.model_fields[part].annotation
            for choice in (annotation, *get_args(annotation)):
                if isinstance(choice, type) and issubclass(choice, BaseModel):
                    model = choice
    yield from (key for key in model.model_fields if (model, key) != (StudentRecipe, "name"))
