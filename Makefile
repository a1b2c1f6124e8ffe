# Two commands: `make demo` runs the main job on the embedded study, `make test` passes the tests.
PYTHON ?= python3.11
VENV ?= .venv
# Which torch build: empty takes what pip finds first (the CUDA build on most Linux machines).
# TORCH_INDEX=<address of a wheel index> or TORCH_WHEELS=<folder of wheels> chooses another, say the CPU build.
TORCH_INDEX ?=
TORCH_WHEELS ?=
BIN := $(VENV)/bin
# Small graph batches are slower on several threads than on one.
export OMP_NUM_THREADS ?= 1

.PHONY: demo test test-real test-engines check clean

$(VENV)/.stamp: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "combo_dl needs Python 3.11 or newer; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(if $(TORCH_INDEX),$(BIN)/pip install -q -c constraints.txt --index-url $(TORCH_INDEX) torch)
	$(if $(TORCH_WHEELS),$(BIN)/pip install -q -c constraints.txt --find-links $(TORCH_WHEELS) torch)
	$(BIN)/pip install -q -c constraints.txt -e ".[dev]"
	touch $@

demo: $(VENV)/.stamp
	$(BIN)/combo-dl train experiment=demo out=outputs/demo
	@echo; echo "== the bundle just trained, on an example table =="
	$(BIN)/combo-dl predict bundle=outputs/demo/bundle rows=docs/examples/demo_rows.csv out=outputs/demo_predictions.csv
	@echo; echo "== the shipped O'Neil bundle, on drugs and cell lines by name =="
	$(BIN)/combo-dl predict bundle=checkpoints/oneil rows=docs/examples/oneil_rows.csv out=outputs/oneil_predictions.csv

# Two processes, a test file in one of them: the suite is long enough to pay for a second start.
test: $(VENV)/.stamp
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-real: $(VENV)/.stamp
	$(BIN)/python -m pytest -m real

# DuckDB and Spark on the same claims: a query is planned anew for each of hundreds of small tables.
test-engines: $(VENV)/.stamp
	$(BIN)/python -m pytest -m engines tests/engines

check: $(VENV)/.stamp
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports && $(BIN)/deptry .

clean:
	rm -rf $(VENV) outputs multirun
