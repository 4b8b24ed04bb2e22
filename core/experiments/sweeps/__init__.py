"""The sweeps of MEL: its Table I (thirteen teachers) and Table II (temperature and weight of distillation).

``<name>.toml`` holds what the document prints and how it is run again here, ``results/<name>.json`` what was
measured (:mod:`core.experiments.sweeps.record`).
"""
