"""Random views of a batch of images: rotation, flips, scale, colour jitter and random erasing (MEL2).

Drawing and applying are two steps. :func:`draw_views` draws one row of numbers an image from a generator on
the CPU; :func:`apply_views` turns pixels and numbers into pictures, in one resampling. The same numbers give
the same view at any size, so a large teacher and a small student can be shown the same one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class Augmentation(BaseModel):
    """How far random views may differ from the image. Zero, or (1, 1), switches a change off."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    symmetry: Literal["square", "mirror"] = Field(
        "square", description="of the subject: all flips and right-angle turns, or left and right only"
    )
    rotation: float = Field(360.0, ge=0, le=360, description="degrees, uniform in this range around upright")
    horizontal_flip: float = Field(0.5, ge=0, le=1, description="probability")
    vertical_flip: float = Field(0.5, ge=0, le=1, description="probability")
    scale: tuple[float, float] = Field(
        (0.65, 1.1), description="side of the window, of the image; log-uniform"
    )
    aspect: float = Field(1.25, ge=1, description="largest change of width over height")
    shift: float = Field(0.12, ge=0, le=1, description="of half the image, each way")
    brightness: float = Field(0.25, ge=0, lt=1, description="relative")
    contrast: float = Field(0.25, ge=0, lt=1, description="relative")
    saturation: float = Field(0.3, ge=0, lt=1, description="relative")
    tint: float = Field(0.08, ge=0, lt=1, description="relative, each colour channel on its own")
    erase: float = Field(0.25, ge=0, le=1, description="probability of one grey-filled box")
    erase_side: tuple[float, float] = Field((0.1, 0.35), description="of the image's side, height and width")
    padding: Literal["reflection", "border", "zeros"] = "reflection"


@dataclass(frozen=True)
class Views:
    """The numbers of N random views, each a tensor of N rows on the CPU.

    Attributes:
        affine: (N, 2, 3) from output to input, both in [-1, 1] across the image.
        brightness, contrast, saturation: (N,) factors.
        tint: (N, 3) factors of red, green, blue.
        box: (N, 4) top, left, height, width of the erased box, as fractions of the image; zeros: none.
    """

    affine: Tensor
    brightness: Tensor
    contrast: Tensor
    saturation: Tensor
    tint: Tensor
    box: Tensor

    def __len__(self) -> int:
        return len(self.affine)

    def take(self, rows: Tensor) -> Views:
        """The views of these rows (int64 indices)."""
        return Views(*(getattr(self, field.name)[rows] for field in fields(self)))

    def where(self, keep: Tensor, other: Views) -> Views:
        """These views where ``keep`` (N,) bool is true, the other ones elsewhere."""
        import torch

        rows = {field.name: (getattr(self, field.name), getattr(other, field.name)) for field in fields(self)}
        return Views(
            *(torch.where(keep.view(-1, *[1] * (a.ndim - 1)), a, b) for a, b in rows.values()),
        )


def draw_views(count: int, settings: Augmentation, generator: torch.Generator) -> Views:
    """Draw ``count`` views.

    Args:
        count: how many.
        settings: the ranges.
        generator: a CPU generator; one state always gives the same views.
    """
    import torch

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return torch.rand(count, *shape, generator=generator) * (high - low) + low

    def factor(spread: float, *shape: int) -> Tensor:
        return uniform(1 - spread, 1 + spread, *shape)

    half_turn = math.radians(settings.rotation) / 2
    angle = uniform(-half_turn, half_turn)
    scale = uniform(math.log(settings.scale[0]), math.log(settings.scale[1])).exp()
    stretch = uniform(-math.log(settings.aspect) / 2, math.log(settings.aspect) / 2).exp()
    across = torch.where(uniform(0, 1) < settings.horizontal_flip, -1.0, 1.0)
    down = torch.where(uniform(0, 1) < settings.vertical_flip, -1.0, 1.0)
    affine = torch.empty(count, 2, 3)
    affine[:, 0, 0] = angle.cos() * scale * stretch * across
    affine[:, 0, 1] = -angle.sin() * scale * stretch * down
    affine[:, 1, 0] = angle.sin() * scale / stretch * across
    affine[:, 1, 1] = angle.cos() * scale / stretch * down
    affine[:, :, 2] = uniform(-settings.shift, settings.shift, 2)
    sides = uniform(*settings.erase_side, 2)
    corners = uniform(0, 1, 2) * (1 - sides)
    erased = (uniform(0, 1) < settings.erase).float()
    return Views(
        affine=affine,
        brightness=factor(settings.brightness),
        contrast=factor(settings.contrast),
        saturation=factor(settings.saturation),
        tint=factor(settings.tint, 3),
        box=torch.cat([corners, sides], dim=1) * erased[:, None],
    )


