# Everything a fresh machine with Python 3.11 needs: make run, make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
OLDEST := .venv-oldest

.PHONY: run dashboard test test-fast test-oldest lock lock-check check format bench bench-dashboard screenshots lessons coverage causes speech chatbot mitigations figures mutants wheel docs build dist-check wheel-test clean

run: $(VENV)/core
	$(BIN)/biasaudit audit compas --html audit.html

# The dashboard, on this machine alone.
dashboard: $(VENV)/dashboard
	$(BIN)/biasaudit dashboard

# Two at once, in an order that changes from run to run; make test SEED=3 repeats one.
SEED ?= $(shell date +%s)
# pytest rewrites every test before it runs: what comes of that is kept, where it would be made by both processes anew.
test test-fast test-oldest: export PYTHONDONTWRITEBYTECODE =
# A thread each: networks as small as the stories' take two thirds more time where two processes have two each.
test test-fast test-oldest: export OMP_NUM_THREADS = 1
test: $(VENV)/dev
	$(BIN)/python -m pytest -q -n 2 --dist worksteal --randomly-seed=$(SEED)

# The same on the oldest versions that pyproject.toml allows, of all but the tools and torch.
test-oldest: $(OLDEST)/test
	$(OLDEST)/bin/python -m pytest -q -n 2 --dist worksteal --randomly-seed=$(SEED)

# After each edit: the rooms that were changed and the contracts of all, without what takes long.
test-fast: $(VENV)/dev
	$(BIN)/python -m pytest -q -n 2 --dist worksteal -m "not slow" $$($(BIN)/python tests/changed.py)

# Made anew where pyproject.toml asks for something else; make lock UPGRADE=1 takes the newest of everything.
lock: $(VENV)/dev
	PATH="$(BIN):$$PATH" $(BIN)/python requirements/lock.py $(if $(UPGRADE),--upgrade)

lock-check: $(VENV)/dev
	PATH="$(BIN):$$PATH" $(BIN)/python requirements/lock.py --check

check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Ratios against fairlearn and bare engines, measured in one run, into docs/measured/speed.md; minutes.
bench: $(VENV)/dev
	$(BIN)/python -m pytest -q tests/benchmarks -o addopts="" -p no:cacheprovider -p no:xdist -p no:randomly --benchmark-disable-gc

# Times of the dashboard in a real browser, and with many sessions at once.
bench-dashboard: $(VENV)/dev
	$(BIN)/python tests/benchmarks/dashboard.py

# Every page, light and dark, on a screen and on a phone, into .screenshots/.
screenshots: $(VENV)/dev
	$(BIN)/python tests/browser/screenshots.py

# Every lesson on paper, questions and answers, into .lessons/; minutes.
lessons: $(VENV)/dev
	$(BIN)/python tests/lessons/on_paper.py

# The site, into docs/_build/html, and checked; what notebooks show is kept in docs/_cache until they or the package
# change. make docs NOTEBOOKS=off runs none. Pages with a warning are read anew next time, so that it warns again.
docs: $(VENV)/dev
	OMP_NUM_THREADS=1 $(BIN)/python -m sphinx -b html -d docs/_build/doctrees -j 2 -W --keep-going \
		$(if $(filter off,$(NOTEBOOKS)),-D nb_execution_mode=off) docs docs/_build/html \
		|| { rm -rf docs/_build/doctrees; exit 1; }
	$(BIN)/python tests/site/check_site.py docs/_build/html

# Coverage of every interval and the rate of false alarms, by simulation, into docs/measured; most of an hour.
coverage: $(VENV)/dev
	$(BIN)/python tests/coverage/simulate.py
	$(BIN)/python tests/coverage/simulate_weights.py
	$(BIN)/python tests/coverage/simulate_clusters.py
	$(BIN)/python tests/coverage/simulate_small_gaps.py
	OMP_NUM_THREADS=1 $(BIN)/python tests/coverage/simulate_questions.py
	$(BIN)/python tests/coverage/simulate_pairs.py
	$(BIN)/python tests/coverage/simulate_speakers.py
	$(BIN)/python tests/coverage/simulate_people.py
	OMP_NUM_THREADS=1 $(BIN)/python tests/coverage/outcomes/simulate_classes.py
	$(BIN)/python tests/coverage/simulate_learning.py
	OMP_NUM_THREADS=1 $(BIN)/python tests/coverage/simulate_training.py
	$(BIN)/python tests/coverage/simulate_monitoring.py
	$(BIN)/python tests/coverage/simulate_alarms.py
	$(BIN)/python tests/coverage/simulate_subgroups.py
	$(BIN)/python tests/coverage/simulate_subgroup_kinds.py
	OMP_NUM_THREADS=1 $(BIN)/python tests/coverage/outcomes/simulate_number_subgroups.py
	OMP_NUM_THREADS=1 $(BIN)/python tests/coverage/simulate_small_numbers.py
	OMP_NUM_THREADS=1 $(BIN)/python tests/coverage/simulate_choice.py
	OMP_NUM_THREADS=1 $(BIN)/python tests/coverage/simulate_pooled.py
	OMP_NUM_THREADS=1 $(BIN)/python tests/coverage/outcomes/simulate_numbers.py
	OMP_NUM_THREADS=1 POLARS_MAX_THREADS=1 $(BIN)/python tests/coverage/outcomes/simulate_number_audits.py
	OMP_NUM_THREADS=1 $(BIN)/python tests/coverage/outcomes/simulate_number_data.py
	OMP_NUM_THREADS=1 $(BIN)/python tests/coverage/outcomes/simulate_number_mitigations.py
	OMP_NUM_THREADS=1 $(BIN)/python tests/coverage/simulate_why.py
	OMP_NUM_THREADS=1 $(BIN)/python tests/coverage/simulate_equal_features.py
	OMP_NUM_THREADS=1 $(BIN)/python tests/coverage/own/simulate_own_metrics.py
	OMP_NUM_THREADS=1 $(BIN)/python tests/coverage/rankings/simulate_rankings.py

