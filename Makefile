# TwinLens. `make run` and `make test` do all set-up on a fresh machine; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The first interpreter that runs and is supported; `make run PYTHON=/path/to/python` overrides the choice.
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))
PYTHON ?= $(shell for p in python3.11 python3.12 python3 python; do \
	"$$p" -c '$(SUPPORTED)' 2>/dev/null && echo "$$p" && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
WEB := core/portable/web
PORT ?= 8501
MLFLOW_PORT ?= 5000
RUNS ?= runs
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run test lint types imports unit install install-dev chromium web-runtime bench check-data clean mlflow pipeline

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: install ## create the environment, install, open the app on the shipped pair
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: install-dev chromium web-runtime lint types imports unit ## create the environment, install, run every check

install: $(VENV)/.app-installed ## environment of the app only
install-dev: $(VENV)/.dev-installed ## environment of the app, training and tests

$(VENV)/bin/python:
	@"$(PYTHON)" -c '$(SUPPORTED)' 2>/dev/null || { \
	echo "TwinLens needs Python 3.11 or 3.12; found: $(PYTHON). Install one, or: make run PYTHON=/path/to/python3.11"; \
	exit 1; }
	"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.app-installed: requirements.txt constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -r requirements.txt
	@touch $@

$(VENV)/.dev-installed: requirements-dev.txt requirements-wandb.txt requirements-dvc.txt $(VENV)/.app-installed
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	@touch $@

chromium: install-dev ## make sure that the browser tests have a Chromium
	@bash tests/browser/ensure_chromium.sh

web-runtime: $(WEB)/node_modules/.package-lock.json ## what the page of `python -m core export --web` runs on, from npm

$(WEB)/node_modules/.package-lock.json: $(WEB)/package.json $(WEB)/package-lock.json
	@bash tests/browser/ensure_npm.sh
	cd $(WEB) && npm ci
	@touch $@

lint: install-dev ## formatting and lint rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: install-dev ## static types
	$(BIN)/mypy

imports: install-dev ## who may import whom
	$(BIN)/lint-imports

unit: install-dev ## every test (set TWINLENS_DATA to include those on public data)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not browser"
	$(BIN)/python -m pytest -m browser

bench: install-dev chromium web-runtime ## what a reading, limits by resampling, a drag of the slider, topology, explanations, a folder, the first page, an upload, an epoch and the page of an export cost
	$(BIN)/python -m benchmarks.serving
	$(BIN)/python -m core latency
	$(BIN)/python -m benchmarks.latency_turns
	$(BIN)/python -m benchmarks.runtimes
	$(BIN)/python -m benchmarks.int8_activations
	$(BIN)/python -m benchmarks.bootstrap
	$(BIN)/python -m benchmarks.slider
	$(BIN)/python -m benchmarks.topology
	$(BIN)/python -m benchmarks.intake
	$(BIN)/python -m benchmarks.scoring --files 2000
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.upload
	$(BIN)/python -m benchmarks.distil_epoch --images 96
	$(BIN)/python -m benchmarks.experiment_epoch
	$(BIN)/python -m benchmarks.explain_speed
	$(BIN)/python -m benchmarks.explain_threads
	$(BIN)/python -m benchmarks.web_page

check-data: install-dev ## what is under TWINLENS_DATA, against the publishers' counts
	$(BIN)/python -m core data check

mlflow: $(VENV)/.mlflow-installed ## training runs in MLflow's own pages, on this machine alone (MLFLOW_PORT=5000, RUNS=runs)
	MLFLOW_DISABLE_TELEMETRY=true DO_NOT_TRACK=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false \
	$(BIN)/python -m mlflow ui --workers 1 --host 127.0.0.1 --port $(MLFLOW_PORT) \
	--backend-store-uri sqlite:///$(abspath $(RUNS))/mlflow.db --default-artifact-root $(abspath $(RUNS))/mlflow-artifacts

$(VENV)/.mlflow-installed: requirements-mlflow.txt $(VENV)/.app-installed
	$(BIN)/python -m pip install --quiet -r requirements-mlflow.txt
	@touch $@

pipeline: install-dev ## from public data to an exported student, only what changed (params.yaml; TWINLENS_DATA must be set)
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/dvc repro

clean: ## remove the environment and caches (never runs/ or models/)
	rm -rf $(VENV) $(WEB)/node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
