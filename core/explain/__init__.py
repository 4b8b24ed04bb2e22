"""Explanations: where in the image a network found evidence for a class.

``overlay`` needs numpy and Pillow only; torch is imported with an explainer.
"""
