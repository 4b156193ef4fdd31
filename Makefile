# One profile and one target folder serve everything, so that nothing is built twice.
.PHONY: setup build demo demo-salesforce demo-experiment error-rates test bench lint dist

CARGO ?= cargo
# After `make setup` nothing below needs a network.
LOCKED := --locked --offline

## what building, testing and training need (safe to run again)
setup:
	@scripts/setup.sh

build: setup
	$(CARGO) build $(LOCKED) --workspace

## made-up data -> trained model -> call list -> report, in ./demo
demo: build
	$(CARGO) run $(LOCKED) --quiet --bin leadrank -- demo --project demo

## the demo's scores in a Salesforce org that stands in for a real one
demo-salesforce: demo
	scripts/demo_salesforce.sh

## a whole experiment on made-up data; LIFT=0.5 is the truth behind it
demo-experiment: build
	scripts/demo_experiment.sh $(or $(LIFT),0.5)

## false alarms, power and coverage of the experiment's methods, on RUNS made-up experiments each
error-rates:
	$(CARGO) run $(LOCKED) --package leadrank-experiment --example error_rates -- $(or $(RUNS),10000)

## all tests, ending with the examples in the docs
test: setup
	$(CARGO) build $(LOCKED) --workspace --all-targets
	$(CARGO) test $(LOCKED) --workspace --all-targets --no-fail-fast
	$(CARGO) test $(LOCKED) --workspace --doc
	npm --prefix salesforce test --silent

## speed beside the peers, as ratios; BENCH_SCALE, BENCH_MONTHS, BENCH_TIMES and BENCH_JSON set it
bench: build
	$(CARGO) build $(LOCKED) --quiet -p leadrank-stats -p leadrank-sources -p leadrank-features -p leadrank-learn --examples
	PYTHONDONTWRITEBYTECODE=1 python3 benches/run.py $(or $(CARGO_TARGET_DIR),target)/debug

## formatting, clippy, licences and duplicate versions
lint: setup
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(LOCKED) --workspace --all-targets -- -D warnings
	npm --prefix salesforce run lint --silent
	scripts/deny.sh

## the binary that is shipped: full optimisation, a few minutes longer
dist: setup
	$(CARGO) build $(LOCKED) --profile dist --bin leadrank
