"""Kinds of check, one file each; see :mod:`core.claims.base`."""
