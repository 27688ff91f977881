# `make` prints what there is; every target works on a fresh machine with Python 3.11 and make.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
AXE := $(VENV)/node/node_modules/axe-core/axe.min.js
DATA ?= samples
HOST ?= 127.0.0.1
PORT ?= 8000
export SVODKA_HOME ?= var

.PHONY: help install demo opensearch test promises lint check-browser screenshots messages bench lock clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/.run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Нужен Python 3.11 или новее: make PYTHON=python3.11 …"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/.run ## what serving takes, into .venv

demo: $(VENV)/.run ## index samples/ (or DATA=path) and serve it on http://127.0.0.1:8000
	@$(BIN)/svodka add $(DATA) || [ $$? -eq 1 ]
	@$(BIN)/svodka serve --host $(HOST) --port $(PORT)

opensearch: $(VENV)/.dev ## a local cluster of three OpenSearch nodes (Java 17, Maven), until Ctrl+C
	@$(BIN)/python -m cluster.local

# Debian's browser and the auditor of pages, when we may install them; without them their tests skip and say so.
check-browser:
	@if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium chromium-driver >/dev/null; \
	  fi; fi
	@if ! command -v npm >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends npm >/dev/null || true; fi
	@if [ ! -e $(AXE) ] && command -v npm >/dev/null; then \
	    npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix $(VENV)/node axe-core@4.10.3 || \
	    echo "axe-core cannot be had: the audit of pages will be skipped"; fi

lint: $(VENV)/.dev ## ruff and mypy
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: lint check-browser ## ruff, mypy --strict and all tests, in a real browser too
	$(BIN)/pytest

promises: $(VENV)/.dev check-browser ## the promises of docs/promises.md in their long size; hours
	SVODKA_PROMISES=long $(BIN)/pytest tests/promises -rP --timeout 7200

screenshots: $(VENV)/.dev ## pictures of every page of what `make demo` serves, into var/screenshots
	$(BIN)/python -m benchmarks.screenshots var/screenshots http://$(HOST):$(PORT)

messages: $(VENV)/.dev ## bring what is told on pages into the catalogs, to be translated
	$(BIN)/pybabel -q extract -F babel.cfg -k N_ --no-location -o $(VENV)/messages.pot web
	@for language in en kk; do \
	  $(BIN)/pybabel -q update -i $(VENV)/messages.pot -d web/translations -l $$language \
	    --omit-header --no-fuzzy-matching --ignore-obsolete; done

bench: $(VENV)/.dev ## measure indexing, commits and questions beside other engines (hours; needs SVODKA_DATA)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python -m benchmarks.indexing
	$(BIN)/python -m benchmarks.indexing commits 1000 33000 100000
	$(BIN)/python -m benchmarks.questions var/benchmarks --only ours "ours, numpy" Whoosh "SQLite FTS5"
	$(BIN)/python -m benchmarks.questions var/benchmarks --without Whoosh "SQLite FTS5" --json var/benchmarks/0.json
	$(BIN)/python -m benchmarks.questions var/benchmarks --size 100000 --without Whoosh "SQLite FTS5" --json var/benchmarks/1.json
	$(BIN)/python -m benchmarks.questions var/benchmarks --size 500000 --without Whoosh "SQLite FTS5" --json var/benchmarks/5.json
	$(BIN)/python -m benchmarks.plot docs/questions.svg var/benchmarks/0.json var/benchmarks/1.json var/benchmarks/5.json

lock: $(VENV)/.dev ## renew the lock files after a change of pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --allow-unsafe --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header -o requirements.lock pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --allow-unsafe --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header --extra dev --extra fast --extra names --extra opensearch -o requirements-dev.lock pyproject.toml

clean: ## remove the virtual environment and the demo's data
	rm -rf $(VENV) var
