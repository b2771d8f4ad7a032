# Two commands on a fresh machine: `make demo` (a demonstration day) and `make test`. `make help` lists the others.

PORT ?= 8000
HOST ?= 0.0.0.0
DATA ?=
NAME ?=
ARGS ?=
FILE ?=
PYTHON ?=
python := .venv/bin/python
data = $(patsubst ~/%,$(HOME)/%,$(or $(DATA),$1))
templates = $(shell find templates forum sessions -name '*.html')

# Options of the commands below, which other programs must not read from the environment.
unexport PORT HOST DATA NAME ARGS FILE
export PYTHON

# Three files at once, for two processors, since many tests wait; the longest first, so that all end at about the same
# time.
laptop_tests = $(python) -m slipcover --json --out .build/coverage/laptop.json -m pytest \
	--numprocesses 3 --dist loadfile --no-loadscope-reorder \
	tests/browser tests/model tests/bench tests/chaos tests/faults tests/fuzz tests/permissions tests/hosted tests/forum tests/sessions tests/test_*.py

.PHONY: help demo run setup facilitator test watch hosted check format lint types imports migrations translations
.PHONY: messages lock vendor bundle tidy advisories sbom

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20
	@echo
	@echo 'Options of demo and run: PORT=8000 HOST=0.0.0.0 DATA=directory'

demo: export FORUM_DATA = $(call data,.demo)
demo: ## set up, then start with a demonstration day (data in .demo)
	@bin/setup
	@$(python) manage.py serve --demo --host '$(HOST)' --port '$(PORT)'

run: export FORUM_DATA = $(call data,data)
run: ## set up, then start with your own forums (data in data)
	@bin/setup
	@$(python) manage.py serve --host '$(HOST)' --port '$(PORT)'

setup: ## set up alone, into .venv
	@bin/setup

facilitator: export FORUM_DATA = $(call data,data)
facilitator: ## a new link for a facilitator who lost theirs (NAME=…, DATA=…)
	@bin/setup
	@$(python) manage.py facilitator --name='$(subst ','\'',$(NAME))'

test: ## set up the tests, then run them all, browsers included, on SQLite, then on PostgreSQL and Redis (FILE=… one file, ARGS=… for pytest: on SQLite alone)
	@bin/setup tests
	@mkdir -p .build/coverage
ifneq ($(filter %.js,$(FILE)),)
	bin/with-node node --test $(FILE)
else
	$(if $(FILE)$(ARGS),,bin/with-node node --test $(wildcard tests/js/*.test.js))
	$(if $(FILE)$(ARGS),$(python) -m pytest $(FILE) $(ARGS),$(laptop_tests))
	$(if $(FILE)$(ARGS),,$(python) -m tests.hosted)
	$(if $(FILE)$(ARGS),,$(python) -m tests.coverage)
endif

watch: ## run the tests of each file that you save, until Ctrl-C (FILE=… always that one)
	@bin/setup tests
	@$(python) -m tests.watch $(FILE)

hosted: ## the tests on PostgreSQL and Redis, which are started for them (FILE=…, ARGS=… for pytest)
	@bin/setup tests
	$(python) -m tests.hosted $(FILE) $(ARGS)

check: format lint types imports migrations translations ## all checks that do not run the app

format lint types imports migrations translations: export FORUM_DATA = .build/check
format lint types imports migrations translations messages lock vendor bundle tidy: .venv/requirements-dev.lock
format lint types bundle tidy: $(if $(shell command -v npm),node_modules/setup.lock)

.venv/requirements-dev.lock: requirements-dev.lock
	@bin/setup tests

node_modules/setup.lock: package-lock.json
	@bin/setup tests

format: ## the format of Python, templates and scripts
	$(python) -m ruff format --check .
	.venv/bin/djade --check $(templates)
	bin/with-node biome format

lint: ## ruff, biome, and the bundles in static/js
	$(python) -m ruff check .
	bin/with-node biome lint --error-on-warnings
	bin/with-node bin/bundle.js --check

types: ## mypy and TypeScript, strict
	$(python) -m mypy
	bin/with-node tsc

imports: ## the rules of imports, and the drawing of them
	.venv/bin/lint-imports --no-logo
	$(python) bin/imports --check

migrations: ## missing migrations
	$(python) manage.py makemigrations --check --dry-run

translations: ## every text of the screens has a French translation
	$(python) -m pytest -q tests/test_project.py -k french

tidy: ## format Python, templates and scripts
	$(python) -m ruff check --fix .
	$(python) -m ruff format .
	-.venv/bin/djade $(templates)
	bin/with-node biome check --write

messages: ## gather the texts to translate, then compile the translations
	$(python) manage.py makemessages --locale fr --no-location --no-obsolete --ignore .venv --ignore node_modules
	msgcat --sort-output --output-file locale/fr/LC_MESSAGES/django.po locale/fr/LC_MESSAGES/django.po # else by directory order
	$(python) manage.py compilemessages --locale fr --ignore .venv --ignore node_modules

uv = .venv/bin/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --python-version 3.11

lock: ## write the lock files anew from pyproject.toml
	@test -x .venv/bin/uv || $(python) -m pip install --quiet uv
	$(uv) --extra hosted --output-file requirements.lock pyproject.toml
	$(uv) --extra hosted --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

advisories: ## look for known advisories about what the app is made of (needs internet)
	@$(python) -m tests.advisories

sbom: ## write what the app is made of to sbom.json (CycloneDX)
	@$(python) bin/sbom > sbom.json

vendor: ## fetch the browser files of vendor.lock again (needs npm)
	$(python) bin/vendor

bundle: ## write the bundles that browsers load (static/js) from the modules (js)
	bin/with-node bin/bundle.js
