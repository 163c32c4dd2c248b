# `make help` lists the targets.
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -q -n auto --dist loadscope

.DEFAULT_GOAL := help
.PHONY: help up test test-sqlite test-postgresql check coverage fmt faults bench messages screenshots lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

##@ Run
up: .venv/runtime ## Install what is missing and start the server (Ctrl-C stops it)
	@exec $(BIN)/python manage.py up

##@ Test
test: .venv/dev .venv/system ## The whole suite, on SQLite and on PostgreSQL
	$(MAKE) --no-print-directory test-sqlite test-postgresql

test-sqlite: .venv/dev
	@echo "== Tests on SQLite =="
	$(PYTEST) $(T)

test-postgresql: .venv/dev .venv/system
	@echo "== Tests on PostgreSQL =="
	KMS_TEST_DATABASE=postgresql $(PYTEST) $(T)

faults: .venv/dev .venv/system ## Kills, races, replays and what chance decides, in full, with a table (hours; T= for one)
	$(BIN)/python -m tests.faults $(T)

check: .venv/dev ## Format, lint, types, import contracts, migrations, tests with coverage
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(MAKE) --no-print-directory coverage test-postgresql

coverage: .venv/dev .venv/system ## The suite on SQLite, with the coverage that the project demands
	$(BIN)/python -m tests.coverage_gate

fmt: .venv/dev ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/dev .venv/system ## The benchmarks, with a table
	$(BIN)/python -m bench
	$(BIN)/python -m bench.lists

##@ House
EN := locale/en/LC_MESSAGES/django.po
messages: .venv/dev .venv/system ## Collect the pages' words into locale/ and compile them (needs GNU gettext)
	$(BIN)/python manage.py makemessages -l zh_Hans -l en --no-obsolete --add-location file \
	  --ignore .venv --ignore tests --ignore bench --ignore var
	msgattrib --clear-fuzzy --empty --clear-previous $(EN) | msgen --no-wrap - -o $(EN)
	$(BIN)/python manage.py compilemessages -l zh_Hans -l en --ignore .venv

screenshots: .venv/dev .venv/system ## Take every page into docs/screenshots/ (needs Chromium)
	$(BIN)/python -m tests.e2e.screenshots

lock: ## Resolve the dependencies anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## Remove the virtual environment (never the data folder)
	rm -rf .venv

.venv/bin/python:
	@echo "Creating .venv …"
	$(PYTHON) -m venv .venv

.venv/runtime: requirements.lock | .venv/bin/python
	@echo "Installing the locked dependencies (about half a minute) …"
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/dev: requirements-dev.lock | .venv/bin/python
	@echo "Installing the locked dependencies for tests (one or two minutes) …"
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@ .venv/runtime

# PostgreSQL's server, Node.js, wrk, RabbitMQ, Redis, nginx, faketime, Chromium and gettext, by apt where that may be done; named where it may not.
.venv/system: tests/system.sh | .venv/bin/python
	bash tests/system.sh
	@touch $@
