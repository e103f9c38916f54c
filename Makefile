# Everything a fresh machine with Python >= 3.11, git and make needs: `make demo`, `make test`.
# uv is taken from the PATH or installed into .tools/; nothing outside this folder is touched.

PYTHON ?= python3
TOOLS := .tools
UV := $(shell command -v uv 2>/dev/null || echo $(TOOLS)/bin/uv)
BIN := .venv/bin
export UV_PYTHON_DOWNLOADS := never

.PHONY: help setup demo test test-servers gates check notebooks figures speed lock clean

help:
	@echo "make demo       a demonstration shop: import, train, serve, score in front of you"
	@echo "make test       the whole test suite"
	@echo "make test-servers  the tests of the service again, on PostgreSQL and Redis"
	@echo "make gates      format, lint, types, import rules, wheel"
	@echo "make check      test and gates, as continuous integration runs them"
	@echo "make notebooks  execute the notebooks and keep their pictures"
	@echo "make figures    make the README's table again (ORDERINTEL_TEST_DATA names the data sets)"
	@echo "make speed      make the README's table of speed again (every benchmark in turn; long)"
	@echo "make clean      remove what the other targets made, but no data"

$(TOOLS)/bin/uv:
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check uv

.venv/.ready: pyproject.toml uv.lock | $(UV)
	$(UV) sync --frozen --all-extras --quiet --python $(PYTHON)
	@touch $@

setup: .venv/.ready

demo: setup
	$(BIN)/orderintel demo $(ARGS)

test: setup
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

test-servers: setup
	ORDERINTEL_TEST_SERVERS=1 $(BIN)/pytest -n 2 --dist loadfile -m "not embedded" \
		--ignore tests/serving/demo --ignore tests/serving/cli tests/serving $(ARGS)

gates: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	UV=$(UV) PYTHON=$(PYTHON) sh tests/wheel.sh

check: test gates

notebooks: setup
	$(BIN)/jupyter-execute --inplace notebooks/*.ipynb

figures: setup
	$(BIN)/python -m tests.benchmarks.figures

speed: setup
	$(BIN)/python -m tests.benchmarks.speed

lock: | $(UV)
	$(UV) lock

clean:
	rm -rf .venv $(TOOLS) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
