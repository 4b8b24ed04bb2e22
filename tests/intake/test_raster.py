"""Bytes to a case: what is kept, what is changed, what is said about it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from core.errors import DecodeError, QualityError
from core.intake.colour import BACKGROUND, GREY_NOTE
from core.intake.limits import Limits
from core.intake.raster import read_case


def read(content, **kwargs):
    return read_case(content, title="mole.png", modality="dermoscopy", **kwargs)


@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("JPEG", {"quality": 95}), ("TIFF", {})])
def test_ordinary_files_equal_pillow(save, photo, kind, options):
    content = save(photo, kind, **options)
    case = read(content)
    wanted = np.asarray(photo) if kind != "JPEG" else None
    assert case.pixels.shape == (48, 64, 3)
    assert case.pixels.dtype == np.uint8
    assert case.notes == ()
    assert not case.generated
    assert case.lesion_mask is None
    if wanted is not None:
        assert np.array_equal(case.pixels, wanted)


def test_pixels_cannot_be_written_or_made_writeable(save, photo):
    pixels = read(save(photo, "PNG")).pixels
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0, 0] = 1
    with pytest.raises(ValueError, match="WRITEABLE"):
        pixels.setflags(write=True)


def test_ids_are_random(save, photo):
    content = save(photo, "PNG")
    ids = {read(content).case_id for _ in range(5)}
    assert len(ids) == 5
    assert all(len(found) == 32 and int(found, 16) >= 0 for found in ids)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(save, photo, kind, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    options = {"exif": exif, **({"quality": 100, "subsampling": 0} if kind == "JPEG" else {})}
    stored = save(photo, kind, **options)
    wanted = np.asarray(ImageOps.exif_transpose(_with_orientation(photo, orientation)))
    found = read(stored).pixels
    assert found.shape == wanted.shape
    assert np.abs(found.astype(int) - wanted).max() <= (6 if kind == "JPEG" else 0)


def _with_orientation(photo, orientation):
    image = photo.copy()
    image.getexif()[274] = orientation
    return image


def test_deep_colour_tiff_is_turned_upright(make_tiff, ramp16):
    colour = np.stack([ramp16, ramp16, ramp16], -1)[:, :48]
    turned = make_tiff(colour, photometric="rgb", extratags=[(274, "H", 1, 6, True)])
    wanted = np.rint(np.rot90(colour, -1) / 257).astype(np.uint8)
    assert np.array_equal(read(turned).pixels, wanted)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_damaged_exif_does_not_cost_the_picture(save, photo, kind):
    case = read(save(photo, kind, exif=b"Exif\0\0not a TIFF header at all"))
    assert case.pixels.shape == (48, 64, 3)
    assert kind == "JPEG" or any("EXIF" in note for note in case.notes)


def test_palette_equals_pillow(save, photo):
    image = photo.quantize(32)
    assert np.array_equal(read(save(image, "PNG")).pixels, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("mode", ["L", "1"])
def test_grey_is_copied_to_three_channels(save, photo, mode):
    image = photo.convert(mode)
    case = read(save(image, "PNG"))
    assert np.array_equal(case.pixels, np.repeat(np.asarray(image.convert("L"))[..., None], 3, -1))
    assert GREY_NOTE in case.notes


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_is_laid_on_grey(save, photo, mode):
    image = photo.convert(mode)
    opacity = np.full((48, 64), 255, np.uint8)
    opacity[:, :32] = 0
    image.putalpha(Image.fromarray(opacity))
    case = read(save(image, "PNG"))
    assert (case.pixels[:, :32] == BACKGROUND).all()
    assert np.array_equal(case.pixels[:, 32:], np.asarray(photo.convert(mode).convert("RGB"))[:, 32:])
    assert any("ransparent" in note for note in case.notes)


def test_half_transparent_by_hand(save, photo):
    image = Image.new("RGBA", photo.size, (228, 28, 128, 128))
    image.putpixel((0, 0), (0, 0, 0, 255))
    pixel = read(save(image, "PNG")).pixels[5, 5].astype(int)
    assert np.abs(pixel - [178, 78, 128]).max() <= 1


def test_colour_key_counts_as_transparency(save, photo):
    content = save(photo, "PNG", transparency=(0, 0, 0))
    assert (read(content).pixels[0, 0] == BACKGROUND).all()


def test_opaque_alpha_needs_no_note(save, photo):
    assert read(save(photo.convert("RGBA"), "PNG")).notes == ()


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_keeps_its_polarity(save, photo, kind):
    case = read(save(photo.convert("CMYK"), kind))
    assert np.abs(case.pixels.astype(int) - np.asarray(photo)).mean() < 6
    assert any("CMYK" in note for note in case.notes)


def test_ycbcr_tiff(save, photo):
    case = read(save(photo.convert("YCbCr"), "TIFF"))
    assert np.abs(case.pixels.astype(int) - np.asarray(photo)).max() <= 4


def test_cielab_is_refused_in_words(save, photo):
    to_lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    with pytest.raises(DecodeError, match="LAB"):
        read(save(ImageCms.applyTransform(photo, to_lab), "TIFF"))


def test_srgb_profile_changes_nothing(save, photo):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    case = read(save(photo, "PNG", icc_profile=profile))
    assert np.array_equal(case.pixels, np.asarray(photo))
    assert case.notes == ()


def test_other_profile_is_applied(save, photo):
    profile = _swapped_primaries()
    case = read(save(photo, "PNG", icc_profile=profile))
    assert any("converted to sRGB" in note for note in case.notes)
    wanted = np.asarray(photo)[..., ::-1].astype(int)
    assert np.abs(case.pixels - wanted).max() <= 3


def _swapped_primaries() -> bytes:
    """The sRGB profile with the red and blue primaries exchanged, under another name of equal length."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(
        profile.replace("sRGB".encode("utf-16-be"), "tRGB".encode("utf-16-be")).replace(b"sRGB b", b"tRGB b")
    )


