# SPDX-License-Identifier: MIT
#
# Runs Meson and Ninja, after it has installed missing Debian packages.
# `make help` lists the targets.

BUILD = build
STAGE = $(CURDIR)/$(BUILD)/stage
prefix = /usr/local
PREFIX = $(prefix)

all: stage

help:
	@echo 'make             build, and stage the installed tree in $(BUILD)/stage'
	@echo 'make demo        boot Debian on a Raspberry Pi 4B, a board that QEMU lacks'
	@echo 'make check       build with two compilers, run every test'
	@echo 'make check-quick the gcc build, unit tests and other quick tests'
	@echo 'make check-arm64 test arm64 hosts, by emulation, on an x86-64 machine'
	@echo 'make matrix      the same tests on QEMU 7.2, 10.0, 11.1; 5.2 refused'
	@echo 'make soak        200 starts and stops on each of them'
	@echo 'make mutation    count how many small faults the unit tests notice'
	@echo 'make format      format the C sources (.clang-format)'
	@echo 'make lint        check the sources that changed; ALL=1 checks all'
	@echo 'make docs        write the reference of the SDK to $(BUILD)/reference'
	@echo 'make bench       measure; writes benchmarks/RESULTS.md'
	@echo 'make install     install; PREFIX=DIR says where ($(PREFIX))'
	@echo '                 DESTDIR=ROOT installs below ROOT, for a package'
	@echo 'make clean       remove the build directories'

deps:
	@scripts/deps.sh build

build: deps
	@scripts/setup.sh $(BUILD)
	@ninja -C $(BUILD) --quiet

stage: build
	@meson install -C $(BUILD) --no-rebuild --quiet --only-changed \
		--destdir $(STAGE)

demo:
	@scripts/deps.sh build demo
	@$(MAKE) --no-print-directory stage
	@scripts/demo.sh $(STAGE)

# Without a network, the tests that need the boards' files fail by themselves.
check:
	@scripts/deps.sh build test demo
	@scripts/rpi4-assets.sh >/dev/null || true
	@scripts/riscv-assets.sh >/dev/null || true
	@scripts/x86-assets.sh >/dev/null || true
	@scripts/pico-assets.sh >/dev/null || true
	@/usr/bin/python3 scripts/check.py

check-quick:
	@scripts/deps.sh build test demo
	@scripts/rpi4-assets.sh >/dev/null || true
	@scripts/riscv-assets.sh >/dev/null || true
	@scripts/x86-assets.sh >/dev/null || true
	@scripts/pico-assets.sh >/dev/null || true
	@/usr/bin/python3 scripts/check.py --quick

check-arm64:
	@scripts/deps.sh build test demo
	@/usr/bin/python3 scripts/check.py --arm64

matrix soak:
	@scripts/deps.sh build test demo
	@$(MAKE) --no-print-directory stage
	@scripts/rpi4-assets.sh >/dev/null || true
	@scripts/riscv-assets.sh >/dev/null || true
	@scripts/x86-assets.sh >/dev/null || true
	@scripts/pico-assets.sh >/dev/null || true
	@/usr/bin/python3 -B scripts/matrix.py $(if $(filter soak,$@),--soak)

# COUNT faults chosen by SEED; 25 minutes. It fails if fewer than 90 % are
# noticed.
mutation:
	@scripts/deps.sh build test demo
	@/usr/bin/python3 -B tests/mutation.py --at-least 90 \
		$(if $(COUNT),--count $(COUNT)) $(if $(SEED),--seed $(SEED))

bench:
	@scripts/deps.sh build test demo
	@$(MAKE) --no-print-directory stage
	@scripts/rpi4-assets.sh >/dev/null
	@/usr/bin/python3 benchmarks/run.py $(STAGE)

# HTML pages from the headers. It fails if a function's comment is not complete.
docs:
	@/usr/bin/python3 -B scripts/reference.py $(BUILD)/reference

format:
	@scripts/deps.sh build test
	@scripts/format.py

# clang-tidy reads the files that changed since main. ALL=1 reads every file and
# takes 10 minutes. BASE=COMMIT compares with another commit.
lint: build
	@scripts/deps.sh build test
	@scripts/lint.py $(if $(ALL),--all) $(if $(BASE),--base $(BASE))

# The programs find the other files relative to themselves, so the installed
# tree works with any PREFIX, and you may move it.
# DESTDIR is the root directory of a package that is being built.
install: build
	meson install -C $(BUILD) --no-rebuild --quiet \
		--destdir '$(abspath $(DESTDIR))$(abspath $(PREFIX))'

clean:
	rm -rf $(BUILD) build-clang build-asan build-fuzz build-arm64

.PHONY: all help deps build stage demo check check-quick check-arm64 matrix \
	soak mutation bench docs format lint install clean
