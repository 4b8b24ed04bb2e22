from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from core.bundle import list_pairs, load_pair
from core.explain import integrated_gradients
from core.explain.absence import blur_away
from core.explain.integrated_gradients import STEPS, explain_integrated_gradients, integrate_gradients
from core.networks.base import Network
from core.types import SERVED_ROLES
from tests.explain.picture_networks import Weighted, draw_picture, draw_weighted, settle, start_passes


def _integrate(network: Network, x: Tensor, class_index: int, *, batch: int = 4) -> Tensor:
    run = start_passes(network, x, class_index)
    shares = integrate_gradients(run, x, blur_away(x), batch=batch)
    assert run.done == integrated_gradients.STEPS
    return shares


def _difference(network: Network, x: Tensor, class_index: int) -> float:
    with torch.no_grad():
        return float((network(x) - network(blur_away(x)))[0, class_index])


def test_shares_in_a_linear_network_are_weights_times_what_the_picture_adds() -> None:
    network, x = draw_weighted((24, 16)), draw_picture(24, 16)
    for index in range(2):
        expected = network.weight[index] * (x - blur_away(x))[0]
        assert torch.allclose(_integrate(network, x, index), expected, rtol=0, atol=1e-7)


def test_shares_in_a_network_of_squares_are_differences_of_squares() -> None:
    """y = sum w x^2 gives w (x^2 - absent^2), which neither end's gradient alone would."""
    network, x = draw_weighted((24, 16), power=2), draw_picture(24, 16)
    expected = network.weight[1] * (x**2 - blur_away(x) ** 2)[0]
    assert torch.allclose(_integrate(network, x, 1), expected, rtol=0, atol=1e-7)


def test_map_by_hand() -> None:
    """Logit 0 is 0.01 of the red in the upper left block; with 12 x 12 blocks its value is 144 times that."""
    weight = torch.zeros(2, 3, 24, 24)
    weight[0, 0, :2, :2] = 0.01
    weight[1] = -weight[0]
    network = Weighted(weight).eval()
    x = torch.zeros(1, 3, 24, 24)
    x[0, 0, :2, :2] = 1.0
    heatmap = explain_integrated_gradients(network, x, 0, "red")
    lacking = float((x - blur_away(x))[0, 0, :2, :2].sum())
    assert heatmap.values.shape == (12, 12) and heatmap.values[0, 0] == 1 and heatmap.values.sum() == 1
    assert heatmap.peak == pytest.approx(144 * 0.01 * lacking, rel=1e-5) and heatmap.unit == "logit"
    assert explain_integrated_gradients(network, x, 1, "not red").state == "no_evidence"


def test_an_even_picture_is_no_evidence_for_anything() -> None:
    network = draw_weighted((24, 16))
    for index in range(2):
        assert (
            explain_integrated_gradients(network, torch.full((1, 3, 24, 16), 0.2), index, "c").state
            == "no_evidence"
        )


def test_shares_add_up_to_what_the_picture_adds_to_the_logit(monkeypatch: pytest.MonkeyPatch) -> None:
    network, x = settle("resnet18"), draw_picture(96, 96, seed=11)
    differences = [_difference(network, x, index) for index in range(3)]

    def miss(index: int) -> float:
        return abs(float(_integrate(network, x, index).double().sum()) - differences[index])

    largest = max(map(abs, differences))
    assert max(miss(index) for index in range(3)) < largest / 10
    finer = [(end, 4 * steps) for end, steps in integrated_gradients.PIECES]
    monkeypatch.setattr(integrated_gradients, "PIECES", finer)
    monkeypatch.setattr(integrated_gradients, "STEPS", 4 * STEPS)
    assert max(miss(index) for index in range(3)) < largest / 50


def test_equals_captum_over_many_more_steps_in_one_piece() -> None:
    from captum.attr import IntegratedGradients

    network, x = settle("resnet18"), draw_picture(96, 96, seed=11)
    theirs = IntegratedGradients(lambda z: network(z)[:, 0]).attribute(
        x, baselines=blur_away(x), n_steps=256, internal_batch_size=32
    )
    ours = _integrate(network, x, 0)
    assert np.corrcoef(ours.flatten(), theirs.detach().flatten())[0, 1] > 0.98
    assert torch.linalg.norm(ours - theirs[0]) < 0.2 * torch.linalg.norm(theirs)


def test_the_number_of_pictures_at_once_does_not_matter() -> None:
    network, x = settle("mobilenetv3_small_100"), draw_picture(64, 64)
    one, four = (_integrate(network, x, 0, batch=batch) for batch in (1, 4))
    assert torch.allclose(one, four, rtol=0, atol=1e-4 * float(one.abs().max()))


@pytest.mark.slow
@pytest.mark.parametrize("pair_name", list_pairs())
@pytest.mark.parametrize("role", SERVED_ROLES)
def test_shares_add_up_on_every_shipped_network(pair_name: str, role: str) -> None:
    """The sum misses the difference by less than a seventh of the largest that a class shows."""
    from core.explain.passes import Passes, choose_batch
    from core.intake.samples import open_first_sample
    from core.predict import build_subject, open_network

    pair = load_pair(pair_name)
    network = open_network(pair, role)
    subject = build_subject(pair, role, network, open_first_sample(pair.card.modality))
    absent = blur_away(subject.x)
    with torch.no_grad():
        differences = (subject.forward(subject.x) - subject.forward(absent))[0]
    index = int(differences.abs().argmax())
    run = Passes(subject, index, total=STEPS, method="m", class_code="c", on_progress=lambda share: None)
    shares = integrate_gradients(run, subject.x, absent, batch=choose_batch(network))
    missed = float(shares.double().sum() - differences[index])
    assert abs(missed) < float(differences.abs().max()) / 7
