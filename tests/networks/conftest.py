"""The room is imported before any test module imports timm: torchvision must be importable by then."""

import core.networks  # noqa: F401
