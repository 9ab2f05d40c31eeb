# Everything a newcomer needs: `make run` and `make test`; `make help` lists the rest. Each target sets up what it needs in .venv/.
# Only Python >= 3.11 and make are expected; PYTHON=python3.12 chooses another interpreter.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
SHARED ?= ../shared

.PHONY: run help test browser lint quality bench peers chaos mutation docs licences sbom audit dist lock clean setup dev verify-compose verify-prometheus verify-wheels verify-arm64 verify-contracts

# The whole pipeline on this machine, with the pages of seeds/; ends with Ctrl-C, with ARGS=--once when all has come out.
run: setup
	@$(BIN)/tocsin run $(ARGS)

# What there is to make; the first line of each comment in this file.
help:
	@awk '/^# / { if (!told) told = substr($$0, 3); next } \
		/^[a-z][a-z-]*:/ { if (told) printf "make %-18s %s\n", substr($$1, 1, length($$1) - 1), told } { told = "" }' Makefile

# Every test but those in a browser and the long forms; ARGS=tests/tour takes a part.
test: dev
	@$(BIN)/python -m pytest -q $(ARGS)

# The page in a real browser; needs a Chromium on the machine (apt-get install chromium), and says so without one.
browser: dev
	@$(BIN)/python -m pytest -q -m browser --timeout 600 tests/acceptance $(ARGS)

# Style, types, and who may import whom.
lint: dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# Quality figures on pages with known truth, against benchmarks/floors.toml; fails below.
quality: dev
	@$(BIN)/python -m benchmarks.quality --shared $(SHARED) $(ARGS)

# Speed, as ratios against named alternatives; ARGS=stage_speed takes one table, ARGS=--help lists them.
bench: dev
	@$(BIN)/python -m benchmarks.bench $(ARGS)

# What `make bench` compares with; a newer pip first, because the one Python 3.11 brings stumbles over their extras.
peers: dev
	@$(BIN)/python -m pip install --quiet --upgrade pip
	@$(BIN)/python -m pip install --quiet --editable '.[bench]'

# The long kill tests: SIGKILL of every process at any moment, and nothing lost or doubled.
chaos: dev
	@$(BIN)/python -m pytest -q tests/chaos --long $(ARGS)

# Changes each line of the pure core on purpose and counts which changes no test notices: an hour or two on 2 cores.
# ARGS='services.alert.windows.*' takes a part; docs/mutation.md has the score and what is left.
mutation: $(VENV)/.docs
	@$(BIN)/mutmut run $(ARGS); $(BIN)/mutmut results

# The documents as a site in site/; a link that leads nowhere fails. ARGS=serve shows it while you write.
docs: $(VENV)/.docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs --quiet $(or $(ARGS),build)

# What stands in requirements.lock, with versions and licences (docs/releasing.md).
licences: $(VENV)/.docs
	@{ printf '# Licences\n\nWhat Tocsin installs to run (`requirements.lock`), written by `make licences`.\n\n'; $(BIN)/pip-licenses \
		--from=mixed --with-urls --format=markdown --packages $$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/\1/p' requirements.lock); } > docs/licences.md

# The same as a CycloneDX document, with hashes and package URLs: dist/sbom.cdx.json.
sbom: $(VENV)/.docs
	@mkdir -p dist && $(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --mc-type application --output-reproducible \
		--of JSON -o dist/sbom.cdx.json requirements.lock && echo dist/sbom.cdx.json

# Known vulnerabilities of what is locked; asks the package index's advisories, and fails when it has none to ask for a package.
# ADVISORIES=insecure.json asks that file instead (docs/releasing.md).
audit: $(VENV)/.docs
	@$(if $(ADVISORIES),$(BIN)/python -m deploy.verify.advisories $(ADVISORIES),\
		$(BIN)/pip-audit --strict --disable-pip --no-deps -r requirements.lock) $(ARGS)

# A wheel and a source archive in dist/, installed into an empty environment and tried on the seeds.
dist: $(VENV)/.docs
	@rm -rf dist && $(BIN)/python -m build --no-isolation --outdir dist . 2>&1 | tail -n 1
	@$(PYTHON) -m venv dist/.try && dist/.try/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@dist/.try/bin/python -m pip install --quiet --disable-pip-version-check --no-deps dist/*.whl
	@cd dist && .try/bin/tocsin --version && .try/bin/tocsin run --once | tail -n 3 && rm -rf .try .tocsin

# The real Compose file on a real engine; ARGS=--mutations breaks things on purpose and shows that the checks notice.
verify-compose:
	@bash deploy/verify/run.sh $(ARGS)

# Configuration, rules and their unit tests; needs promtool (Debian's package `prometheus`).
verify-prometheus:
	@bash deploy/verify/prometheus.sh

# Every locked package is there as a wheel for arm64 and amd64 and each Python; asks the package index, for five minutes.
verify-wheels: dev
	@$(BIN)/python -m deploy.verify.wheels

# The image built for arm64 and run through QEMU: it must do what the amd64 one does; on an amd64 machine, as root on Debian.
verify-arm64:
	@bash deploy/verify/run.sh --arm64

# The API and the AsyncAPI document, judged by schemathesis (PyPI) and by AsyncAPI's own parser (npm), each in a folder of its own.
verify-contracts: dev
	@bash deploy/verify/contracts.sh $(ARGS)

# What tocsin runs on; `dev` adds what the tests need.
setup: $(VENV)/.setup
dev: $(VENV)/.dev

$(VENV)/.setup: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "tocsin needs Python 3.11 or newer; none was found (set PYTHON=/path/to/python3)"; exit 1; }
	@test -x $(BIN)/python || { echo "setting up $(VENV) with $$($(PYTHON) --version) …"; $(PYTHON) -m venv $(VENV); }
	@echo "installing what tocsin runs on (once, about a minute) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.setup requirements-dev.lock
	@echo "installing what the tests need (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.docs: $(VENV)/.setup requirements-docs.lock
	@echo "installing what makes the documents a site (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.lock
	@touch $@

# Maintainers only: resolves pyproject.toml into lock files for every platform, with hashes.
lock: dev
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		pyproject.toml --extra models --group build -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		pyproject.toml --extra models --group build --group dev -c requirements.lock -o requirements-dev.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		--group docs -c requirements-dev.lock -o requirements-docs.lock

# Away with all that was made here: the environment, the data of runs, builds and caches.
clean:
	@rm -rf $(VENV) .tocsin site dist mutants .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
