# The entry points of the project. `make` lists them; each target installs what it needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup up down clean check quick test unit integration conformance e2e e2e-all sim sim-mutants chaos endurance bench release package

export LAB MANAGERS WORKERS SUITE SEED SEEDS MINUTES

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

setup: node_modules/.package-lock.json

up: setup ## boot a cluster of real nodes in containers on this machine (LAB= MANAGERS=3 WORKERS=2 SUITE=trixie|bookworm|next)
	@npm run -s lab -- up

down: setup ## remove the cluster of `make up` and everything that it runs on
	@npm run -s lab -- down

check: setup ## types, lint and import rules
	npx tsc -p .
	npx biome check --error-on-warnings .
	npx depcruise --config .dependency-cruiser.cjs crd-like-specs drivers coordination notifications quorum controller agent generator cli deploy test bench vitest.config.ts

quick: setup ## while you work: types, lint and the unit tests that your uncommitted changes can affect
	npm run -s quick

unit: setup ## the tests next to the code and the golden files; they need only Node
	npx vitest run --project unit

integration: setup ## tests against etcd, shells and cloud-init, and of the bundle
	test/setup integration
	npx vitest run --project integration

sim: setup ## real agents and controllers in memory: scenarios and random walks (SEEDS=n, 400 take a minute; SEED=n replays one)
ifndef SEED
	npx vitest run --project sim
endif
	npx tsx test/sim/run.ts

sim-mutants: setup ## mutants: the random walks must find each planted mistake
	npx tsx test/sim/mutants.ts

conformance: setup ## the drivers and their fakes against the same suites, with real etcd, Docker, systemd and Vault
	npx vitest run --project conformance --project vault

e2e: setup ## the end-to-end scenario of one suite on real nodes (SUITE=trixie|bookworm|next)
	npx vitest run --project 'e2e*' test/e2e/$(or $(SUITE),trixie).test.ts

e2e-all: setup ## end-to-end tests on every suite (Docker 20.10 to 28, etcd 3.4 to 3.6): all ways to bootstrap, remediation, units, Vault
	npx vitest run --project 'e2e*'

chaos: setup ## random faults on real nodes; invariants are checked from outside (MINUTES=10 SEED=n)
	npx tsx test/chaos/main.ts

endurance: setup ## ten minutes of chaos and 2000 random walks, as `make test` runs them (MINUTES=10 SEEDS=2000)
	npx vitest run --project walks --project chaos

test: setup ## everything that must pass before a change lands
	test/run

bench: setup ## measurements, as ratios to a baseline in the same run
	npx tsx bench/main.ts

release: setup ## dist/swarmkeeper-VERSION-linux-ARCH.tar.gz with its sha256 (ARCH=x64|arm64, default: this machine's)
	npm run -s release -- $(ARCH)

package: setup ## dist/swarmkeeper-VERSION.tgz, the CLI for `npm install -g` on the operator's machine
	@mkdir -p dist
	npm pack --silent --pack-destination dist

clean: ## remove build results and caches
	rm -rf dist out lib .cache node_modules
