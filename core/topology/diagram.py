"""Persistence diagram of a greyscale picture, by either of two implementations.

Conventions are those of giotto-tda's ``CubicalPersistence``: pixels are the top-dimensional cells of a
cubical complex (T-construction: dark pixels that touch at a corner are connected, bright ones are not),
sublevel filtration, coefficients in Z/2, no point on the diagonal.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
from functools import cache
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from core.types import NO_PIXEL, Diagram, TopologyBackend

LEAST_SIDE = 2
NEVER = 1e300
"""A death above this is cripser's way to say that the class never dies."""


def compute_diagram(grey: NDArray[np.float64], backend: TopologyBackend = "cripser") -> Diagram:
    """Persistence diagram of dark spots (H0) and of bright spots inside dark loops (H1).

    The one dark spot that never dies (essential class) dies at the picture's maximum here, as in giotto-tda
    without reduced homology. A constant picture has no points.

    Args:
        grey: (h, w) real numbers, both sides at least 2; usually the (32, 32) of :func:`compute_grey`.
        backend: ``"cripser"`` is fast and tells pixels; ``"giotto"`` is the reference of the sources and
            tells no pixels. Both give the same points (tested).

    Returns:
        Diagram.

    Raises:
        ValueError: ``grey`` is not a picture of two rows and columns at least, holds NaN or an infinite
            value, or ``backend`` is unknown.
    """
    values = np.array(grey, dtype=np.float64, order="C")
    if values.ndim != 2 or min(values.shape) < LEAST_SIDE:
        raise ValueError(f"grey must be a picture of at least 2 x 2 pixels, its shape is {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("grey must hold finite values only, it holds NaN or infinite ones")
    if backend == "cripser":
        found, never = _pairs_of_cripser(values)
    elif backend == "giotto":
        found, never = _pairs_of_giotto(values)
    else:
        raise ValueError(f"backend must be 'cripser' or 'giotto', it is {backend!r}")
    found[never, 1] = values.max()
    kept = found[:, 0] < found[:, 1]
    found, never = found[kept], never[kept]
    order = np.lexsort((found[:, 0], found[:, 0] - found[:, 1], found[:, 2]))
    found, never = found[order], never[order]
    pixels = found[:, 3:].astype(np.int64)
    if never.any():
        pixels[never, 2:] = np.unravel_index(int(values.argmax()), values.shape)
    return Diagram(
        points=np.ascontiguousarray(found[:, :3]),
        birth_pixels=pixels[:, :2],
        death_pixels=pixels[:, 2:],
        side=(values.shape[0], values.shape[1]),
        backend=backend,
        essential=int(never.argmax()) if never.any() else None,
    )


def _pairs_of_cripser(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(n, 7) birth, death, dimension, birth row, column, death row, column; (n,) which one never dies.

    H1 is found as H0 of the negative with a border brighter than all (Alexander duality: a bright spot inside
    a dark loop is a dark spot of the negative, cut off from the border; bright cells that touch at a corner
    are apart, so cripser's V-construction). Asked for H1 itself, cripser starts threads, and each call then
    waits for the scheduler of a busy machine; asked for H0 it starts none.
    """
    dark = np.asarray(_cripser("tcripser").computePH(values, maxdim=0), dtype=np.float64).reshape(-1, 9)
    negative = np.pad(-values, 1, constant_values=-values.max() - 1)
    bright = np.asarray(_cripser("_cripser").computePH(negative, maxdim=0), dtype=np.float64).reshape(-1, 9)
    bright = bright[bright[:, 2] < NEVER]
    loops = np.column_stack([-bright[:, 2], -bright[:, 1], np.ones(len(bright)), bright[:, [6, 7, 3, 4]] - 1])
    found = np.concatenate([dark[:, [1, 2, 0, 3, 4, 6, 7]], loops])
    return found, found[:, 1] > NEVER


def _pairs_of_giotto(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The same from giotto-tda; pixels are not told."""
    from gtda.homology import CubicalPersistence  # slow to import, and only training reports and tests ask

    whole = CubicalPersistence(
        homology_dimensions=(0, 1), reduced_homology=False, infinity_values=np.inf
    ).fit_transform(values[None])[0]
    points = whole[whole[:, 0] < whole[:, 1]]
    found = np.column_stack([points, np.full((len(points), 4), NO_PIXEL, dtype=np.float64)])
    return found, np.isinf(found[:, 1])


@cache
def _cripser(name: str) -> ModuleType:
    """One of cripser's compiled modules alone: importing the whole package would bring torch along.

    ``tcripser`` takes pixels as cells (T-construction), ``_cripser`` as vertices (V-construction).
    """
    package = importlib.util.find_spec("cripser")
    folders = None if package is None else package.submodule_search_locations
    found = None if folders is None else importlib.machinery.PathFinder.find_spec(name, list(folders))
    if found is None or found.loader is None:
        raise ImportError(f"cripser is not installed, or has no module {name}")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module
