# Thin: each target is one command that can be run by hand.
.DEFAULT_GOAL := help
.PHONY: help up down lint types test check bench environment

# The Python that makes .venv; everything else runs in there.
PYTHON ?= python3
RUN := .venv/bin/python

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: environment ## Bring the workshop up on the sandbox (PORT=9000 for another port)
	@$(RUN) -m workshop up

down: environment ## Destroy it, prove that nothing is left, stop the sandbox
	@$(RUN) -m workshop down

test: environment ## All tests, those with the real engine included
	@$(RUN) -m pytest

lint: environment ## Format and lint, changing nothing
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .

types: environment ## mypy, strict
	@$(RUN) -m mypy

check: lint types test ## What CI runs

bench: environment ## Measure, each figure beside its floor or peer
	@$(RUN) -m bench

environment:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("error: this is Python %d.%d, but 3.11 or newer is needed: make PYTHON=python3.12 …" % sys.version_info[:2])'
	@$(PYTHON) -m toolchain.environment
