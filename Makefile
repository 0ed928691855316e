# The project's doors. `make` lists them; each target sets up what it needs.
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

up: setup ## boot a cluster of real hosts on this machine (LAB= MANAGERS=3 WORKERS=2 SUITE=trixie|bookworm|next)
	@npm run -s lab -- up

down: setup ## take the cluster away again, with everything that it ran on
	@npm run -s lab -- down

check: setup ## types, lint, who imports whom
	npx tsc -p .
	npx biome check --error-on-warnings .
	npx depcruise --config .dependency-cruiser.cjs crd-like-specs drivers coordination notifications quorum controller agent generator cli deploy test bench vitest.config.ts

quick: setup ## while you work: types, lint, and the unit tests that your uncommitted changes can reach
	npm run -s quick

unit: setup ## the tests next to the code, and the golden files: with nothing but Node
	npx vitest run --project unit

integration: setup ## the same against etcd, shells, cloud-init, and as a bundle
	test/setup integration
	npx vitest run --project integration

sim: setup ## real agents and controllers in memory: stories, and random walks (SEEDS=n, 400 take a minute; SEED=n replays one)
ifndef SEED
	npx vitest run --project sim
endif
	npx tsx test/sim/run.ts

sim-mutants: setup ## planted mistakes, each of which the random walks must find
	npx tsx test/sim/mutants.ts

conformance: setup ## the drivers and their twins against real etcd, docker and systemd
	npx vitest run --project conformance --project vault

e2e: setup ## the story on real hosts (SUITE=trixie|bookworm|next)
	npx vitest run --project 'e2e*' test/e2e/$(or $(SUITE),trixie).test.ts

e2e-all: setup ## the story on each suite (docker 20.10 to 28, etcd 3.4 to 3.6), every way to bootstrap, the deaths
	npx vitest run --project 'e2e*'

chaos: setup ## random faults on real hosts, the promises watched from outside (MINUTES=10 SEED=n)
	npx tsx test/chaos/main.ts

endurance: setup ## ten minutes of chaos and two thousand walks, as `make test` runs them (MINUTES=10 SEEDS=2000)
	npx vitest run --project walks --project chaos

test: setup ## everything below: what must pass before anything lands
	test/run

bench: setup ## the measures, as ratios in one run
	npx tsx bench/main.ts

release: setup ## dist/swarmkeeper-VERSION-linux-ARCH.tar.gz with its sha256 (ARCH=x64|arm64, else this machine's)
	npm run -s release -- $(ARCH)

package: setup ## dist/swarmkeeper-VERSION.tgz, the CLI for `npm install -g` on an operator's machine
	@mkdir -p dist
	npm pack --silent --pack-destination dist

clean: ## remove what was built and cached
	rm -rf dist out lib .cache node_modules
