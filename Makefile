# Each verb does its own set-up: Python >= 3.11 with pip is enough, everything else is fetched once.
#   make serve · make test [T=tests/unit] · make ci          the ones to know
#   make dev demo fmt fmt-check lint arch types ui ui-checks envs browser-deps postgres-deps fault-deps
#   make audit wheel pictures bench soak clean help
# The screens are built with Node >= 20 and npm; what has been built needs neither.

# Modules compiled anew make a start three times as long, and the tests start many.
unexport PYTHONDONTWRITEBYTECODE

PYTHON := $(shell command -v python3 || command -v python)
# A uv of our own in .tools when the machine has none that runs.
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .tools/bin/uv)
NEED_UV := $(filter .tools/%,$(UV))
RUN := $(UV) run

T ?= tests
N ?= auto
URL ?= http://localhost:5173
CODE := src tests tools benchmarks hatch_build.py

UI_BUILT := src/sightline/ui/index.html
# Goes with the folder when npm replaces it.
UI_DEPS := ui/node_modules/.stamp
UI_SOURCES := $(shell find ui -type f -not -path 'ui/node_modules/*' -not -name '*.gen.ts' 2>/dev/null)

.PHONY: help serve dev demo test ci checks fmt fmt-check lint arch types
.PHONY: ui ui-checks envs browser-deps postgres-deps fault-deps audit wheel pictures bench soak clean

help:  ## show the verbs
	@grep -E '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*## /\t/' | expand -t 14

serve: $(NEED_UV) ui  ## serve on http://localhost:5173 with the data in ./sightline-data
	$(RUN) --no-dev sightline serve $(ARGS)

dev: $(NEED_UV) $(UI_DEPS)  ## the same, and what you change shows at once (screens: http://localhost:5180)
	$(RUN) python tools/dev.py $(ARGS)

demo: $(NEED_UV)  ## fill the server at URL with two weeks of believable traffic
	$(RUN) sightline demo --url $(URL) $(ARGS)

test: envs ui browser-deps postgres-deps fault-deps  ## run the tests, or those under T (T=tests/unit)
	$(RUN) pytest -n $(N) --dist loadfile $(T)

ci: checks test  ## what .ci/run runs, cheapest first

checks: fmt-check lint arch types ui-checks

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

ui: $(UI_BUILT)  ## build the screens into the package, if their source is newer

ui-checks: $(UI_DEPS)  ## format, lint, types and unit tests of the screens
	cd ui && npm run --silent check && npm test --silent

$(UI_BUILT): $(UI_DEPS) $(UI_SOURCES)
	cd ui && npm run --silent build

$(UI_DEPS): ui/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null || { \
	  echo "error: the screens are built with Node 20 or newer and npm: see https://nodejs.org"; \
	  echo "       'sightline serve' serves the API and a plain page without them"; exit 1; } >&2
	cd ui && npm ci --no-audit --no-fund
	touch $@

envs: $(NEED_UV)  ## environments of the real clients that tests run
	$(RUN) python tools/client_envs.py

browser-deps:  ## a Chromium for the tests that drive a browser
	@$(PYTHON) tools/browser.py

postgres-deps:  ## a Postgres for the tests that put the catalog there
	@$(PYTHON) tools/postgres.py

fault-deps:  ## a library that sets the clock back, for a test of that
	@$(PYTHON) tools/faults.py

audit: $(NEED_UV)  ## known weaknesses of all that we depend on (asks api.osv.dev and npm's registry)
	$(UV) audit --frozen --preview-features audit-command
	cd ui && npm audit

wheel: $(NEED_UV) ui  ## a wheel with the screens in it, in dist/
	$(UV) build --wheel --out-dir dist

pictures: $(NEED_UV) ui browser-deps  ## make the pictures of the screens that the guides show
	$(RUN) python tools/pictures.py

bench: $(NEED_UV)  ## measure, and write benchmarks/RESULTS.md
	$(RUN) python -m benchmarks.run_all

soak: $(NEED_UV)  ## kill it a hundred times under load, and count what is lost (ARGS="--kills 10")
	$(RUN) python -m benchmarks.soak $(ARGS)

clean:  ## remove what the verbs made, but never data
	rm -rf src/sightline/ui ui/node_modules
	rm -rf .venv .envs .tools dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# --target needs neither a virtual environment nor leave to change the system's Python.
.tools/bin/uv:
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --target .tools uv
