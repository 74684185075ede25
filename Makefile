# SPDX-License-Identifier: MIT
#
# A thin front of Meson and Ninja, and the place where missing Debian packages
# are installed first. `make help` lists what there is.

BUILD = build
STAGE = $(CURDIR)/$(BUILD)/stage
prefix = /usr/local
PREFIX = $(prefix)

all: stage

help:
	@echo 'make             build, and stage the installed tree in $(BUILD)/stage'
	@echo 'make demo        boot Debian on a Raspberry Pi 4B that QEMU has not'
	@echo 'make check       build with two compilers, run every test'
	@echo 'make check-quick the gcc build, unit tests and the quick others'
	@echo 'make check-arm64 test arm64 hosts, by emulation, on an x86-64 machine'
	@echo 'make matrix      the same tests on QEMU 7.2, 10.0, 11.1; 5.2 refused'
	@echo 'make soak        200 starts and stops on each of them'
	@echo 'make mutation    count how many small faults the unit tests notice'
	@echo 'make format      lay out the C sources (.clang-format)'
	@echo 'make lint        look for faults in the sources; ALL=1: in all of them'
	@echo 'make bench       measure; writes benchmarks/RESULTS.md'
	@echo 'make install     install; PREFIX=DIR says where ($(PREFIX))'
	@echo '                 DESTDIR=ROOT puts that below ROOT, for a package'
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
	@scripts/pico-assets.sh >/dev/null || true
	@/usr/bin/python3 scripts/check.py

check-quick:
	@scripts/deps.sh build test demo
	@scripts/rpi4-assets.sh >/dev/null || true
	@scripts/riscv-assets.sh >/dev/null || true
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

format:
	@scripts/deps.sh build test
	@scripts/format.py

# clang-tidy reads what changed since main; ALL=1 takes every file, which is
# 10 minutes. BASE=COMMIT compares with another commit.
lint: build
	@scripts/deps.sh build test
	@scripts/lint.py $(if $(ALL),--all) $(if $(BASE),--base $(BASE))

# The tree finds its own parts: it works from any PREFIX, and may be moved.
# DESTDIR is the root directory of a package that is being built.
install: build
	meson install -C $(BUILD) --no-rebuild --quiet \
		--destdir '$(abspath $(DESTDIR))$(abspath $(PREFIX))'

clean:
	rm -rf $(BUILD) build-clang build-asan build-fuzz build-arm64

.PHONY: all help deps build stage demo check check-quick check-arm64 matrix \
	soak mutation bench format lint install clean
