# PHT Clinic. `make demo` and `make test` work on a fresh clone with Python 3.11+ (with venv), make and git.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help venv demo demo-reset test t slow unit check trials bench lighthouse catalogue screenshots format \
  check-format check-lint check-security check-imports check-types check-templates check-migrations check-deploy \
  check-docs check-catalogue check-dependencies

help:
	@echo "make demo         start a clinic with invented patients on this machine (PORT=8000)"
	@echo "make demo-reset   forget that clinic; the next demo starts over"
	@echo "make test         everything the tests need, then the whole suite"
	@echo "make t M=injections/booking   one module's own tests: seconds"
	@echo "make slow         the whole suite, and its 20 slowest tests"
	@echo "make unit         the pure core's tests alone: seconds, no database"
	@echo "make check        format, lint, types, imports, templates, migrations, deploy check, documents, vulnerabilities"
	@echo "make trials       the trials in full counts, and what make test leaves out: hours (needs npm)"
	@echo "make bench        measurements, some minutes each, and their page (ONLY=rules runs one)"
	@echo "make screenshots  every picture of the README anew, from a demo of its own (ONLY=week makes one)"
	@echo "make lighthouse   what Lighthouse says of the main pages (needs npm; ONLY=home looks at one)"
	@echo "make catalogue    put new sentences for patients into the catalogues of other languages, and compile them"
	@echo "make format       let ruff put the code in shape"

# The stamp is younger than the requirements only after everything in them was installed.
$(STAMP): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11")'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv module is missing (Debian: apt install python3-venv)."; exit 1; }
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

venv: $(STAMP)

demo: $(STAMP)
	@exec $(PY) -m pht_clinic.demo --stop-with-parent

demo-reset: $(STAMP)
	@exec $(PY) -m pht_clinic.demo reset

# The pure core: what imports no Django. Each is run without it. Two halves that take alike: nobody waits for a third
# process that hands out tests one by one.
RULES := $(wildcard tests/injections/safety/test_*.py)
PURE_FIRST := $(filter-out tests/injections/safety/test_a% tests/injections/safety/test_d%,$(RULES))
PURE_REST := $(filter-out $(PURE_FIRST),$(RULES)) tests/injections/doors/coded \
  tests/injections/messages/test_aftercare_plan.py tests/scheduling/test_states.py \
  tests/scheduling/availability/test_weekly.py tests/scheduling/messages/test_plan.py \
  tests/scheduling/messages/test_words_and_blocks.py tests/scheduling/messages/test_calendar_part.py \
  tests/pht_clinic/test_errors.py tests/pht_clinic/demo/test_inbox.py tests/pht_clinic/demo/test_running.py \
  tests/scenarios/test_design.py tests/scenarios/test_network_guard.py tests/scenarios/test_readme.py
# Few examples of each property, and no plugin that the pure core does not ask for.
UNIT := $(PY) -m pytest --quiet --hypothesis-profile=unit -m "not longer and not full_trial" -p no:cacheprovider \
  -p no:django -p no:xdist -p no:anyio -p no:logging
unit: $(STAMP)
	@$(UNIT) $(PURE_REST) > $(VENV)/unit.txt 2>&1 & $(UNIT) $(PURE_FIRST); first=$$?; \
	  wait $$!; rest=$$?; cat $(VENV)/unit.txt; exit $$((first + rest))

# Three on two cores: some always wait for a process or a browser. The files come longest first (tests/server_plugin.py).
TEST_ALL := $(PY) -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder
test: $(STAMP)
	@$(PY) -m tests.chromium
	$(TEST_ALL)

slow: $(STAMP)
	@$(PY) -m tests.chromium
	$(TEST_ALL) --durations 20

# The folder of tests that mirrors the module, else whatever is named after it.
t: $(STAMP)
	@test -n "$(M)" || { echo "Which module? make t M=injections/booking"; exit 2; }
	@for folder in tests/$(basename $(M)) tests/$(notdir $(basename $(M))); do \
	  test ! -d $$folder || exec $(PY) -m pytest --quiet $$folder; done; \
	exec $(PY) -m pytest --quiet -k $(notdir $(basename $(M)))

