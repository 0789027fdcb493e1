# Galatea. `make run` and `make test` do all the set-up on a fresh machine: venv + pip, from PyPI alone.
PYTHON ?= python3
EXTRAS ?= cpu,dev,video
BIN := .venv/bin
comma := ,
READY := .venv/.ready-$(subst $(comma),-,$(EXTRAS))
WORKERS ?= 2
BASELINE := serve/contracts/galatea/v1/baseline.binpb

.DEFAULT_GOAL := help
.PHONY: help run test test-full check fix proto studio bench clean

help: ## say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  \1\t/' | expand -t 14

$(READY): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS)]'
	@rm -f .venv/.ready-* && touch $@

run: $(READY) ## serve on http://127.0.0.1:8000; settings are environment variables, see the README
	@exec $(BIN)/galatea run

test: $(READY) ## run the tests; what this machine lacks is skipped with a reason
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "not full" --durations=15

test-full: $(READY) ## run the long matrix too
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --durations=30

check: $(READY) ## look for faults; never writes
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/buf lint
	$(BIN)/buf breaking --against $(BASELINE)
	$(BIN)/python -m tests.helm_program
	$(BIN)/helm lint --strict helm/galatea
	$(BIN)/helm lint --strict helm/galatea --values helm/galatea/values-laptop.yaml
	$(BIN)/hadolint docker/Dockerfile.*
	@if [ -d studio/node_modules ] && command -v npm >/dev/null; then npm run --silent --prefix studio check; \
	else echo "the studio's types are not checked: install node, then npm ci --prefix studio"; fi

fix: $(READY) ## format, and mend what a machine can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

proto: $(READY) ## generate the gRPC messages after a change of galatea.proto, which must break no client
	$(BIN)/buf lint
	$(BIN)/buf breaking --against $(BASELINE)
	$(BIN)/python -m grpc_tools.protoc -I serve/contracts --python_out=serve/contracts --pyi_out=serve/contracts galatea/v1/galatea.proto
	$(BIN)/python -m grpc_tools.protoc -I serve/contracts --descriptor_set_out=clients/python/galatea_client/galatea.binpb galatea/v1/galatea.proto
	$(BIN)/buf build -o $(BASELINE)

studio: ## build the page at / from studio/ into serve/edges/web; needs node
	npm ci --prefix studio --no-audit --no-fund --loglevel=error
	npm run --silent --prefix studio build

bench: $(READY) ## measure; writes the tables in benchmarks/
	$(BIN)/python -m benchmarks.generate
	$(BIN)/python -m benchmarks.determinism
	$(BIN)/python -m benchmarks.geometry
	$(BIN)/python -m benchmarks.jobs
	$(BIN)/python -m benchmarks.serving

clean: ## remove what was made: the environment, caches, out/
	rm -rf .venv out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis tests/node_modules studio/node_modules
