"""Whether a picture is of the kind a network was trained on, judged from the network's own features."""
