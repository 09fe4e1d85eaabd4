# Each verb does its own set-up: Python >= 3.11 with pip is enough, everything else is fetched once.
#   make serve · make test [T=tests/unit] · make ci          the ones to know
#   make dev demo fmt fmt-check lint arch types envs bench clean help

PYTHON := $(shell command -v python3 || command -v python)
# A uv of our own in .tools when the machine has none that runs.
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .tools/bin/uv)
NEED_UV := $(filter .tools/%,$(UV))
RUN := $(UV) run

T ?= tests
N ?= auto
URL ?= http://localhost:5173
CODE := src tests tools benchmarks

.PHONY: help serve dev demo test ci checks fmt fmt-check lint arch types envs bench clean

help:  ## show the verbs
	@grep -E '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*## /\t/' | expand -t 12

serve: $(NEED_UV)  ## serve on http://localhost:5173 with the data in ./sightline-data
	$(RUN) --no-dev sightline serve $(ARGS)

dev: $(NEED_UV)  ## serve, and start again when a source file changes
	$(RUN) python tools/dev.py $(ARGS)

demo: $(NEED_UV)  ## fill the server at URL with two weeks of believable traffic
	$(RUN) sightline demo --url $(URL) $(ARGS)

test: envs  ## run the tests, or those under T (T=tests/unit)
	$(RUN) pytest -n $(N) --dist loadfile $(T)

ci: checks test  ## what .ci/run runs, cheapest first

checks: fmt-check lint arch types

fmt: $(NEED_UV)  ## format the code
	$(RUN) ruff format $(CODE)
	$(RUN) ruff check --fix-only --quiet $(CODE)

fmt-check: $(NEED_UV)  ## is the code formatted
	$(RUN) ruff format --check $(CODE)

lint: $(NEED_UV)  ## the linter
	$(RUN) ruff check $(CODE)

arch: $(NEED_UV)  ## imports go down only
	$(RUN) lint-imports

types: $(NEED_UV)  ## the type checker
	$(RUN) mypy

envs: $(NEED_UV)  ## environments of the real clients that tests run
	$(RUN) python tools/client_envs.py

bench: $(NEED_UV)  ## measure, and write benchmarks/RESULTS.md
	$(RUN) python -m benchmarks.run_all

clean:  ## remove what the verbs made, but never data
	rm -rf .venv .envs .tools dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# --target needs neither a virtual environment nor leave to change the system's Python.
.tools/bin/uv:
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --target .tools uv
