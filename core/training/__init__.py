"""Training: recipes people write, one task for teacher and student, runs that survive being killed.

Importing the room makes torchvision importable first, which Lightning imports by way of torchmetrics.
"""

from __future__ import annotations

from core.networks.torchvision_ops import ensure_torchvision

ensure_torchvision()
