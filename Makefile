# What people type. `make` alone lists it.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

ifdef PORT
export SITE_URL := http://127.0.0.1:$(PORT)
else
PORT := $(or $(shell sed -n 's/^SITE_URL=.*:\([0-9][0-9]*\)$$/\1/p' .env 2>/dev/null),8000)
endif

.DEFAULT_GOAL := help
.PHONY: help install run test test-sqlite test-postgresql test-services lint format lock icons bench

help: ## List what can be done
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|' 2>/dev/null \
	  || sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile

install: $(VENV)/installed ## Make .venv with every dependency, from the locked requirements

$(VENV)/installed: requirements-dev.txt deploy/make_venv.sh
	@echo "Making $(VENV) (once, about a minute)"
	@sh deploy/make_venv.sh $(PYTHON) $(VENV)
	@$(BIN)/pip install --quiet --require-hashes --requirement requirements-dev.txt
	@touch $@

.env:
	@umask 077; key() { $(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))'; }; \
	printf 'DEBUG=true\nSITE_URL=http://127.0.0.1:%s\nSECRET_KEY=%s\nPRIVACY_KEY=%s\n' \
	  "$(PORT)" "$$(key)" "$$(key)" > .env
	@echo "Wrote .env with keys of its own for this machine"

run: install .env ## Set everything up; start site and worker on 127.0.0.1 (PORT=8000)
	@$(BIN)/python manage.py quickstart
	@$(BIN)/python manage.py run_worker & worker=$$!; \
	  trap 'kill $$worker 2>/dev/null' EXIT INT TERM; \
	  $(BIN)/python manage.py runserver 127.0.0.1:$(PORT)

test: install test-services ## Run all tests, on SQLite and on PostgreSQL side by side
	@echo "Each shows its results when it ends, in about ten minutes"
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-sqlite test-postgresql

test-sqlite: install
	@echo "== Tests on SQLite"
	@$(BIN)/python -m pytest

# What a browser makes of a page does not depend on the database.
test-postgresql: install
	@echo "== Tests on PostgreSQL"
	@$(BIN)/python -m tests.postgresql $(BIN)/python -m pytest --ignore tests/browser

test-services:
	@sh tests/install_services.sh

lint: install ## Check style, types, templates, migrations and settings
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/djlint --quiet --lint templates
	@$(BIN)/mypy
	@DEBUG=true $(BIN)/python manage.py makemigrations --check --dry-run
	@SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	  PRIVACY_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	  DEBUG=false SITE_URL=https://clinic.example \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: install ## Measure speed beside a bare Django; needs wrk; takes minutes
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench.newsletter

icons: install ## Draw favicons and share picture anew from static/identity
	@$(BIN)/python deploy/draw_icons.py

format: install ## Put the code into the house's form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: install ## Write requirements*.txt anew from requirements*.in
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command "make lock" requirements.in --output-file requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command "make lock" requirements-dev.in \
	  --constraints requirements.txt --output-file requirements-dev.txt
