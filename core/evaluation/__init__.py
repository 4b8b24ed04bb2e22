"""What held-out probabilities are worth: figures with intervals, calibration, operating points,
comparisons."""
