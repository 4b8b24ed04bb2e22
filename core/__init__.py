"""TwinLens: what a large teacher network and its distilled student make of a medical image, side by side."""

__version__ = "0.1.0"
