# Two commands matter: `make demo` and `make test`. Each does all of its own set-up.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO := var/demo

help: ## List the commands
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV): $(READY)

$(READY): requirements.lock pyproject.toml hatch_build.py $(wildcard src/cartable/locale/*/LC_MESSAGES/*.po)
	@scripts/venv $(VENV)
	@touch $@

demo: $(READY) ## Check, plan and sync an example district into the embedded roster
	@scripts/demo $(BIN)/cartable $(DEMO)

test: $(READY) ## Install what the tests need and run all of them
	@scripts/test-tools
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/pytest -n 2 --dist worksteal -q $(PYTEST)

conformance: $(READY) ## Hold what is answered against published material, where it lies beside the project
	@if [ -d ../shared ]; then $(BIN)/pytest conformance -q -p no:cacheprovider $(PYTEST); \
	else echo "There is no ../shared with published material: nothing to hold anything against."; fi

docs: $(READY) ## Write the generated pages of docs/ anew
	@$(BIN)/python scripts/docs.py

messages: $(READY) ## Bring the French catalogue up to date with the code's messages
	@$(BIN)/python scripts/messages.py

bench: $(READY) ## Print speed and memory as ratios (STUDENTS="10000 100000")
	@$(BIN)/uv --system-certs pip install --quiet --python $(BIN)/python --target $(VENV)/frictionless \
		--require-hashes -r requirements-bench.lock
	@FRICTIONLESS=$(VENV)/frictionless $(BIN)/python -m benchmarks.main $(foreach n,$(or $(STUDENTS),10000 100000),--students $(n))

bench-api: $(READY) ## Print how fast the API answers (SECONDS=15 each, MINUTES=10 of memory, DATABASE=sqlite)
	@$(BIN)/python -m benchmarks.serving $(if $(STUDENTS),--students $(STUDENTS)) $(if $(SECONDS),--seconds $(SECONDS)) \
		$(if $(MINUTES),--minutes $(MINUTES)) $(if $(DATABASE),--database $(DATABASE))

stress: $(READY) ## Check what no delivery should be and print memory and time; needs 30 GB and an hour
	@$(BIN)/python -m benchmarks.stress --memory $(or $(MEMORY),512MB) $(if $(ONLY),--only "$(ONLY)")

fuzz: $(READY) ## Try inputs without end, SECONDS=60 for each of TARGETS (see fuzzing/README.md)
	@$(BIN)/uv --system-certs pip install --quiet --python $(BIN)/python --require-hashes \
		-r requirements-fuzz.lock
	@for target in $(or $(TARGETS),$(notdir $(wildcard fuzzing/corpus/*))); do \
		$(BIN)/python -m fuzzing.main $$target -max_total_time=$(or $(SECONDS),60) -print_final_stats=1 || exit; \
	done

lock: $(READY) ## Resolve the dependencies anew, with hashes and without addresses
	@$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--python-version 3.11 --extra test pyproject.toml requirements-build.in -o requirements.lock
	@$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--python-version 3.11 requirements-fuzz.in -o requirements-fuzz.lock
	@$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--python-version 3.11 requirements-bench.in -o requirements-bench.lock

clean: ## Remove what the commands above made, the demo's roster too
	rm -rf $(VENV) var build dist

.PHONY: help demo test conformance docs messages bench bench-api stress fuzz lock clean
