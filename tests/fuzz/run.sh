#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Look for new inputs: tests/fuzz/run.sh NAME [SECONDS] [BUILDDIR]
# Builds with clang, libFuzzer, ASan and UBSan in BUILDDIR; new inputs are
# collected there, a crash is left as BUILDDIR/crash-*. Put what is worth
# keeping into tests/fuzz/seeds/NAME.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
name=${1:?name a fuzzer, for example: run.sh json 60}
seconds=${2:-60}
build=${3:-$here/../../build-fuzz}

if [ ! -f "$build/build.ninja" ]; then
    CC=clang-14 meson setup "$build" "$here/../.." -Dfuzz=true \
        -Db_sanitize=address,undefined -Db_lundef=false \
        -Dc_args='-fsanitize=fuzzer-no-link -fno-sanitize-recover=undefined'
fi
ninja -C "$build" "tests/fuzz/find_$name"
mkdir -p "$build/found-$name"
cd "$build"
exec "tests/fuzz/find_$name" -max_total_time="$seconds" -max_len=65536 \
    -timeout=10 "found-$name" "$here/seeds/$name"
