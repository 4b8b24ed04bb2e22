"""The experiment suites of the sources: read as printed, run again here, and compared.

Every experiment is a TOML file in ``suites/<suite>/``; every figure that was measured here lies in
``results/``, one row an experiment and seed, with what every network said of every test case.
"""
