"""A served network in 8 bits: its layers, two ways to store them so, and which layers mind most."""
