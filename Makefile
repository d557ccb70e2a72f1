# `make` alone shows what there is.
.DEFAULT_GOAL := help
.PHONY: help demo test check crash storm hosts tsan simulate mutants fuzz bench build release install uninstall lint format \
  scripts clean

# Shell scripts of the project.
scripts := start_automation.sh .ci/run $(wildcard scripts/*.sh scripts/hosts/*.sh)
swift_sources := Sources Tests Benchmarks Package.swift migrations scripts/thread-sanitizer scripts/fuzz
# One test, one suite, or a part of a name: make test FILTER=PlanningTests
FILTER ?=
# The simulation: make simulate SEEDS=1000 DAYS=3, or one seed again with everything that happens: make simulate SEED=17
SEEDS ?= 200
DAYS ?= 3
FAULTS ?= 0.45
SEED ?=
# Planted bugs: make mutants MUTANTS='utc_day no_read_back'
MUTANTS ?=
# How long each surface is fuzzed, and which: make fuzz SECONDS=300 SURFACE='sources tracking'. A shell may hand its own
# SECONDS down; only what is given to make counts.
FUZZ_SECONDS := $(if $(filter command line,$(origin SECONDS)),$(SECONDS),60)
SURFACE ?=
# Options of the benchmarks: make bench BENCH='--jobs 20000 --rows 100000'
BENCH ?=
# Of a storm of kills: how long one is, how many there are, and where their seeds begin (by default anywhere).
SECONDS ?= 60
STORMS ?= 1
SEED ?=
# A part of the names of the points at which processes are killed; without it all of them: make crash POINT=intend
POINT ?=
# What happens to the machines of make hosts: apart, cut, restarts, kill, full; without it all of them.
SCENARIO ?=
# A failing program is not hidden by what its output is piped through.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

help:
	@echo 'make demo      see it work: installs what is missing, builds, runs the whole system against a demo CRM'
	@echo 'make test      all tests, PostgreSQL included (FILTER=name: some of them)'
	@echo 'make check     format, shell scripts, build without warnings, all tests: what CI runs'
	@echo 'make crash     kills a process at every point of every write transaction, and looks at what is left (POINT=part of a name)'
	@echo 'make storm     random kills while the CRM fails a third of its requests (SECONDS=60 STORMS=1 SEED=number)'
	@echo 'make hosts     several machines as namespaces, their clocks, network, PostgreSQL and disks ill-treated; as root (SCENARIO=cut)'
	@echo 'make tsan      tests of the storage and the queue under ThreadSanitizer: no thread may race another'
	@echo 'make simulate  days of the whole system with faults, every promise checked (SEEDS=, DAYS=; SEED=: one of them, shown)'
	@echo 'make mutants   plants bugs, and requires the simulation to catch each of them (MUTANTS=name: some)'
	@echo 'make fuzz      made-up input for everything that reads bytes from outside (SECONDS=300: each; SURFACE=name: one)'
	@echo 'make bench     what everything costs here, beside the raw limit (BENCH=--write docs/BENCHMARKS.md: as a document)'
	@echo 'make build     the programs, for development, into .build/debug'
	@echo 'make release   the programs, optimised, into .build/release'
	@echo 'make install   programs, units of systemd, completions, manual and documents, under PREFIX=/usr/local (make uninstall: away again)'
	@echo 'make format    rewrites the sources in the format that check asks for'
	@echo 'make clean     removes everything that was built'

demo:
	@scripts/prerequisites.sh
	@./start_automation.sh --demo --once

test:
	@scripts/prerequisites.sh --tests
	@scripts/build.sh --build-tests
	@scripts/with-postgres.sh scripts/run-tests.sh '$(FILTER)'

# The tests last, so that their closing line is the last one.
check: scripts lint
	@$(MAKE) --no-print-directory test

# All points; the tests take a third of them each time.
crash:
	@scripts/prerequisites.sh --tests
	@scripts/build.sh --build-tests
	@LEAD_CRASH_MATRIX=all LEAD_CRASH_POINT='$(POINT)' \
	  scripts/with-postgres.sh scripts/run-tests.sh CrashMatrixTests

storm:
	@scripts/prerequisites.sh --tests
	@scripts/build.sh --build-tests
	@LEAD_STORM_SECONDS='$(SECONDS)' LEAD_STORMS='$(STORMS)' LEAD_STORM_SEED='$(SEED)' \
	  scripts/with-postgres.sh scripts/run-tests.sh KillStormTests/many

# Not part of check: it takes root and some minutes.
hosts:
	@scripts/prerequisites.sh --hosts
	@scripts/build.sh
	@scripts/hosts.sh $(SCENARIO)

# Not part of check: the build is one of its own, and takes minutes.
tsan:
	@scripts/prerequisites.sh --tests
	@scripts/thread-sanitizer.sh

simulate:
	@scripts/prerequisites.sh
	@scripts/build.sh --release --product simulate
	@.build/release/simulate --days $(DAYS) --faults $(FAULTS) \
	  $(if $(SEED),--seed $(SEED) --trace,--seeds $(SEEDS) --fresh)

# Not part of check: a build for each.
mutants:
	@scripts/prerequisites.sh
	@scripts/mutants.sh $(MUTANTS)

# Not part of check: the tests run the same laws on seeded inputs; this looks further.
fuzz:
	@scripts/prerequisites.sh --tests
	@scripts/fuzz.sh --seconds '$(FUZZ_SECONDS)' $(SURFACE)

lint:
	@scripts/prerequisites.sh
	@swift format lint --strict --recursive $(swift_sources)
	@echo 'Format: in order'

scripts:
	@for script in $(scripts); do bash -n "$$script" || exit 1; done
	@if command -v shellcheck > /dev/null; then shellcheck --external-sources $(scripts); fi
	@echo 'Shell scripts: in order'

bench:
	@scripts/prerequisites.sh
	@scripts/build.sh --release --product benchmarks
	@.build/release/benchmarks $(BENCH)

build:
	@scripts/prerequisites.sh
	@scripts/build.sh

release:
	@scripts/prerequisites.sh
	@scripts/build.sh --release

# PREFIX=/usr/local, SYSCONFDIR=/etc, DESTDIR= for those who make packages.
install: release
	@scripts/install.sh

uninstall:
	@scripts/install.sh --remove

format:
	@swift format --in-place --recursive $(swift_sources)

clean:
	@rm -rf .build .build-*
