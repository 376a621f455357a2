# Two commands: `make up` starts the whole line, `make test` proves it.
# uv is bootstrapped by pip into a private environment; nothing but packages is downloaded.
PYTHON ?= python3
UV := .cache/uv/bin/uv
BIN := .venv/bin
export UV_PYTHON_DOWNLOADS := never
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false
export DAGSTER_DISABLE_TELEMETRY := yes
# Tests wait more than they reckon: one worker more than there are cores.
WORKERS ?= $(shell echo $$(($$(nproc) + 1)))
GROUPS := ground chain web orchestration checks build deploy notebooks dev

.PHONY: help up setup demo test coverage mutants lint types lock format docs notebook

help: ## list what there is
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

up: setup ## install everything and start the line; Ctrl-C stops it
	./oddsline up

setup: .venv/.locked oddsline ## install the locked packages into .venv and leave ./oddsline

demo: setup ## run one market's life from creation to claims, and compare each step
	./oddsline demo

test: lint types ## everything that must hold
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

coverage: setup ## the same tests, and which lines and branches they reach, in every process
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered

mutants: setup ## break the codec, the fold and the keeper on purpose, and see a test fail for each
	$(BIN)/python -m tests.mutants

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/sqlfluff lint --nocolor --disable-progress-bar dbt_project/models dbt_project/tests

types: setup
	$(BIN)/mypy .

format: setup ## what the linters can mend by themselves
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: setup ## build dbt's documentation and the checks' Data Docs into docs/site
	$(BIN)/python dbt_project/docs_site.py

notebook: setup ## open the analysts' five questions on the line that runs
	$(BIN)/marimo edit docs/notebooks/questions.py

lock: $(UV) ## pin every group into requirements.lock (hashes, no hosts)
	$(UV) pip compile $(addprefix --group ,$(GROUPS)) --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock

$(UV):
	$(PYTHON) -m venv .cache/uv
	.cache/uv/bin/python -m pip install --quiet --disable-pip-version-check uv

.venv/.locked: requirements.lock | $(UV)
	test -x $(BIN)/python || $(UV) venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv
	$(UV) pip sync --quiet --python $(BIN)/python requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

# The wrapper needs neither uv nor an activated environment.
oddsline: Makefile
	printf '#!/bin/sh\nexec "$$(dirname "$$(readlink -f "$$0")")/.venv/bin/oddsline" "$$@"\n' > $@
	chmod +x $@
