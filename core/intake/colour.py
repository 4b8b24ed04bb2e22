"""Whatever colours a file holds become opaque sRGB, and each change is put into words."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageCms

from core.intake.levels import UnreadableError

BACKGROUND = (128, 128, 128)
"""sRGB grey under transparent pixels: as far from white paper as from the black of a dermatoscope's rim."""

GREY_NOTE = "Greyscale image: the models were trained on colour."

_PROFILE_SPACES = {"L": "GRAY", "RGB": "RGB ", "CMYK": "CMYK"}


def to_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, tuple[str, ...]]:
    """Convert an 8-bit image to mode RGB.

    Args:
        image: mode 1, L, LA, P, PA, RGB, RGBA, RGBa, RGBX, YCbCr or CMYK.
        profile: the embedded ICC profile, or None.

    Returns:
        The image in mode RGB, and what was changed, one sentence each.

    Raises:
        UnreadableError: another mode.
    """
    notes: list[str] = []
    colour, alpha = _split_alpha(image)
    if colour.mode == "L":
        notes.append(GREY_NOTE)
    if profile:
        colour, note = _apply_profile(colour, profile)
        notes.extend(note)
    if colour.mode == "CMYK":
        notes.append("Print colours (CMYK) converted to RGB without a profile; hues may be off.")
    colour = colour.convert("RGB")
    if alpha is not None and alpha.getextrema()[0] != 255:
        colour = Image.composite(colour, Image.new("RGB", colour.size, BACKGROUND), alpha)
        notes.append("Transparent parts were laid on grey.")
    return colour, tuple(notes)


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The colours in mode L, RGB or CMYK, and the opacity in mode L or None."""
    keyed = image.mode in ("1", "L", "P", "RGB") and "transparency" in image.info
    if keyed or image.mode in ("PA", "RGBa"):
        image = image.convert("RGBA")
    if image.mode == "LA":
        return image.getchannel("L"), image.getchannel("A")
    if image.mode == "RGBA":
        return image.convert("RGB"), image.getchannel("A")
    if image.mode == "1":
        return image.convert("L"), None
    if image.mode in ("P", "RGBX", "YCbCr"):
        return image.convert("RGB"), None
    if image.mode in ("L", "RGB", "CMYK"):
        return image, None
    raise UnreadableError(f"colours are stored as {image.mode}, which is not read here")


def _apply_profile(image: Image.Image, profile: bytes) -> tuple[Image.Image, tuple[str, ...]]:
    """Convert by an embedded profile; one that cannot be used is left out, with a note."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if source.profile.xcolor_space != _PROFILE_SPACES[image.mode]:
            return image, ("The embedded colour profile does not fit the image and was left out.",)
        if ImageCms.getProfileDescription(source).startswith("sRGB"):
            return image, ()
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), ImageCms.Intent.RELATIVE_COLORIMETRIC, "RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image, ("The embedded colour profile cannot be read and was left out.",)
    if converted is None:
        return image, ()
    return converted, ("Colours converted to sRGB by the embedded profile.",)