@pytest.mark.parametrize("profile", [b"no profile at all", b"\0" * 200])
def test_unreadable_profile_is_left_out_with_a_note(save, photo, profile):
    case = read(save(photo, "PNG", icc_profile=profile))
    assert np.array_equal(case.pixels, np.asarray(photo))
    assert any("profile" in note for note in case.notes)


def test_profile_of_another_colour_space_is_left_out_with_a_note(save, photo):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    case = read(save(photo.convert("L"), "PNG", icc_profile=profile))
    assert any("does not fit" in note for note in case.notes)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "MPO"])
def test_first_of_several_pictures(save, photo, kind):
    case = read(save(photo, kind, save_all=True, append_images=[ImageOps.invert(photo)]))
    assert np.abs(case.pixels.astype(int) - np.asarray(photo)).max() <= (0 if kind != "MPO" else 60)
    assert any("several" in note for note in case.notes)


def test_thousand_page_tiff_reads_one(make_tiff):
    pages = np.zeros((300, 32, 32), np.uint8)
    pages[0, :16] = 200
    assert read(make_tiff(pages, photometric="minisblack")).pixels[0, 0, 0] == 200


def test_constant_picture_is_refused(save):
    with pytest.raises(QualityError, match="same colour"):
        read(save(Image.new("RGB", (64, 64), (9, 9, 9)), "PNG"))


@pytest.mark.parametrize(
    ("size", "word"), [((31, 64), "at least 32"), ((64, 31), "at least 32"), ((40, 241), "6 times")]
)
def test_too_small_or_too_long(save, photo, size, word):
    with pytest.raises(DecodeError, match=word):
        read(save(photo.resize(size), "PNG"))


def test_limits_hold_at_their_bounds(save, photo):
    content = save(photo.resize((40, 240)), "PNG")
    exact = Limits(max_bytes=len(content), max_pixels=40 * 240, min_side=40, max_aspect=6)
    assert read(content, limits=exact).pixels.shape == (240, 40, 3)
    with pytest.raises(DecodeError, match="MB"):
        read(content, limits=Limits(max_bytes=len(content) - 1))
    with pytest.raises(DecodeError, match="million"):
        read(content, limits=Limits(max_pixels=40 * 240 - 1))


def test_nothing_of_the_file_but_pixels_is_kept(save, photo):
    exif = Image.Exif()
    exif[315] = "Jane Patient"
    case = read(save(photo, "JPEG", exif=exif, comment=b"Jane Patient"))
    assert "Jane" not in repr(case)


def test_title_is_cleaned(save, photo):
    case = read_case(save(photo, "PNG"), title="../a/b\x00<b>.png", modality="dermoscopy")
    assert case.title == "b<b>.png"
