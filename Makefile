# What a person needs: make demo, make test. `make help` lists the rest.
# Everything is installed into directories of this working tree (.venv*), nothing into the system;
# only test-real, and only as root, installs system packages.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Any of these can be given: make test PYTHON=python3.12 HYPOTHESIS_PROFILE=dev WORKERS=1
PYTHON ?= $(shell scripts/find-python newest)
PYTHON_OLDEST ?= $(shell scripts/find-python oldest)
HYPOTHESIS_PROFILE ?= ci
# One more than there are processors: tests of whole jobs mostly wait for these.
WORKERS ?= $(shell expr $$(nproc) + 1)
# Each has a cluster of its own (150 MB). The tests mostly wait: for a node to be missed, for Slurm's next look. They are
# given out two at a time, the longest first (tests/real/conftest.py).
REAL_WORKERS ?= 3

VENV := .venv
BIN := $(VENV)/bin
CODE := $(wildcard src tests property_tests benchmarks)
PYTEST_FLAGS ?=
MUTANTS ?=
# Played in the model world by the thousand, or on real files: too slow under the tracing that coverage needs.
SWEEP := property_tests/sweep
LAWS := $(SWEEP) property_tests/test_laws.py property_tests/test_law_6_deciding.py property_tests/test_law_8_honesty.py property_tests/test_laws_together.py

export HYPOTHESIS_PROFILE

.PHONY: help demo test check unit sweep laws nightly environments test-oldest test-real bench mutants clean

help:  ## this list
	@echo "qq: targets (PYTHON=… chooses the interpreter; any Python >= 3.11 with venv)"
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):[^#]*## /  \1\t/' | expand -t 16

$(VENV)/.ready: pyproject.toml constraints.txt scripts/make-venv
	@scripts/make-venv $(VENV) "$(PYTHON)" dev

.venv-oldest/.ready: pyproject.toml constraints.txt scripts/make-venv
	@scripts/make-venv .venv-oldest "$(PYTHON_OLDEST)" test

demo: $(VENV)/.ready  ## a loop job of three cycles, start to end, in a temporary directory (installs: .venv)
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/demo.sh

check: $(VENV)/.ready  ## style, types and the direction of the imports (installs: .venv)
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(VENV)/.ready  ## the tests alone, with branch coverage of the core (installs: .venv)
	$(BIN)/pytest tests property_tests $(LAWS:%=--ignore=%) -n $(WORKERS) --dist loadfile --no-loadscope-reorder --cov --cov-report=term --cov-fail-under=100 $(PYTEST_FLAGS)

environments: $(VENV)/.ready .venv-oldest/.ready  ## both environments, nothing else (installs: .venv, .venv-oldest)

sweep: $(VENV)/.ready  ## one fault at every step of typical lives, then recovery: no law breaks (installs: .venv)
	$(BIN)/pytest $(SWEEP) -n $(WORKERS)

laws: $(VENV)/.ready  ## the laws in docs/reference/laws.md: the sweep, random jobs and faults, real files (installs: .venv)
	$(BIN)/pytest $(LAWS) -n $(WORKERS)

nightly: $(VENV)/.ready  ## all laws with 10,000 new examples each, the sweep ten times as dense: hours (installs: .venv)
	HYPOTHESIS_PROFILE=nightly $(BIN)/pytest property_tests -n $(WORKERS) $(PYTEST_FLAGS)

test: check laws unit  ## check, then all tests and laws, branch coverage of the core 100% (installs: .venv; no root)

test-oldest: .venv-oldest/.ready  ## the examples on the oldest Python (installs: .venv-oldest)
	HYPOTHESIS_PROFILE=short .venv-oldest/bin/pytest tests property_tests $(SWEEP:%=--ignore=%) -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_FLAGS)

test-real: $(VENV)/.ready  ## against real rsync, sshd, shells and a Slurm cluster (installs: .venv and, as root on Debian/Ubuntu, their packages)
	@scripts/real-needs
	$(BIN)/pytest tests/real tests/shell/cli/test_shell_init.py -m real -n $(REAL_WORKERS) --maxschedchunk 1 --timeout 300 $(PYTEST_FLAGS)

bench: $(VENV)/.ready  ## ratios against the bare work, from an installed wheel (installs: .venv-bench)
	@scripts/make-bench-venv .venv-bench "$(PYTHON)" $(BIN)
	.venv-bench/bin/python benchmarks/run.py

mutants: $(VENV)/.ready  ## plants faults in core/lifecycle, reports which no test notices (about an hour; MUTANTS="--every 20" samples)
	$(BIN)/python scripts/mutants.py $(MUTANTS)

clean:  ## removes environments, caches and builds
	rm -rf .venv .venv-oldest .venv-bench build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.*
	find src tests property_tests -name __pycache__ -type d -prune -exec rm -rf {} +
