"""PNG, JPEG and TIFF bytes become a :class:`core.types.Case`: typed refusals, no other exception, no traces.

Nothing is written to disk or logged, and nothing of the file but its pixels is kept. The header is checked
against :class:`core.intake.limits.Limits` before a pixel is decoded.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, TiffImagePlugin, UnidentifiedImageError

from core.errors import DecodeError, QualityError, TwinLensError
from core.intake import levels
from core.intake.burned_text import TEXT_WARNING, find_burned_text
from core.intake.colour import GREY_NOTE, to_srgb
from core.intake.limits import DEFAULT_LIMITS, Limits
from core.intake.sniff import RasterFormat, sniff_format
from core.intake.titles import clean_title
from core.modalities.base import MODALITIES
from core.types import Case

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 274
_EXIF_ERRORS = (SyntaxError, ValueError, LookupError, TypeError, OSError, struct.error)
_BITS, _PHOTOMETRIC, _PLANAR, _SAMPLE_FORMAT = 258, 262, 284, 339
FIXED_WINDOW_NOTE = "8-bit picture: its window is fixed."
_AGAIN = "Export the picture again, or choose the original file"


def read_case(content: bytes, *, title: str, modality: str, limits: Limits = DEFAULT_LIMITS) -> Case:
    """Decode one image.

    The type is told by the bytes. The EXIF orientation is applied; 16-bit values are scaled to 8 bit
    (:mod:`core.intake.levels`); floating-point, signed and 32-bit values are refused; palettes, greyscale,
    CMYK, transparency and ICC profiles end as opaque sRGB (:mod:`core.intake.colour`); of several pictures
    in one file the first is read. ``notes`` of the case says which of these happened.

    Args:
        content: the whole file.
        title: the file's name; untrusted, cleaned by :func:`core.intake.titles.clean_title`.
        modality: registry name; a slice for a modality with windows is expected to be grey, and its
            ``warnings`` say where text seems to be burned in.
        limits: what the file may ask of this machine.

    Returns:
        A case with a random id and (H, W, 3) uint8 pixels that cannot be written to.

    Raises:
        DecodeError: not PNG, JPEG or TIFF; damaged or cut off; beyond a limit; values that are no picture.
        QualityError: every pixel has the same colour.
    """
    shown = clean_title(title)
    _check_bytes(content, shown, limits)
    kind = sniff_format(content, title=shown)
    if kind == "JPEG" and content.count(b"\xff\xda") > limits.max_scans:
        raise DecodeError(shown, f"the JPEG has more than {limits.max_scans} scans", _AGAIN)
    with _typed_errors(shown, kind, limits):
        opened = _open(content, kind)
        _check_header(opened, shown, limits)
        image, depth_notes = _decode(opened, content, kind)
        upright, turn_notes = _turn(image, opened, kind)
        rgb, colour_notes = to_srgb(upright, opened.info.get("icc_profile"))
        frame_notes = _frame_notes(content, kind)
    pixels = np.frombuffer(rgb.tobytes(), np.uint8).reshape(rgb.height, rgb.width, 3)
    if (pixels == pixels[0, 0]).all():
        raise QualityError(shown, "every pixel has the same colour", "Choose a photograph")
    notes = (*frame_notes, *turn_notes, *depth_notes, *colour_notes)
    warnings: tuple[str, ...] = ()
    if MODALITIES.get(modality).windows:
        # Slices are grey, and so are the pictures that the networks were trained on.
        fixed = () if depth_notes else (FIXED_WINDOW_NOTE,)
        notes = (*(note for note in notes if note != GREY_NOTE), *fixed)
        warnings = (TEXT_WARNING,) if find_burned_text(pixels) else ()
    return Case(
        case_id=uuid.uuid4().hex,
        pixels=pixels,
        modality=modality,
        title=shown,
        notes=notes,
        warnings=warnings,
    )


def _check_bytes(content: bytes, shown: str, limits: Limits) -> None:
    if len(content) > limits.max_bytes:
        raise DecodeError(
            shown,
            f"the file has {len(content) / 2**20:.1f} MB, {limits.max_bytes / 2**20:.0f} MB are allowed",
            "Save the picture as a JPEG, or make it smaller",
        )


def _check_header(opened: ImageFile.ImageFile, shown: str, limits: Limits) -> None:
    width, height = opened.size
    short, long = min(width, height), max(width, height)
    if width * height > limits.max_pixels:
        raise _too_many_pixels(shown, f"{width} x {height} pixels", limits)
    if short < limits.min_side:
        raise DecodeError(
            shown,
            f"the picture has {width} x {height} pixels, the shorter side needs at least {limits.min_side}",
            "Choose a larger picture",
        )
    if long > limits.max_aspect * short:
        raise DecodeError(
            shown,
            f"the picture has {width} x {height} pixels, longer than {limits.max_aspect:g} times its width",
            "Cut the picture to what matters in it",
        )


def _too_many_pixels(shown: str, size: str, limits: Limits) -> DecodeError:
    allowed = f"{limits.max_pixels / 1e6:g} million are allowed"
    return DecodeError(shown, f"the picture has {size}, {allowed}", "Make the picture smaller")


@contextmanager
def _typed_errors(shown: str, kind: RasterFormat, limits: Limits) -> Iterator[None]:
    """Whatever a decoder raises on hostile bytes becomes a DecodeError; the cause is kept."""
    try:
        yield
    except TwinLensError:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise _too_many_pixels(shown, "far too many pixels", limits) from error
    except levels.UnreadableError as error:
        raise DecodeError(
            shown, str(error), "Save the picture as an ordinary 8-bit or 16-bit RGB file"
        ) from error
    except Exception as error:
        if "truncated" in str(error).lower():
            problem = "is cut off: part of the picture is missing"
        elif isinstance(error, UnidentifiedImageError):
            problem = "is damaged, or of a kind that is not read here"
        else:
            problem = "is damaged and cannot be decoded"
        raise DecodeError(shown, f"the {kind} {problem}", _AGAIN) from error


def _open(content: bytes, kind: RasterFormat) -> ImageFile.ImageFile:
    return Image.open(BytesIO(content), formats=(kind,))


def _decode(
    opened: ImageFile.ImageFile, content: bytes, kind: RasterFormat
) -> tuple[Image.Image, tuple[str, ...]]:
    """The picture in an 8-bit mode, and a note where it had more bits."""
    inverted = _check_tiff(opened)
    if levels.is_deep_colour(opened):
        return _reduce(levels.read_deep_colour(opened, _open(content, kind)))
    if opened.mode.startswith("I;16"):
        return _reduce(np.asarray(opened).astype(np.uint16), inverted=inverted)
    if opened.mode in ("I", "F"):
        raise levels.UnreadableError("its values are floating-point, signed or 32-bit numbers")
    high_byte_only = ";16" in levels.raw_mode(opened)
    opened.load()
    return opened, ("16-bit values scaled to 8 bit.",) if high_byte_only else ()


def _check_tiff(opened: ImageFile.ImageFile) -> bool:
    """Refuse what Pillow reads wrongly; tell whether 0 means white, which Pillow leaves to us in 16 bit."""
    if not isinstance(opened, TiffImagePlugin.TiffImageFile):
        return False
    tags = opened.tag_v2
    bits = tags.get(_BITS, (1,))
    if bits == (8,) and tags.get(_SAMPLE_FORMAT, (1,)) == (2,):
        raise levels.UnreadableError("its values are signed 8-bit numbers")
    if tags.get(_PLANAR, 1) == 2 and max(bits) > 8:
        raise levels.UnreadableError("its 16-bit colours are stored in separate planes")
    return bool(tags.get(_PHOTOMETRIC) == 0)


def _reduce(values: NDArray[np.uint16], *, inverted: bool = False) -> tuple[Image.Image, tuple[str, ...]]:
    """Scale (H, W) grey, or (H, W, C) with opacity last where C is even, from the depth that was stored."""
    alpha = None
    if values.ndim == 3 and values.shape[-1] % 2 == 0:
        opacity = values[..., -1]
        alpha = levels.scale_integers(opacity, levels.stored_depth(opacity))
        values = values[..., 0] if values.shape[-1] == 2 else values[..., :-1]
    bits = levels.stored_depth(values)
    scaled = levels.scale_integers(values, bits)
    note = (
        "16-bit values scaled to 8 bit."
        if bits == 16
        else f"{bits}-bit values in a 16-bit file scaled to 8 bit."
    )
    return levels.join_channels(np.invert(scaled) if inverted else scaled, alpha), (note,)


def _turn(
    image: Image.Image, opened: ImageFile.ImageFile, kind: RasterFormat
) -> tuple[Image.Image, tuple[str, ...]]:
    """Apply the EXIF orientation; Pillow has done so already for a TIFF."""
    if kind == "TIFF":
        return image, ()
    try:
        orientation = opened.getexif().get(_ORIENTATION)
    except _EXIF_ERRORS:
        return image, ("The EXIF block is damaged; the picture is shown as it is stored.",)
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    if turn is None:
        return image, ()
    return image.transpose(turn), ("Turned upright as the camera noted it.",)


def _frame_notes(content: bytes, kind: RasterFormat) -> tuple[str, ...]:
    """A note when the file holds more than one picture. Only the second is looked for, not the last."""
    again = _open(content, kind)
    if isinstance(again, TiffImagePlugin.TiffImageFile):
        try:
            again.seek(1)
        except EOFError:
            return ()
    elif getattr(again, "n_frames", 1) < 2:
        return ()
    return ("The file holds several pictures; the first is shown.",)
