"""How good a set of probabilities is: one metric a file, arrays in, floats out, undefined is NaN."""
