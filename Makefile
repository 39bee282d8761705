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
	@$(BIN)/pytest -n 2 -q $(PYTEST)

docs: $(READY) ## Write the generated pages of docs/ anew
	@$(BIN)/python scripts/docs.py

messages: $(READY) ## Bring the French catalogue up to date with the code's messages
	@$(BIN)/python scripts/messages.py

bench: $(READY) ## Print speed and memory as ratios (STUDENTS="10000 100000")
	@$(BIN)/python -m benchmarks.main $(foreach n,$(or $(STUDENTS),10000 100000),--students $(n))

lock: $(READY) ## Resolve the dependencies anew, with hashes and without addresses
	@$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--python-version 3.11 --extra test pyproject.toml requirements-build.in -o requirements.lock

clean: ## Remove what the commands above made, the demo's roster too
	rm -rf $(VENV) var build dist

.PHONY: help demo test docs messages bench lock clean