def turn_views(
    views: Views, generator: torch.Generator, symmetry: Literal["square", "mirror"] = "square"
) -> Views:
    """The same views, each flipped and turned by right angles at random; nothing else changes.

    Args:
        views: to turn.
        generator: everything random is drawn from it.
        symmetry: ``"mirror"`` only exchanges left and right.
    """
    import torch

    count = len(views)
    quarter = torch.randint(4, (count,), generator=generator).float() * (math.pi / 2)
    mirror = torch.randint(2, (count,), generator=generator).float() * 2 - 1
    if symmetry == "mirror":
        quarter = torch.zeros(count)
    cosine, sine = quarter.cos().round(), quarter.sin().round()
    turn = torch.stack([torch.stack([cosine * mirror, -sine], 1), torch.stack([sine * mirror, cosine], 1)], 1)
    affine = torch.cat([views.affine[:, :, :2] @ turn, views.affine[:, :, 2:]], dim=2)
    # The box is named in the output's axes: move its centre with the inverse turn, swap its sides if needed.
    centre = (views.box[:, :2] + views.box[:, 2:] / 2) * 2 - 1
    moved = (turn.transpose(1, 2) @ centre.flip(1)[:, :, None])[:, :, 0].flip(1)
    sides = torch.where((sine != 0)[:, None], views.box[:, 2:].flip(1), views.box[:, 2:])
    box = torch.cat([(moved + 1) / 2 - sides / 2, sides], dim=1)
    box = torch.where(views.box[:, 2:3] > 0, box, torch.zeros_like(box))
    return Views(affine, views.brightness, views.contrast, views.saturation, views.tint, box)


def apply_views(
    images: Tensor,
    views: Views,
    *,
    size: tuple[int, int],
    padding: Literal["reflection", "border", "zeros"] = "reflection",
) -> Tensor:
    """Render one view of each image.

    Args:
        images: (N, 3, H, W) uint8.
        views: N views.
        size: (height, width) of the output.
        padding: what lies outside the image.

    Returns:
        (N, 3, height, width) float32 in [0, 1], on the images' device.
    """
    import torch.nn.functional as F

    if len(images) != len(views):
        raise ValueError(f"views has {len(views)} rows, images {len(images)}")
    device = images.device
    if tuple(images.shape[2:]) == size and _only_flips(views.affine):
        pixels = _flip(images, views.affine.to(device)).float() / 255
    else:
        grid = F.affine_grid(views.affine.to(device), [len(images), 3, *size], align_corners=False)
        pixels = F.grid_sample(images.float() / 255, grid, padding_mode=padding, align_corners=False)
    return _erase(_jitter(pixels, views).clamp_(0, 1), views.box.to(device))


def augment(
    images: Tensor, settings: Augmentation, generator: torch.Generator, *, size: tuple[int, int]
) -> Tensor:
    """Draw and apply: (N, 3, H, W) uint8 to (N, 3, height, width) float32 in [0, 1]."""
    views = draw_views(len(images), settings, generator)
    return apply_views(images, views, size=size, padding=settings.padding)


def _only_flips(affine: Tensor) -> bool:
    """Whether no view of (N, 2, 3) does more than mirror its image: then no pixel needs interpolation."""
    import torch

    mirrors = torch.diag_embed(affine.diagonal(dim1=1, dim2=2).sign())
    return bool((affine[:, :, 2] == 0).all()) and bool((affine[:, :, :2] == mirrors).all())


def _flip(images: Tensor, affine: Tensor) -> Tensor:
    """Each image mirrored as its row of ``affine`` (N, 2, 3) says."""
    import torch

    across, down = (affine[:, 0, 0] < 0).view(-1, 1, 1, 1), (affine[:, 1, 1] < 0).view(-1, 1, 1, 1)
    images = torch.where(across, images.flip(3), images)
    return torch.where(down, images.flip(2), images) if bool(down.any()) else images


def _jitter(pixels: Tensor, views: Views) -> Tensor:
    factors = (views.brightness, views.contrast, views.saturation, views.tint)
    if all(bool((factor == 1).all()) for factor in factors):
        return pixels

    def column(values: Tensor) -> Tensor:
        return values.to(pixels.device).view(len(pixels), -1, 1, 1)

    pixels = pixels * column(views.brightness[:, None] * views.tint)
    mean = pixels.mean((1, 2, 3), keepdim=True)
    pixels = (pixels - mean) * column(views.contrast) + mean
    grey = pixels.mean(1, keepdim=True)
    return (pixels - grey) * column(views.saturation) + grey


def _erase(pixels: Tensor, box: Tensor) -> Tensor:
    """Fill each box with the mean colour of its image."""
    import torch

    if not bool((box[:, 2] > 0).any()):
        return pixels
    inside = []
    for axis, length in ((0, pixels.shape[2]), (1, pixels.shape[3])):
        place = (torch.arange(length, device=pixels.device) + 0.5) / length
        start = box[:, axis, None]
        inside.append((place >= start) & (place < start + box[:, axis + 2, None]))
    covered = inside[0][:, None, :, None] & inside[1][:, None, None, :]
    return torch.where(covered, pixels.mean((2, 3), keepdim=True), pixels)
