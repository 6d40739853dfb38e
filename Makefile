# Every command of the project. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help run setup test check format bench chaos vignettes utterances pictures lock clean browser

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

##@ Use

run: $(INSTALLED) ## Start it: a simulated phone in the browser, or the real server when LINE_CHANNEL_SECRET is set
	@$(BIN)/python app.py $(if $(LINE_CHANNEL_SECRET),serve,demo)

setup: $(INSTALLED) ## Only make .venv from requirements.lock

# --no-deps: the lock names everything, so nothing else may come in. The stamp is newer than the lock when it is done.
$(INSTALLED): requirements.lock
	@echo "Installing into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { echo "Python cannot make a virtual environment. On Debian: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@touch $@

##@ Work on it

test: $(INSTALLED) browser ## Run all tests; installs a browser when the machine has none
	@$(BIN)/python -m pytest -q --numprocesses auto --dist worksteal

check: $(INSTALLED) ## Lint, types, and the checks of flows/ and content/
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "Run: make format"; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/python app.py check

format: $(INSTALLED) ## Put the code into its form
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

bench: $(INSTALLED) ## Measure the event path beside other bots, a burst, growth, the start, the engine, the content, a campaign
	@$(BIN)/python -m tests.bench.event_path --all
	@$(BIN)/python -m tests.bench.durability
	@$(BIN)/python -m tests.bench.burst
	@$(BIN)/python -m tests.bench.growth
	@$(BIN)/python -m tests.bench.start
	@$(BIN)/python -m tests.bench.engine
	@$(BIN)/python -m tests.bench.state_machines
	@$(BIN)/python -m tests.bench.reading
	@$(BIN)/python -m tests.bench.content
	@$(BIN)/python -m tests.bench.campaign

chaos: $(INSTALLED) ## Kill real servers, break LINE and the databases under thousands of events; check that nobody notices
	@$(BIN)/python -m tests.chaos

vignettes: $(INSTALLED) ## Advise every invented patient; print how well, and write every miss into tests/vignettes/REPORT.md
	@$(BIN)/python -m tests.vignettes.report

utterances: $(INSTALLED) ## Read every message of the corpus; print how well, and every miss that may be looked at
	@$(BIN)/python -m tests.utterances.report

pictures: $(INSTALLED) browser ## Draw every PNG of content/pictures/ anew, and the rich menu
	@$(BIN)/python -m bot.picture_export

lock: $(INSTALLED) ## Write requirements.lock anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--universal --python-version 3.11 --group dev pyproject.toml -o requirements.lock

clean: ## Remove what can be made again; keeps var/
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Debian's package where it may be installed, otherwise the browser that Playwright brings.
browser: $(INSTALLED)
	@command -v chromium >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; \
		else \
			$(BIN)/playwright install chromium; \
		fi; }

help: ## Show this list
	@awk 'BEGIN {FS = ":.*##"} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*##/ {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
