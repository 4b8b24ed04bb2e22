"""Kinds of image: what can be found in one, what a clinic calls it, and how its pixels are prepared."""
