from __future__ import annotations

from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file
from torch import nn

from core.errors import ConfigError, WeightsError
from core.networks.base import Network, build_network
from core.networks.batchnorm import reestimate_batchnorm
from core.networks.ensemble import combine_members
from core.networks.imagenet import HUB_WEIGHTS, LOCAL_WEIGHTS, LocalWeights
from core.networks.pretrained import load_pretrained
from core.networks.weights import dump_weights

SMALL = "mobilenetv3_small_050"
RECORDS = pytest.mark.parametrize("record", LOCAL_WEIGHTS, ids=lambda record: record.name)


def _small(**arguments: object) -> Network:
    return build_network("timm", {"model": SMALL, **arguments}, 3).eval()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TWINLENS_DATA", str(tmp_path))
    (tmp_path / "weights").mkdir()
    return tmp_path / "weights"


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the hub client raises on a machine without network."""

    def unreachable(*args: object, **kwargs: object) -> nn.Module:
        if kwargs.get("pretrained"):
            raise FileNotFoundError("cannot find the requested files in the local cache")
        return build(*args, **kwargs)

    build = timm.create_model
    monkeypatch.setattr(timm, "create_model", unreachable)


def _timm_file(path: Path, **change: torch.Tensor | None) -> dict[str, torch.Tensor]:
    torch.manual_seed(5)
    state = dict(timm.create_model(SMALL, num_classes=1000).state_dict())
    for key, value in change.items():
        key = key.replace("__", ".")
        if value is None:
            del state[key]
        else:
            state[key] = value
    save_file(state, path)
    return state


def test_none_leaves_the_random_start() -> None:
    network = _small()
    before = dump_weights(network)
    assert load_pretrained(network, "none") == ()
    assert dump_weights(network) == before


def test_without_network_the_alternatives_are_listed(folder: Path, no_hub: None) -> None:
    (folder / "mobilenetv2_100.tf2_coral.fp16.safetensors").write_bytes(b"only looked for")
    with pytest.raises(WeightsError) as caught:
        load_pretrained(build_network("efficientnet_b0", {}, 3), "auto")
    text = str(caught.value)
    for words in (
        "efficientnet_b0.safetensors",
        str(folder),
        "mobilenetv2_100",
        "none",
        "hub was not reached",
    ):
        assert words in text


def test_without_the_variable_the_message_names_it(monkeypatch: pytest.MonkeyPatch, no_hub: None) -> None:
    monkeypatch.delenv("TWINLENS_DATA", raising=False)
    with pytest.raises(WeightsError, match="TWINLENS_DATA"):
        load_pretrained(_small())
    with pytest.raises(WeightsError, match="TWINLENS_DATA"):
        load_pretrained(build_network("resnet18", {}, 3), "resnet18_upto_layer3")


def test_an_architecture_that_timm_has_no_weights_for(folder: Path) -> None:
    network = build_network("timm", {"model": "mobilenet_edgetpu_100"}, 2)
    with pytest.raises(WeightsError, match="timm publishes none"):
        load_pretrained(network, "hub")


def test_hub_weights_arrive_all_but_the_classifier(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    torch.manual_seed(9)
    published = timm.create_model(SMALL, num_classes=3)
    network = _small()
    classifier = network.body.classifier.weight.clone()
    asked: list[str] = []

    def hub(name: str, **kwargs: object) -> nn.Module:
        asked.append(name)
        return published

    monkeypatch.setattr(timm, "create_model", hub)
    (report,) = load_pretrained(network, "auto")
    assert asked == [SMALL] and report.source == SMALL and report.licence == "apache-2.0"
    assert torch.equal(network.body.conv_stem.weight, published.conv_stem.weight)
    assert torch.equal(network.body.classifier.weight, classifier)


def test_hub_weights_of_another_normalisation_are_refused(no_hub: None, folder: Path) -> None:
    with pytest.raises(WeightsError, match="normalisation"):
        load_pretrained(_small(normalisation="half"), "hub")


def test_a_file_in_the_folder_is_found_by_the_architecture(folder: Path, no_hub: None) -> None:
    state = _timm_file(folder / f"{SMALL}.safetensors")
    network = _small()
    (report,) = load_pretrained(network)
    assert report.fresh == ("classifier",)
    loaded = network.body.state_dict()
    assert all(torch.equal(loaded[key], value) for key, value in state.items() if "classifier" not in key)


def test_our_own_weights_can_start_another_number_of_classes(tmp_path: Path) -> None:
    trained = _small()
    path = tmp_path / "trained.safetensors"
    path.write_bytes(dump_weights(trained))
    network = build_network("timm", {"model": SMALL}, 7).eval()
    load_pretrained(network, str(path))
    assert torch.equal(network.body.conv_stem.weight, trained.body.conv_stem.weight.half().float())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"conv_stem__weight": None}, "lacks conv_stem.weight"),
        ({"more__weight": torch.zeros(1)}, "more.weight"),
        ({"bn1__bias": torch.zeros(3)}, r"bn1.bias has shape \(3,\)"),
        ({"bn1__bias": torch.full((16,), float("inf"))}, "not finite"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(tmp_path: Path, change: dict, words: str) -> None:
    _timm_file(tmp_path / "odd.safetensors", **change)
    network = _small()
    before = dump_weights(network)
    with pytest.raises(WeightsError, match=words):
        load_pretrained(network, str(tmp_path / "odd.safetensors"))
    assert dump_weights(network) == before


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        load_pretrained(_small(), str(tmp_path / "nothing.safetensors"))


def test_members_of_an_ensemble_start_one_by_one(folder: Path, no_hub: None) -> None:
    state = _timm_file(folder / f"{SMALL}.safetensors")
    ensemble = combine_members([_small(), _small()])
    assert len(load_pretrained(ensemble)) == 2
    for member in ensemble.parts():
        assert torch.equal(member.body.conv_stem.weight, state["conv_stem.weight"])
    with pytest.raises(ConfigError, match="2 members"):
        load_pretrained(ensemble, "some/file.safetensors")


@RECORDS
def test_an_altered_file_is_refused(record: LocalWeights, folder: Path) -> None:
    (folder / record.file_name).write_bytes(b"altered")
    network = build_network(record.timm_name, _arguments(record), 2)
    with pytest.raises(WeightsError, match="SHA-256"):
        load_pretrained(network, record.name)


@RECORDS
def test_arguments_that_change_the_meaning_are_refused(record: LocalWeights, folder: Path) -> None:
    (folder / record.file_name).write_bytes(b"never read")
    other = "imagenet" if record.normalisation == "half" else "half"
    network = build_network(record.timm_name, {**_arguments(record), "normalisation": other}, 2)
    with pytest.raises(WeightsError, match=f"'normalisation': '{record.normalisation}'"):
        load_pretrained(network, record.name)


def test_weights_of_another_architecture_are_refused(folder: Path) -> None:
    with pytest.raises(WeightsError, match="not of"):
        load_pretrained(_small(), LOCAL_WEIGHTS[0].name)


def test_record_names_and_automatic_choices_are_unique() -> None:
    names = [record.name for record in LOCAL_WEIGHTS]
    automatic = [record.timm_name for record in LOCAL_WEIGHTS if record.automatic]
    assert len(set(names)) == len(names) and len(set(automatic)) == len(automatic)
    assert all(record.licence for record in LOCAL_WEIGHTS)


def test_hub_tags_exist() -> None:
    for name, choice in HUB_WEIGHTS.items():
        cfg = timm.get_pretrained_cfg(choice.tag)
        assert cfg is not None and cfg.has_weights, name


def _arguments(record: LocalWeights) -> dict[str, object]:
    return {"normalisation": record.normalisation, **record.options}


def _photographs(size: int = 96) -> torch.Tensor:
    """Crops of a photograph that comes with scikit-learn, (N, 3, size, size) in [0, 1]."""
    from sklearn.datasets import load_sample_image

    image = torch.from_numpy(load_sample_image("flower.jpg").copy()).permute(2, 0, 1).float() / 255
    tiles = image.unfold(1, size, size).unfold(2, size, size)
    return tiles.permute(1, 2, 0, 3, 4).reshape(-1, 3, size, size)[:16]


@pytest.mark.realdata
@RECORDS
def test_real_files_load_and_survive_reestimation(record: LocalWeights) -> None:
    torch.manual_seed(0)
    network = build_network(record.timm_name, _arguments(record), 7).eval()
    (report,) = load_pretrained(network, "auto" if record.automatic else record.name)
    assert report.source == record.file_name and set(record.absent) < set(report.fresh)
    images = _photographs()
    with torch.no_grad():
        before = network.forward_features(images)
        reestimate_batchnorm(network, images)
        after = network.forward_features(images)
    assert bool(torch.isfinite(before).all())
    assert torch.allclose(after, before, atol=1e-4 * float(before.abs().max()))


@pytest.mark.realdata
@RECORDS
def test_real_files_say_truly_whether_batchnorm_is_folded(record: LocalWeights) -> None:
    network = build_network(record.timm_name, _arguments(record), 7).eval()
    (report,) = load_pretrained(network, record.name)
    norms = [
        module
        for name, module in network.body.named_modules()
        if isinstance(module, nn.BatchNorm2d) and not name.startswith(report.fresh)
    ]
    folded = all(
        bool((norm.weight == 1).all() and (norm.running_mean == 0).all())
        and torch.allclose(norm.running_var, torch.full_like(norm.running_var, 1 - norm.eps), atol=1e-3)
        for norm in norms
    )
    assert folded == (report.batchnorm == "folded")
