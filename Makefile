# The habits of this repository, one line each. `make` alone lists them.

# A server of continuous integration must not settle dependencies anew.
locked := $(if $(CI),--locked)

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test soak fuzz-api lint bench bench-peers

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Make this machine ready to build; changes nothing that is there already
	@.ci/setup

demo: setup ## Import sample and generated claims, find those to reprocess, and show what came out
	@.ci/demo

serve: setup ## Keep a server up on the demo's data
	@.ci/serve

test: ## Run every test
	@.ci/setup tests
	cargo test $(locked) --workspace

soak: ## Run every test, at the sizes that take long
	@.ci/setup tests
	REPRISE_SOAK=1 cargo test $(locked) --release --workspace

fuzz-api: setup ## Send a real server requests of every shape, right and wrong
	@.ci/fuzz-api

lint: setup ## Check format, lints and documentation; a warning is an error
	cargo fmt --all --check
	cargo clippy $(locked) --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc $(locked) --workspace --no-deps

bench: ## Measure everything, print the table and write it into docs/benchmarks.md
	@.ci/setup tests
	cargo bench $(locked) -p reprise-benches
	cargo bench $(locked) -p reprise-benches -- --report ../docs/benchmarks.md

# Such as PEERS="--claims 100000" or PEERS="--engines duckdb,sqlite".
bench-peers: ## Measure Reprise beside databases, data frames and rule engines; writes docs/peers.md
	@.ci/setup tests
	benches/peers/run $(PEERS)