# Programs of others that judge and read the FHIR door; `make test` needs no Node.
FHIR_VALIDATOR := $(VENV)/fhir_validator
$(FHIR_VALIDATOR)/.installed: $(wildcard tests/trials/fhir_validator/*)
	@command -v npm > /dev/null || { echo "npm is missing (Debian: apt install npm)."; exit 1; }
	@mkdir -p $(FHIR_VALIDATOR) && cp tests/trials/fhir_validator/* $(FHIR_VALIDATOR)
	cd $(FHIR_VALIDATOR) && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# Every trial, and of all other tests those that `make test` leaves out, makes smaller or has take turns.
trials: $(STAMP) $(FHIR_VALIDATOR)/.installed
	@$(PY) -m tests.chromium
	$(PY) -m pytest --trials=full

# What the product is measured against is installed beside it, never into the environment that the tests run in.
BENCH_VENV := $(VENV)/bench
BENCH_STAMP := $(BENCH_VENV)/.installed
BENCH_ALONE := bench/peers/appointment/requirements.txt
$(BENCH_STAMP): $(STAMP) requirements-dev.txt bench/requirements.txt $(BENCH_ALONE)
	@test -x $(BENCH_VENV)/bin/python || $(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements-dev.txt -r bench/requirements.txt
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(BENCH_ALONE)
	@touch $@

bench: $(BENCH_STAMP)
	@$(BENCH_VENV)/bin/python -m bench $(ONLY)

screenshots: $(STAMP)
	@$(PY) -m tests.chromium
	@$(PY) docs/screenshots $(ONLY)

# An npm tool beside the tests, which none of them needs; it lies with the rest that make installs.
LIGHTHOUSE := $(VENV)/lighthouse
$(LIGHTHOUSE)/.installed: tests/browser/lighthouse/package-lock.json
	@command -v npm > /dev/null || { echo "npm is missing (Debian: apt install npm)."; exit 1; }
	@mkdir -p $(LIGHTHOUSE) && cp tests/browser/lighthouse/package.json tests/browser/lighthouse/package-lock.json $(LIGHTHOUSE)
	npm ci --prefix $(LIGHTHOUSE) --ignore-scripts --no-audit --no-fund --silent
	@touch $@

lighthouse: $(STAMP) $(LIGHTHOUSE)/.installed
	@$(PY) -m tests.chromium
	@ONLY=$(ONLY) $(PY) -m pytest tests/browser/lighthouse/look.py --numprocesses 0 --quiet --capture=no

format: $(STAMP)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

# Settings as in production, for commands that read them; nothing listens at these addresses.
READ_SETTINGS := check check-types check-migrations check-deploy check-catalogue catalogue
$(READ_SETTINGS): export SECRET_KEY := $(shell head -c 48 /dev/urandom | base64)
$(READ_SETTINGS): export SECOND_FACTOR_KEYS := $(shell head -c 48 /dev/urandom | base64)
$(READ_SETTINGS): export DATABASE_URL := postgres://pht_app@/check?host=/nonexistent
$(READ_SETTINGS): export DATABASE_OWNER_URL := postgres://pht_owner@/check?host=/nonexistent
$(READ_SETTINGS): export RETENTION_DATABASE_URL := postgres://pht_retention@/check?host=/nonexistent
$(READ_SETTINGS): export REDIS_URL := redis://127.0.0.1:1/0
$(READ_SETTINGS): export BACKUP_FOLDER := /var/backups/clinic
$(READ_SETTINGS): export PRINTED_DAY_FOLDER := /var/lib/clinic/days
$(READ_SETTINGS): export PUBLIC_BASE_URL := https://clinic.example
$(READ_SETTINGS): export TRUSTED_PROXY_COUNT := 1
$(READ_SETTINGS): export EMAIL_URL := smtp+tls://mail.clinic.example:587
$(READ_SETTINGS): export CLINIC_NAME := Clinic
$(READ_SETTINGS): export CLINIC_PHONE := 020 7946 0000
$(READ_SETTINGS): export CLINIC_HOURS := daily
$(READ_SETTINGS): export CLINIC_ADDRESS := 1 Street
$(READ_SETTINGS): export DEFAULT_FROM_EMAIL := appointments@clinic.example
$(READ_SETTINGS): export DEFAULT_REPLY_TO := reception@clinic.example
check: check-format check-lint check-security check-imports check-types check-templates check-migrations \
  check-deploy check-docs check-catalogue check-dependencies

check-format: $(STAMP)
	$(VENV)/bin/ruff format --check .

check-lint: $(STAMP)
	$(VENV)/bin/ruff check .

check-security: $(STAMP)
	$(PY) -m bandit --quiet --configfile pyproject.toml --recursive pht_clinic scheduling injections docs manage.py

check-imports: $(STAMP)
	$(VENV)/bin/lint-imports

check-types: $(STAMP)
	$(VENV)/bin/mypy

check-templates: $(STAMP)
	$(VENV)/bin/djlint --lint --quiet pht_clinic scheduling injections

check-migrations: $(STAMP)
	$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(PY) docs/running/migrations_apart.py

check-deploy: $(STAMP)
	$(PY) manage.py check --deploy --fail-level WARNING

check-docs: $(STAMP)
	$(PY) -m injections.safety.document --check
	$(PY) -m injections.doors.coded.document --check
	$(PY) -m injections.management.states_document --check
	$(PY) docs/house.py --check
	$(PY) docs/settings_table.py --check
	$(PY) docs/running/nginx/error_pages.py --check
	$(PY) docs/screenshots/verdict.py --check
	$(PY) docs/bench/figures.py --check

check-catalogue: $(STAMP)
	DJANGO_SETTINGS_MODULE=pht_clinic.settings $(PY) docs/catalogue.py --check

check-dependencies: $(STAMP)
	@$(PY) -m tests.vulnerabilities requirements-dev.txt bench/requirements.txt $(BENCH_ALONE)

catalogue: $(STAMP)
	DJANGO_SETTINGS_MODULE=pht_clinic.settings $(PY) docs/catalogue.py
