# Everything starts here: `make` alone lists what there is. Needs make and Python 3.11 or newer, nothing else.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
PYTEST ?= -n 2
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
TOOL := $(VENV)/.uv-$(UV_VERSION)
LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header

# uv does not read pip's configuration: an index that is set there is passed on, otherwise uv keeps its own default.
define uv
index="$${PIP_INDEX_URL:-$$($(BIN)/python -m pip config get global.index-url 2>/dev/null || true)}"; \
$${index:+env UV_DEFAULT_INDEX="$$index"} $(BIN)/uv
endef
define install
$(uv) pip sync --python $(BIN)/python --require-hashes $(1) && \
$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
endef

.PHONY: help setup setup-dev demo up down test check format lock upgrade bench docs site clean crash model mutants simulate dense bare mass zones fuzz backfill

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.runtime ## Install what running needs into .venv, by hash (idempotent)
	@echo "ready: $(BIN)/outbound --help"

setup-dev: $(VENV)/.dev ## The same with what testing needs

demo: $(VENV)/.runtime ## Three weeks of a campaign against the sandbox: no account, nothing leaves this machine
	$(BIN)/outbound demo

up: $(VENV)/.runtime ## Dagster's UI and daemon and the sandbox together
	$(BIN)/outbound up

down: $(VENV)/.runtime ## End what `make up` started
	$(BIN)/outbound down

test: $(VENV)/.dev ## The tests (PYTEST="-n 0 tests/rules" for a part)
	$(BIN)/pytest $(PYTEST)

check: $(VENV)/.dev ## Lint, format, types, import contracts, the code location
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	@echo "$(BIN)/dagster definitions validate"
	@PYTHONWARNINGS="ignore:Function:FutureWarning" $(BIN)/dagster definitions validate --log-level warning

format: $(VENV)/.dev ## Format the code and sort its imports
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(TOOL) ## Renew the lock files after a change of pyproject.toml; pins stay where they can
	@$(uv) pip compile --quiet $(LOCK) pyproject.toml --output-file requirements.lock
	@$(uv) pip compile --quiet $(LOCK) --extra dev pyproject.toml --output-file requirements-dev.lock
	@$(uv) pip compile --quiet $(LOCK) --group pyproject.toml:site --output-file requirements-site.lock

upgrade: LOCK += --upgrade
upgrade: lock ## Renew the lock files with the newest versions that pyproject.toml allows

fuzz: $(VENV)/.dev ## Every attack in every carrier, and 5,000 wrong answers of a model, against the gate
	$(BIN)/python -m tests.injection

bench: $(VENV)/.dev ## Every benchmark, each with its own baseline
	@for name in imports ledger events intake attribution place loop research drafting simulate; do $(BIN)/python -m bench.$$name; done

model: $(VENV)/.dev ## Every order of events of the send protocol, in the small (three minutes)
	$(BIN)/python -m simulation.model

zones: $(VENV)/.dev ## Business hours of every zone in every hour of three years, against a second opinion (seven minutes)
	$(BIN)/python -m tests.rules.every_zone

crash: $(VENV)/.dev ## 200 real kills of real senders on each engine, while the provider lies (six minutes)
	$(BIN)/python -m tests.processes --kills 200

mutants: $(VENV)/.dev ## Bugs put into the product on purpose, until a checker of the simulator reports each
	$(BIN)/python -m simulation.mutants

SEEDS ?= 334
SEED ?= 1
simulate: $(VENV)/.runtime ## 10,000 days of bad luck over 334 seeds, on every core (SEEDS=20 for a part)
	$(BIN)/outbound simulate --days 30 --seed $(SEED) --seeds $(SEEDS) --faults rough --workers "$$(nproc)"

WEEKS ?= 100
DAYS ?= 500
dense: $(VENV)/.runtime ## 100 weeks of hundreds of mails an hour in bad luck, on every core (half an hour; WEEKS=10 for a part)
	$(BIN)/outbound simulate --kind dense --days 7 --seed $(SEED) --seeds $(WEEKS) --faults rough --workers "$$(nproc)"

bare: $(VENV)/.runtime ## 100 weeks of mails that nobody planned, past the guards alone, on every core (WEEKS=10 for a part)
	$(BIN)/outbound simulate --kind bare --days 7 --seed $(SEED) --seeds $(WEEKS) --faults rough --workers "$$(nproc)"

mass: $(VENV)/.runtime ## 500 days of thousands of mails an hour, nobody planned them, on every core (five minutes; DAYS=50 for a part)
	$(BIN)/outbound simulate --kind mass --days $(DAYS) --seed $(SEED) --faults rough --workers "$$(nproc)"

backfill: $(VENV)/.dev ## Past days through Dagster's daemon: the same rows, no mail, no cent (a few minutes)
	$(BIN)/python -m tests.assets.backfill_daemon

docs: $(VENV)/.dev ## Write the pages that are made from code
	$(BIN)/python -m docs.generate

site: $(TOOL) ## The documentation as a site in site/, built strictly; it loads nothing from elsewhere
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(VENV)/site
	@$(uv) pip sync --quiet --python $(VENV)/site/bin/python --require-hashes requirements-site.lock
	$(VENV)/site/bin/zensical build --clean --strict
	@echo "site/index.html"

clean: ## Remove the environment and caches; state under .outbound stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(TOOL): Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name it with: make PYTHON=/path/to/python3.11 setup" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@rm -f $(VENV)/.uv-* && touch $@

# An environment that was set up for testing stays one.
$(VENV)/.runtime: requirements.lock requirements-dev.lock pyproject.toml $(TOOL)
	@$(call install,$(if $(wildcard $(VENV)/.dev),requirements-dev.lock,requirements.lock))
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml $(TOOL)
	@$(call install,requirements-dev.lock)
	@touch $(VENV)/.runtime $@
