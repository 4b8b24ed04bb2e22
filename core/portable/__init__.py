"""A shipped network as one folder that runs without TwinLens: network, threshold, self-test, example."""
