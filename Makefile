# The commands a newcomer runs; each sets up what it needs. `make help` lists them.
PY := .venv/bin/python
export PYTHONUNBUFFERED := 1

.PHONY: help setup demo test check bench fuzz docs format clean

help: ## List the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

setup: ## Install what is needed (apt as root, pip in .venv)
	@sh scripts/setup.sh

demo: setup ## Run the whole hall here; ONCE=1 OUT=dir plays one journey and checks it
	@$(PY) -m scripts.demo $(if $(ONCE),--once --out "$(or $(OUT),build/demo)",$(if $(KIOSKS),--kiosks $(KIOSKS),))

test: setup ## Run every tier of tests that this machine can run
	@$(PY) -m pytest -n 3 --dist loadfile $(ARGS) || { \
		echo "test: what failed beside other tests is tried once more, alone"; \
		$(PY) -m pytest --last-failed --last-failed-no-failures none $(ARGS); }

check: setup ## Format, lint, types, import contracts, generated docs
	@sh scripts/check.sh

bench: setup ## Run all benchmarks, one table, build/bench.json
	@$(PY) -m scripts.bench

fuzz: setup ## Fuzz every parser of bytes from a device (atheris); ARGS="--only sdt_frames --runs 20000"
	@$(PY) -c "import atheris" 2>/dev/null || .venv/bin/pip install -q -c constraints.txt -e '.[fuzz]'
	@$(PY) -m scripts.fuzz $(ARGS)

docs: setup ## Make the generated documents anew
	@$(PY) -m bus.asyncapi > docs/asyncapi.yaml
	@for po in kiosk/locale/*/LC_MESSAGES/*.po drivers/locale/*/LC_MESSAGES/*.po; do msgfmt -o $${po%.po}.mo $$po; done
	@$(PY) -m drivers.words_page > docs/peripheral-status.md

format: setup ## Format the code
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

clean: ## Remove what was built (not var/)
	rm -rf .venv build *.egg-info
