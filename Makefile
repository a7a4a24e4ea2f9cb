# `make run` and `make test` do all set-up: they need git, make and Python 3.11 or newer.
# PYTHON=/path/to/python chooses another one than the first found.
VENV := .venv
BIN := $(VENV)/bin
MINIMUM := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,\
  $(shell $(name) -c '$(MINIMUM)' 2>/dev/null && echo $(name))))
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
PLUGINS := $(wildcard plugins/*)
OWN := -e . $(foreach plugin,$(PLUGINS),-e $(plugin))
DECLARED := pyproject.toml constraints.txt $(wildcard plugins/*/pyproject.toml)
PYTHON_FILES := configs runner plugins tests conftest.py
CONFIG ?= configs/quickstart.yaml
# Most tests wait for speech, so that three at a time are not too many for two cores.
AT_ONCE := --numprocesses=3 --dist=worksteal

.DEFAULT_GOAL := help
.PHONY: help run test check fix pins bench bench-peers

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## */\t/'

run: $(VENV)/.run ## Talk to the agent of configs/quickstart.yaml, or CONFIG=your.yaml
	@$(BIN)/realtime-run $(CONFIG)

test: $(VENV)/.test ## Run the tests; ARGS="-k name" chooses, ARGS=-n0 runs one by one
	@$(BIN)/python -m pytest $(AT_ONCE) $(ARGS)

check: $(VENV)/.check ## Check form, types and import directions
	$(BIN)/ruff format --check --quiet $(PYTHON_FILES)
	$(BIN)/ruff check --quiet $(PYTHON_FILES)
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

fix: $(VENV)/.check ## Format, and mend what can be mended
	$(BIN)/ruff check --fix --quiet $(PYTHON_FILES)
	$(BIN)/ruff format $(PYTHON_FILES)

bench: $(VENV)/.test ## Run every benchmark
	@for script in $(wildcard tests/bench/*.py plugins/*/bench/*.py); do \
	  echo "$$script" && $(BIN)/python "$$script" || exit 1; done

bench-peers: $(VENV)/.test ## Measure beside pipecat, livekit and openai-agents
	@$(BIN)/python tests/bench/peers/compare.py $(ARGS)

# The requirements name no host: neither may what is made of them.
pins: $(VENV)/.venv ## Renew constraints.txt
	@$(PIP) uv
	@$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 \
	  --no-header --no-annotate --no-emit-find-links --no-emit-index-url \
	  --no-emit-package realtime-run \
	  $(foreach plugin,$(PLUGINS),--no-emit-package realtime-run-$(notdir $(plugin))) \
	  --group pyproject.toml:dev pyproject.toml $(wildcard plugins/*/pyproject.toml) \
	  --output-file constraints.txt
	@! grep -nE '://|file:|^-' constraints.txt

# Each stamp is newer than what was installed from; one that is older is made again.
$(VENV)/.venv:
	@if ! $(BIN)/python -c '$(MINIMUM)' 2>/dev/null; then \
	  $(or $(PYTHON),false) -c '$(MINIMUM)' 2>/dev/null || { \
	    echo "found no Python 3.11 or newer; name one: make PYTHON=/path/to/it" >&2; \
	    exit 1; }; \
	  echo "setting up $(VENV)" >&2; \
	  $(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 || \
	    $(PYTHON) -m venv --clear --without-pip $(VENV) || exit 1; \
	fi
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || \
	  $(BIN)/python -m ensurepip >/dev/null 2>&1 || \
	  $(PYTHON) -m pip --python $(BIN)/python install -qq pip 2>/dev/null || { \
	    echo "$(PYTHON) has no pip: install it (on Debian: python3-venv)" >&2; exit 1; }
	@$(PIP) --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.run: $(VENV)/.venv $(DECLARED)
	@echo "installing realtime-run" >&2
	@$(PIP) -c constraints.txt $(OWN)
	@touch $@

$(VENV)/.test: $(VENV)/.venv $(DECLARED)
	@echo "installing realtime-run and its tests' tools" >&2
	@$(PIP) -c constraints.txt $(OWN) --group test
	@touch $(VENV)/.run $@

$(VENV)/.check: $(VENV)/.venv $(DECLARED)
	@echo "installing realtime-run and its developers' tools" >&2
	@$(PIP) -c constraints.txt $(OWN) --group dev
	@touch $(VENV)/.run $(VENV)/.test $@
