"""Diagrams of dark and bright spots, and persistence images on a grid fixed at training time."""
