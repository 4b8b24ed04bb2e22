"""Steps of dvc.yaml that no other command takes: what is there, how it is divided, and what came out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from core.atomic import write_atomic
from core.cli.laboratory import PresetArgument, SetOption, require_data_root
from core.cli.output import JsonOption, print_json, print_table

MANIFEST_NAME, RECIPE_NAME = "manifest.json", "recipe"

app = typer.Typer(
    help="Steps of the pipeline in dvc.yaml that are not commands of their own.", no_args_is_help=True
)


@app.callback()
def pipeline() -> None:
    """Steps of the pipeline in dvc.yaml that are not commands of their own."""


@app.command()
def ingest(
    preset: PresetArgument,
    *,
    overrides: SetOption = None,
    out: Annotated[Path, typer.Option(help="Folder to write to.")],
    as_json: JsonOption = False,
) -> None:
    """List a preset's data sets file by file with their SHA-256, and write the recipe as resolved.

    The recipe is written in parts (data, teacher, student, card), so that a step can depend on its own alone.
    """
    from core.data.manifest import take_manifest
    from core.training.presets import load_recipe

    recipe = load_recipe(preset, overrides or ())
    manifest = take_manifest((*recipe.data.datasets, *recipe.card.external), require_data_root())
    (out / RECIPE_NAME).mkdir(parents=True, exist_ok=True)
    for part in ("data", "teacher", "student", "card"):
        resolved = {"pair": recipe.pair.model_dump(), part: getattr(recipe, part).model_dump(mode="json")}
        content = json.dumps(resolved, indent=1, ensure_ascii=False) + "\n"
        write_atomic(out / RECIPE_NAME / f"{part}.json", content.encode())
    write_atomic(out / MANIFEST_NAME, manifest.dump())
    rows = [{"data set": name, **entry} for name, entry in manifest.summarise().items()]
    if as_json:
        print_json(rows)
    else:
        print_table(rows)


@app.command()
def split(
    preset: PresetArgument,
    *,
    overrides: SetOption = None,
    manifest: Annotated[Path, typer.Option(help="What `pipeline ingest` wrote.")],
    out: Annotated[Path, typer.Option(help="Table to write, CSV.")],
    as_json: JsonOption = False,
) -> None:
    """Divide a preset's data as training does, and write the table: one line an image, with its SHA-256."""
    from core.data.cohort import build_cohort
    from core.data.manifest import load_manifest, tabulate_split
    from core.training.presets import load_recipe

    recipe, root = load_recipe(preset, overrides or ()), require_data_root()
    found = load_manifest(manifest)
    cohort = build_cohort(
        recipe.data.datasets,
        root,
        fractions=recipe.data.fractions,
        val_from_train=recipe.data.val_from_train,
        seed=recipe.data.seed,
    )
    content = tabulate_split(cohort, found, root)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(out, content)
    counts = {part: sum(classes.values()) for part, classes in cohort.split.counts.items()}
    record = {**counts, "dropped": len(cohort.split.dropped), "split_sha256": cohort.split.sha256}
    if as_json:
        print_json(record)
    else:
        print_table([record])


@app.command()
def figures(
    pair: Annotated[str, typer.Argument(metavar="PAIR", help="Name of the pair.")],
    *,
    models: Annotated[Path, typer.Option(help="Folder of pairs.")],
    out: Annotated[Path, typer.Option(help="File to write, JSON.")],
    as_json: JsonOption = False,
) -> None:
    """Write a pair's held-out figures with their limits as a small file that DVC compares between runs."""
    from core.bundle import load_pair

    card = load_pair(pair, models).card
    record = {
        name: {
            "n": report.n,
            "positives": report.positives,
            **{
                role: {metric: entry.model_dump(mode="json") for metric, entry in metrics.items()}
                for role, metrics in report.metrics.items()
            },
        }
        for name, report in card.reports.items()
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(out, (json.dumps(record, indent=1) + "\n").encode())
    if as_json:
        print_json(record)
    else:
        print_table(
            [
                {"data set": name, "n": report.n, "positives": report.positives}
                for name, report in card.reports.items()
            ]
        )
