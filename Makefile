PYTHON ?= python3
BIN := .venv/bin
# One set-up at a time, where the system can lock: two at once would break each other's installation.
ALONE := $(if $(shell command -v flock),flock -n Makefile true || echo "Waiting for another make ..." >&2; flock Makefile)

.PHONY: chat test clean

# A conversation with the sample collection; a question on stdin is answered on stdout. That the collection does not
# hold an answer (exit code 3) is an answer too.
chat:
	@$(ALONE) $(MAKE) -s --no-print-directory data/samples/ingested
	@$(BIN)/footnote --data data/samples chat || test $$? -eq 3

test:
	@$(ALONE) $(MAKE) -s --no-print-directory .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

data/samples/ingested: .venv/installed $(wildcard corpus/samples/*.md)
	@$(BIN)/footnote --data data/samples ingest corpus/samples >&2
	@touch $@

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Footnote needs Python 3.11 or newer: make PYTHON=python3.12 chat")'
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@echo "Installing (once, a few minutes) ..." >&2
	@$(BIN)/pip install -qq --disable-pip-version-check -c constraints.txt -e . >&2
	@touch $@

.venv/installed-test: .venv/installed
	@$(BIN)/pip install -qq --disable-pip-version-check -c constraints.txt -e '.[test]' >&2
	@touch $@

clean:
	rm -rf .venv data/samples
