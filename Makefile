# Vigil. Two commands matter: `make run` and `make test`.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
ifdef PORT
export PORT
endif
.PHONY: help run install install-test test lint types test-domain test-apps test-journeys lock clean python

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: install ## Start Vigil here, with everything it needs (PORT=8000)
	@$(BIN)/python -m config.launch

test: install-test ## Install what is lacking and check everything: lint, types, and every test
	@$(BIN)/python -m config.launch.checks

lint: install-test ## Ruff: rules and format
	@$(BIN)/python -m config.launch.checks lint

types: install-test ## mypy, and the TypeScript compiler
	@$(BIN)/python -m config.launch.checks types

test-domain: install-test ## The trial's rules, without Django and database
	@$(BIN)/python -m config.launch.checks domain

test-apps: install-test ## The house and the apps, on a real PostgreSQL and Redis
	@$(BIN)/python -m config.launch.checks apps

test-journeys: install-test ## A participant's path, in a browser and over HTTP
	@$(BIN)/python -m config.launch.checks journeys

lock: install-test ## Lock the dependencies of requirements/*.in and package.json anew
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-tools
	@cd requirements && for group in base postgres redis dev node; do \
	  ../$(BIN)/pip-compile --quiet --upgrade --generate-hashes --strip-extras --no-header \
	    --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --allow-unsafe --output-file $$group.lock $$group.in || exit 1; \
	done
	@npm install --package-lock-only --ignore-scripts --no-fund --no-audit

clean: ## Remove what can be made again; var/ with your data stays
	@rm -rf node_modules static/build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache htmlcov .coverage
	@find apps config tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
	@rm -rf .venv

install: python
	@$(PYTHON) -I config/launch/install.py run

install-test: python
	@$(PYTHON) -I config/launch/install.py test

python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not installed; on Debian: apt install python3 python3-venv." >&2; exit 2; }
