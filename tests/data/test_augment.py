from __future__ import annotations

import pytest
import torch
from pydantic import ValidationError

from core.data.augment import Augmentation, apply_views, augment, draw_views, turn_views
from core.data.batches import generator_for

OFF = Augmentation(
    rotation=0,
    horizontal_flip=0,
    vertical_flip=0,
    scale=(1, 1),
    aspect=1,
    shift=0,
    brightness=0,
    contrast=0,
    saturation=0,
    tint=0,
    erase=0,
)


@pytest.fixture
def images() -> torch.Tensor:
    return torch.randint(
        0, 256, (6, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )


def render(images: torch.Tensor, settings: Augmentation, seed: int = 0, side: int = 16) -> torch.Tensor:
    return augment(images, settings, torch.Generator().manual_seed(seed), size=(side, side))


def test_everything_off_gives_the_image_itself(images):
    torch.testing.assert_close(render(images, OFF), images.float() / 255, atol=1e-5, rtol=0)


def test_mirror_images_are_exact_pixel_for_pixel(images):
    flipped = render(images, OFF.model_copy(update={"horizontal_flip": 1.0, "vertical_flip": 1.0}))
    assert torch.equal(flipped, images.flip(2).flip(3).float() / 255)
    views = draw_views(6, OFF.model_copy(update={"horizontal_flip": 0.5}), generator_for(0))
    mirrored = views.affine[:, 0, 0] < 0
    assert 0 < int(mirrored.sum()) < 6
    expected = torch.where(mirrored.view(-1, 1, 1, 1), images.flip(3), images).float() / 255
    assert torch.equal(apply_views(images, views, size=(16, 16)), expected)


def test_one_generator_state_gives_one_picture(images):
    settings = Augmentation()
    torch.testing.assert_close(render(images, settings, 3), render(images, settings, 3), rtol=0, atol=0)
    assert not torch.equal(render(images, settings, 3), render(images, settings, 4))


def test_rows_of_a_batch_differ(images):
    same = images[:1].repeat(6, 1, 1, 1)
    views = render(same, Augmentation())
    assert all(not torch.equal(views[0], view) for view in views[1:])


@pytest.mark.parametrize(
    ("name", "axis"), [("horizontal_flip", 3), ("vertical_flip", 2)], ids=["left-right", "up-down"]
)
def test_flips(images, name, axis):
    flipped = render(images, OFF.model_copy(update={name: 1.0}))
    torch.testing.assert_close(flipped, images.flip(axis).float() / 255, atol=1e-5, rtol=0)


def test_erasing_fills_one_box_of_the_asked_size_with_the_mean(images):
    settings = OFF.model_copy(update={"erase": 1.0, "erase_side": (0.5, 0.5)})
    before, after = images.float() / 255, render(images, settings)
    changed = (before - after).abs().amax(1) > 1e-4
    means = before.mean((2, 3))
    for row in range(6):
        places = changed[row].nonzero()
        top, left = places.amin(0).tolist()
        assert changed[row].sum() == 64
        assert changed[row, top : top + 8, left : left + 8].all()
        torch.testing.assert_close(after[row, :, top, left], means[row], atol=1e-4, rtol=0)


def test_scale_below_one_enlarges():
    dot = torch.zeros(1, 3, 32, 32, dtype=torch.uint8)
    dot[:, :, 12:20, 12:20] = 255
    larger = render(dot, OFF.model_copy(update={"scale": (0.5, 0.5)}), side=32)
    assert larger.sum() == pytest.approx(4 * dot.float().sum().item() / 255, rel=0.15)


def test_colours_stay_in_range_and_near_the_image(images):
    photo = (images.float() * 0.4 + 80).to(torch.uint8).repeat(20, 1, 1, 1)
    views = render(photo, Augmentation())
    assert views.dtype == torch.float32
    assert views.min() >= 0
    assert views.max() <= 1
    assert abs(views.mean() - photo.float().mean() / 255) < 0.05
    assert views.mean((1, 2, 3)).std() > 0.02


def test_tint_brightness_saturation_hand_worked():
    grey = torch.full((200, 3, 4, 4), 100, dtype=torch.uint8)
    brighter = render(grey, OFF.model_copy(update={"brightness": 0.5}), side=4) * 255
    assert 50 <= brighter.min() < 60
    assert 140 < brighter.max() <= 150
    assert torch.allclose(brighter[:, 0], brighter[:, 2], atol=1e-3)
    tinted = render(grey, OFF.model_copy(update={"tint": 0.2}), side=4)
    assert (tinted[:, 0] - tinted[:, 2]).abs().max() > 0.05
    torch.testing.assert_close(
        render(grey, OFF.model_copy(update={"saturation": 0.9, "contrast": 0.9}), side=4),
        grey.float() / 255,
        atol=1e-5,
        rtol=0,
    )


def test_rotation_keeps_a_centred_disc():
    y, x = torch.meshgrid(torch.arange(33) - 16, torch.arange(33) - 16, indexing="ij")
    disc = ((x**2 + y**2) < 100).to(torch.uint8).mul(255).expand(5, 3, 33, 33)
    turned = render(disc, OFF.model_copy(update={"rotation": 360.0}), side=33)
    assert (turned - disc.float() / 255).abs().mean() < 0.02


def test_one_view_at_two_sizes_is_the_same_picture():
    smooth = torch.nn.functional.interpolate(torch.rand(4, 3, 4, 4) * 255, (64, 64), mode="bicubic")
    smooth = smooth.clamp(0, 255).to(torch.uint8)
    views = draw_views(4, Augmentation(), torch.Generator().manual_seed(1))
    large = apply_views(smooth, views, size=(64, 64))
    small = apply_views(smooth, views, size=(32, 32))
    halved = torch.nn.functional.avg_pool2d(large, 2)
    assert (halved - small).abs().mean() < 0.01


def test_turned_views_are_flips_and_right_angles_of_the_view():
    smooth = torch.randint(0, 256, (64, 3, 12, 12), dtype=torch.uint8)
    smooth = smooth[:1].repeat(64, 1, 1, 1)
    settings = OFF.model_copy(update={"erase": 1.0, "brightness": 0.3})
    views = draw_views(1, settings, torch.Generator().manual_seed(2)).take(torch.zeros(64, dtype=torch.int64))
    plain = apply_views(smooth[:1], views.take(torch.tensor([0])), size=(12, 12))[0]
    orbit = [torch.rot90(v, k, (1, 2)) for v in (plain, plain.flip(2)) for k in range(4)]
    seen = set()
    for picture in apply_views(smooth, turn_views(views, torch.Generator().manual_seed(3)), size=(12, 12)):
        distances = [(picture - element).abs().max().item() for element in orbit]
        assert min(distances) < 1e-3
        seen.add(distances.index(min(distances)))
    assert len(seen) == 8


def test_a_subject_with_a_left_and_a_right_is_only_mirrored():
    picture = torch.randint(0, 256, (1, 3, 12, 12), dtype=torch.uint8)
    views = draw_views(1, OFF, torch.Generator().manual_seed(2)).take(torch.zeros(16, dtype=torch.int64))
    turned = turn_views(views, torch.Generator().manual_seed(3), "mirror")
    seen = {
        tuple(view.flatten().round(decimals=3).tolist())
        for view in apply_views(picture.expand(16, -1, -1, -1), turned, size=(12, 12))
    }
    plain = apply_views(picture, views.take(torch.tensor([0])), size=(12, 12))[0]
    assert seen == {tuple(one.flatten().round(decimals=3).tolist()) for one in (plain, plain.flip(2))}


def test_where_takes_rows_of_either():
    first, second = (draw_views(3, Augmentation(), torch.Generator().manual_seed(seed)) for seed in (0, 1))
    mixed = first.where(torch.tensor([True, False, True]), second)
    torch.testing.assert_close(mixed.affine[0], first.affine[0])
    torch.testing.assert_close(mixed.box[1], second.box[1])
    torch.testing.assert_close(mixed.tint[2], first.tint[2])


def test_refuses(images):
    with pytest.raises(ValueError, match="views has 2 rows"):
        apply_views(images, draw_views(2, OFF, generator_for(0)), size=(8, 8))
    with pytest.raises(ValidationError, match="blur"):
        Augmentation.model_validate({"blur": 1})
