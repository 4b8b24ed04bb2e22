"""Figures that papers print, and whether they can be true together: one TOML file a paper."""
