"""Maps of a small pair measured over held-out cases: who is in it, what it holds, resuming, and the file."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from core.bundle import load_pair, save_pair
from core.card import SourceEntry
from core.errors import BundleError, ConfigError, DataError
from core.explanation_card import EXPLANATIONS_NAME, ExplanationCard, load_explanations
from core.release import explanations_case
from core.release.explanations import (
    measure_agreement,
    measure_explanations,
    measure_localisation_of,
    write_explanations,
)
from core.release.explanations_plan import Plan, is_slow
from core.release.external import SPLIT_NAME
from core.types import Interval
from tests.pair_factory import PAIR
from tests.small_world import DATASET, TEST, write_isic2018, write_ph2

METHODS = ("gradcam", "layercam", "integrated_gradients")
SLOW = ("integrated_gradients",)
SETS = ("ph2", DATASET)
PLAN = Plan(images=4, slow_images=2, learned_images=2, slow_trials=1)
OUTLINED = 5


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return write_ph2(write_isic2018(tmp_path_factory.mktemp("sets")), count=OUTLINED)


@pytest.fixture(scope="module")
def external_pair(complete_models, tmp_path_factory):
    """The small pair with PH2 among what it reports on."""
    base = load_pair(PAIR, complete_models)
    entry = SourceEntry(
        name="ph2", title="PH2", used_for="external reporting", n=OUTLINED, licence="none", citation="none"
    )
    card = base.card.model_copy(update={"sources": (*base.card.sources, entry)})
    files = {name: base.read(name) for name in base.card.files}
    return save_pair(card, files, tmp_path_factory.mktemp("external"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def found(external_pair, root, runs):
    return measure_explanations(external_pair, root, plan=PLAN, methods=METHODS, datasets=SETS, runs=runs)


def lines(runs) -> list[dict]:
    (log,) = (runs / f"{PAIR}-explanations").glob("*.jsonl")
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_only_cases_that_the_pair_was_not_trained_on(found, external_pair, runs):
    homes = json.loads(external_pair.read(SPLIT_NAME))
    measured = {f"{row['dataset']}/{row['image_id']}" for row in lines(runs)}
    own = {key for key in measured if key.startswith(DATASET)}
    assert {homes[key] for key in own} == {"test"} and len(own) == TEST
    assert len(measured) == TEST + OUTLINED
    assert {name: (entry.n, entry.split) for name, entry in found.datasets.items()} == {
        DATASET: (TEST, "test"),
        "ph2": (OUTLINED, "external"),
    }


def test_a_set_without_unseen_cases_is_refused(external_pair, root, runs, tmp_path):
    homes = json.loads(external_pair.read(SPLIT_NAME))
    files = {name: external_pair.read(name) for name in external_pair.card.files}
    files[SPLIT_NAME] = json.dumps(dict.fromkeys(homes, "train")).encode()
    all_seen = save_pair(external_pair.card, files, tmp_path)
    with pytest.raises(DataError, match="not trained on"):
        measure_explanations(all_seen, root, plan=PLAN, methods=METHODS, datasets=[DATASET], runs=runs)
    with pytest.raises(DataError, match="not trained on"):
        measure_agreement(all_seen, DATASET, root)


def test_every_method_and_network_is_measured_on_its_share_of_cases(found):
    assert set(found.faithfulness) == set(found.localisation) == {"ph2"}
    assert found.slow_methods == SLOW and all(is_slow(name) for name in SLOW)
    for role in ("teacher", "student"):
        faithful = found.faithfulness["ph2"][role]
        assert set(faithful) == set(found.learned[role]) == set(found.localisation["ph2"][role])
        assert set(faithful) == set(METHODS)
        for name in METHODS:
            slow = name in SLOW
            cases = PLAN.slow_images if slow else PLAN.images
            assert faithful[name].without_evidence.n == cases
            empty = round((faithful[name].without_evidence.value or 0) * cases)
            assert faithful[name].gap.n == faithful[name].above_random.n == cases - empty
            assert faithful[name].stability.n <= (PLAN.slow_trials if slow else PLAN.images)
            trials = PLAN.slow_trials if slow else PLAN.learned_images
            assert found.learned[role][name].all.n <= trials
            assert found.learned[role][name].head.n <= (0 if slow else trials)
            outlined = found.localisation["ph2"][role][name]
            assert outlined.without_evidence.n == (PLAN.slow_images if slow else OUTLINED)
            assert 0 < outlined.area.value < 0.3
    assert len(found.agreement[DATASET].cases) == TEST and len(found.agreement["ph2"].cases) == OUTLINED
    assert found.random_orders > 0 and 0 < found.chance_above < 0.5


def test_figures_are_the_medians_of_what_was_logged(found, runs):
    rows = [
        row["values"]
        for row in lines(runs)
        if (row["kind"], row["role"], row["method"]) == ("faithful", "student", "gradcam")
    ]
    gaps = sorted(row["gap"] for row in rows if not row["without_evidence"])
    middle = (gaps[(len(gaps) - 1) // 2] + gaps[len(gaps) // 2]) / 2
    figures = found.faithfulness["ph2"]["student"]["gradcam"]
    assert figures.gap.value == pytest.approx(middle, abs=1e-4)
    for row in rows:
        assert row["gap"] == pytest.approx(row["insertion_auc"] - row["deletion_auc"])
        assert row["above_random"] == (row["gap"] > row["random_gap"])


def test_a_network_agrees_with_itself(found, external_pair, root, tmp_path):
    card = external_pair.card
    twin = card.networks["teacher"]
    networks = {**card.networks, "student": twin}
    files = {name: external_pair.read(name) for name in card.files}
    same = save_pair(card.model_copy(update={"networks": networks}), files, tmp_path)
    alike = measure_agreement(same, "ph2", root)
    defined = [case for case in alike.cases if case.rank is not None]
    assert defined and all(case.rank == case.overlap == 1 and case.distance == 0 for case in defined)
    assert alike.same_call.value == 1
    assert any((case.rank or 0) < 0.999 for case in found.agreement["ph2"].cases)


def test_the_list_holds_cases_called_the_same_least_alike_first(found):
    figures = found.agreement[DATASET]
    listed = figures.list_other_reasons()
    assert {case.image_id for case in listed} == {
        case.image_id for case in figures.cases if case.same_call and case.rank is not None
    }
    ranks = [case.rank for case in listed]
    assert ranks == sorted(ranks)


def test_a_run_that_was_killed_goes_on_and_gives_the_same_record(
    found, external_pair, root, tmp_path, monkeypatch
):
    class Killed(BaseException):
        pass

    done = []

    def stop(case: str, place: int, total: int) -> None:
        done.append((case, place, total))
        if len(done) == 3:
            raise Killed

    arguments = {"plan": PLAN, "methods": METHODS, "datasets": SETS, "runs": tmp_path}
    with pytest.raises(Killed):
        measure_explanations(external_pair, root, on_step=stop, **arguments)
    before = len(lines(tmp_path))
    (log,) = (tmp_path / f"{PAIR}-explanations").glob("*.jsonl")
    log.write_bytes(log.read_bytes()[:-20])  # killed while writing
    again = measure_explanations(external_pair, root, **arguments)
    assert again == found
    rows = lines(tmp_path)
    assert 0 < before < len(rows)
    keys = [tuple(row[name] for name in ("kind", "dataset", "image_id", "role", "method")) for row in rows]
    assert len(set(keys)) == len(keys)

    def forbidden(*_: object, **__: object) -> None:
        pytest.fail("what is known was measured again")

    monkeypatch.setattr(explanations_case, "load_pixels", forbidden)
    assert measure_explanations(external_pair, root, **arguments) == found


def test_figures_measured_now_are_the_shipped_ones(found, external_pair, root):
    assert measure_agreement(external_pair, "ph2", root) == found.agreement["ph2"]
    cheap = [name for name in METHODS if name not in SLOW]
    now = measure_localisation_of(external_pair, "ph2", root, methods=cheap)
    for role, methods in now.items():
        assert set(methods) == set(cheap)
        assert all(figures == found.localisation["ph2"][role][name] for name, figures in methods.items())
    with pytest.raises(ConfigError, match="no outlines"):
        measure_localisation_of(external_pair, DATASET, root)


@pytest.fixture
def written(found, external_pair, tmp_path):
    files = {name: external_pair.read(name) for name in external_pair.card.files}
    copy = save_pair(external_pair.card, files, tmp_path)
    return write_explanations(copy, found)


def test_the_file_is_named_hashed_and_gives_the_record_back(written, found, external_pair):
    assert written.card.explanations == EXPLANATIONS_NAME in written.card.files
    assert load_explanations(written) == found
    assert ExplanationCard.model_validate_json(found.dump()) == found
    assert load_explanations(external_pair) is None
    kept = written.card.model_copy(update={"explanations": None, "files": {}})
    assert kept == external_pair.card.model_copy(update={"files": {}})
    interval = found.learned_interval("student", "gradcam")
    assert isinstance(interval, Interval)
    assert found.learned_interval("student", "lime") is found.learned_interval("control", "gradcam") is None


def test_a_tampered_file_is_refused(written):
    path = written.folder / EXPLANATIONS_NAME
    path.write_bytes(path.read_bytes().replace(b'"gradcam"', b'"gradcan"', 1))
    with pytest.raises(BundleError, match="SHA-256"):
        load_explanations(written)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"surprise": 1}, "surprise"),
        ({"schema_version": 2}, "schema_version"),
        ({"pair": "fundus"}, "measured on the pair fundus"),
        ({"weights": {"student": "0" * 64}}, "other weights of the student"),
    ],
)
def test_a_record_that_does_not_belong_is_refused(written, found, changes, words):
    content = json.dumps(json.loads(found.dump()) | changes).encode()
    files = {name: written.read(name) for name in written.card.files}
    spoiled = save_pair(written.card, {**files, EXPLANATIONS_NAME: content}, written.folder.parent)
    with pytest.raises(BundleError, match=words):
        load_explanations(spoiled)


def test_a_card_that_names_a_file_it_does_not_list_is_refused(external_pair):
    card = external_pair.card.model_copy(update={"explanations": EXPLANATIONS_NAME})
    with pytest.raises(BundleError, match="does not list"):
        load_explanations(replace(external_pair, card=card))


def test_what_cannot_be_measured_is_refused(external_pair, root, runs):
    with pytest.raises(ConfigError, match="images"):
        Plan(images=0)
    with pytest.raises(ConfigError, match="slow_images"):
        Plan(slow_images=-1)
    with pytest.raises(ConfigError, match="gradcan"):
        measure_explanations(external_pair, root, methods=["gradcan"], runs=runs)
