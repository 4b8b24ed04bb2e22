"""Streamlit with a careless explanation: features are caught by a hook on the network that everybody shares.

``python -m tests.server.careless run app.py`` is ``streamlit run app.py``, alone as right as the real one.
"""

from __future__ import annotations

import torch
from streamlit.web.cli import main
from torch import Tensor

from core.explain.subject import Subject


def catch_features(subject: Subject) -> Tensor:
    """What not to do."""
    caught: list[Tensor] = []
    network = subject.network
    hook = network.get_submodule(network.cam_layer).register_forward_hook(
        lambda module, inputs, output: caught.append(output)
    )
    try:
        with torch.inference_mode(mode=False), torch.no_grad():
            network.forward_features(subject.x)
    finally:
        hook.remove()
    return caught[0].detach().clone()


if __name__ == "__main__":
    Subject.features = property(catch_features)  # type: ignore[assignment,method-assign]
    main()