# Whom a recogniser hears that was trained on men: into docs/measured/speech.md; minutes.
speech: $(VENV)/dev
	OMP_NUM_THREADS=1 $(BIN)/python tests/coverage/stories/speech_by_group.py

# What a chatbot learns from its users, under every policy: into docs/measured/chatbot.md; seconds.
chatbot: $(VENV)/dev
	OMP_NUM_THREADS=1 $(BIN)/python tests/coverage/stories/chatbot_policies.py

# Causes of bias planted and named, into docs/measured/causes.md; a quarter of an hour.
causes: $(VENV)/dev
	OMP_NUM_THREADS=1 $(BIN)/python tests/coverage/simulate_causes.py

# Every mitigation on COMPAS and Adult, into docs/measured/mitigations.md; minutes.
mitigations: $(VENV)/dev
	$(BIN)/python tests/benchmarks/mitigation_tables.py

# Every figure of the shipped data sets and of the stories, as tests/figures holds them; a minute.
figures: $(VENV)/dev
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/figures/render.py

# Mutation testing of what counts and infers, into docs/measured/mutants.md; an hour or more.
mutants: $(VENV)/dev
	$(BIN)/mutmut run
	$(BIN)/mutmut results
	$(BIN)/python tests/benchmarks/mutant_table.py

wheel: $(VENV)/dev
	$(BIN)/python -m build --wheel --no-isolation

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# Nothing is resolved: the locks name every package and its version.
$(VENV)/core: pyproject.toml requirements/core.txt | $(VENV)/bin/python
	$(PIP) install --quiet --no-deps -r requirements/core.txt
	$(PIP) install --quiet --no-deps -e .
	$(PIP) check
	touch $@

$(VENV)/dashboard: pyproject.toml requirements/dashboard.txt | $(VENV)/bin/python
	$(PIP) install --quiet --no-deps -r requirements/dashboard.txt
	$(PIP) install --quiet --no-deps -e .
	$(PIP) check
	touch $@ $(VENV)/core

$(VENV)/dev: pyproject.toml requirements/dev.txt requirements/torch.txt | $(VENV)/bin/python
	$(PIP) install --quiet --no-deps -r requirements/dev.txt
	$(PIP) install --quiet --no-deps -r requirements/torch.txt -e .
	$(PIP) check
	touch $@ $(VENV)/core $(VENV)/dashboard

$(OLDEST)/bin/python:
	$(PYTHON) -m venv $(OLDEST)

# The index has torch's oldest for CUDA alone: the CPU's build of the other locks serves.
$(OLDEST)/test: PIP := $(OLDEST)/bin/python -m pip --disable-pip-version-check
$(OLDEST)/test: pyproject.toml requirements/oldest.txt requirements/torch.txt | $(OLDEST)/bin/python
	$(PIP) install --quiet --no-deps -r requirements/oldest.txt
	$(PIP) install --quiet --no-deps -r requirements/torch.txt -e .
	$(PIP) check
	touch $@

clean:
	rm -rf $(VENV) $(OLDEST) build dist mutants audit.html .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# What a release is made of, into dist/: the sdist, and the wheel out of it. Needs requirements/build.txt alone.
build:
	rm -rf dist
	$(PYTHON) -m hatchling build -t sdist -d dist
	$(PYTHON) -m pip wheel --quiet --no-deps --no-build-isolation -w dist dist/*.tar.gz

# Whether it is as it should be; with TAG=v1.2.3 the notes of that release, too, into build/release.
dist-check: $(VENV)/dev
	mkdir -p build/release
	$(BIN)/python .github/release/check_dist.py dist $(if $(TAG),--tag '$(TAG)') --sbom build/release/biasaudit.cdx.json
	$(if $(TAG),$(BIN)/python .github/release/notes.py '$(TAG)' --output build/release/notes.md)

# As the release is tried: built, looked at, installed into a fresh environment and used there. Nothing is uploaded.
wheel-test: $(VENV)/dev
	$(MAKE) build PYTHON=$(BIN)/python
	$(MAKE) dist-check
	$(BIN)/python .github/release/try_wheel.py dist/*.whl
