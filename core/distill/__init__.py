"""Losses a student learns from: one file per method, filed in :data:`core.distill.base.DISTILLERS`."""
