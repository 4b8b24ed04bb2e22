"""The document's two tables as data, the recipes made of them, and what its networks weigh."""

from __future__ import annotations

import pytest

from core.errors import ConfigError
from core.experiments.sweeps.kd import plan_kd
from core.experiments.sweeps.table import TABLES_DIR, load_table
from core.experiments.sweeps.teachers import plan_teachers
from core.experiments.sweeps.weigh import weigh_network

TABLE_1 = """R18 .900/.567/.195/42.7; R34 .898/.569/.205/81.3; R50 .866/.381/.559/89.9;
R101 .886/.475/.221/162.5; R152 .900/.553/.219/222.4; B0 .904/.619/.157/15.5; B1 .924/.712/.158/25.1;
B2 .904/.659/.064/29.6; B3 .908/.615/.076/41.1; B4 .906/.649/.115/67.4; B5 .899/.561/.235/108.8;
B6 .890/.594/.145/156.3; B7 .917/.671/.169/244.5"""
TABLE_2 = "1,.5 .921/.663/.072; 1,.9 .916/.623/.064; 2,.5 .920/.645/.134; 2,.9 .919/.610/.130"
NETWORKS = load_table("mel_teachers").rows


def parse(text: str) -> dict[str, list[float]]:
    pairs = (entry.split() for entry in text.replace("\n", " ").split("; "))
    return {name: [float(number) for number in numbers.split("/")] for name, numbers in pairs}


def test_table_1_is_as_printed():
    found = {
        row.title.replace("ResNet-", "R").replace("EfficientNet-", ""): [
            row.reported.roc_auc,
            row.reported.pr_auc,
            row.reported.ece,
            row.reported.size_mb,
        ]
        for row in NETWORKS
    }
    assert found == parse(TABLE_1)


def test_table_2_is_as_printed_and_set_as_it_says():
    table = load_table("mel_kd")
    found = {}
    for row in table.rows:
        if row.kind == "distilled" and not row.loss:
            distill = table.recipe_of(row, 0).distill
            key = f"{distill.temperature:g},{distill.kd_weight:g}".replace("0.", ".")
            found[key] = [row.reported.roc_auc, row.reported.pr_auc, row.reported.ece]
    assert found == parse(TABLE_2)


def test_rows_differ_in_what_the_table_varies_and_in_nothing_else():
    table = load_table("mel_kd")
    trained = [row for row in table.rows if row.is_trained and not row.loss]
    recipes = [table.recipe_of(row, 2).model_dump() for row in trained]
    for recipe in recipes:
        assert recipe["seed"] == 2
        assert recipe["loss"]["name"] == "focal" and recipe["loss"]["class_weight_power"] == 1
        del recipe["name"], recipe["distill"]
    assert all(recipe == recipes[0] for recipe in recipes)
    control = table.recipe_of(table.choose_rows(["control"])[0], 0)
    assert not control.distill.asks_teacher
    for mild, plain in (("mild-t1-w05", "t1-w05"), ("mild-control", "control")):
        one, two = (table.recipe_of(table.choose_rows([row])[0], 0).model_dump() for row in (mild, plain))
        assert one["loss"].pop("class_weight_power") == 0.25 and two["loss"].pop("class_weight_power") == 1
        assert {**one, "name": ""} == {**two, "name": ""}


def test_every_teacher_trains_by_the_document_where_there_are_weights():
    table = plan_teachers(pretrained="auto")
    for row in table.rows:
        recipe = table.recipe_of(row, 1)
        assert (recipe.architecture, recipe.pretrained, recipe.image_size) == (row.architecture, "auto", 224)
        assert (recipe.optimiser.lr, recipe.batch_size, recipe.patience) == (1e-4, 32, 10)
    assert table.seeds == 3
    assert not table.small_notes


def test_options_win_over_the_small_run():
    table = plan_teachers(image_size=32, epochs=1, seeds=2)
    recipe = table.recipe_of(table.rows[0], 0)
    assert (recipe.image_size, recipe.epochs, recipe.pretrained, table.seeds) == (32, 1, "none", 2)
    assert "random weights" in " ".join(table.small_notes)
    assert plan_kd(["student.epochs=2"], seeds=1).recipe().student.epochs == 2


@pytest.mark.parametrize("row", NETWORKS, ids=lambda row: row.id)
def test_the_printed_size_is_that_of_the_network_with_one_output(row):
    cost = weigh_network(row.architecture, row.arguments, 7, 64)
    assert cost.mebibytes_one_output == pytest.approx(row.reported.size_mb, abs=0.051)


def test_a_network_is_counted_by_hand():
    """ResNet-18: 11,176,512 weights without its last layer, 20 normalisations with 4,800 channels.

    The mean and standard deviation of three colours lie inside.
    """
    cost = weigh_network("resnet18", {}, 7, 224)
    assert cost.parameters == 11_176_512 + 512 * 7 + 7
    statistics, counters = 2 * 4_800 + 2 * 3, 20 * 8
    assert cost.bytes_float32 == 4 * (cost.parameters + statistics) + counters
    assert cost.bytes_float16 == 2 * (cost.parameters + statistics) + counters
    assert cost.bytes_float32 - cost.bytes_one_output == 4 * (512 * 6 + 6)
    assert cost.macs == pytest.approx(1.814e9, rel=1e-3)


def test_the_students_printed_size_is_not_that_of_the_network():
    row = load_table("mel_kd").rows[0]
    cost = weigh_network("mobilenetv3_small_100", {}, 7, 224)
    assert cost.mebibytes_one_output == pytest.approx(5.84, abs=0.01)
    assert row.reported.size_mb == 4.5


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seeds = 3", "seeds = 3\nsedes = 3", "sedes"),
        ("seeds = 3", "seeds = ", "not valid TOML"),
        ('id = "control"', 'id = "t1-w05"', "different ids"),
        ('teacher_pair = "melanoma"', "", "teacher_pair"),
        ('kind = "control"', 'kind = "network"', "architecture"),
        ("temperature = 1.0", "temperature = -1.0", "temperature"),
        ("student.epochs=10", "student.eposh=10", "eposh"),
    ],
)
def test_a_table_that_does_not_fit_is_named(tmp_path, old, new, message):
    text = (TABLES_DIR / "mel_kd.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "mel_kd.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_table("mel_kd", tmp_path)


def test_what_is_not_there_lists_the_choices(tmp_path):
    with pytest.raises(ConfigError, match="no such sweep"):
        load_table("mel_kd", tmp_path)
    with pytest.raises(ConfigError, match=r"resnet7.*no such row[\s\S]*resnet18"):
        load_table("mel_teachers").choose_rows(["resnet18", "resnet7"])
