"""Where a training run is logged: MLflow on a local store, Weights & Biases offline, or nowhere."""
