#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Makes what the Raspberry Pi Pico runs in the tests, in $OUTBOARD_CACHE/pico:
#
#   sdk/            the Pico SDK, unmodified, from Debian trixie's source
#                   package pico-sdk
#   *.elf           its own test programs, and tests/firmware/pico/board.c
#
# Needs cmake, gcc-arm-none-eabi and libnewlib-arm-none-eabi (scripts/deps.sh
# test). A second run does nothing. Prints the directory.

set -eu -o pipefail

here=$(dirname "$(readlink -f "$0")")
. "$here/cache.sh"

out=$OUTBOARD_CACHE/pico
firmware=$here/../tests/firmware/pico
suite=trixie

fingerprint() {
    cat "$here/pico-assets.sh" "$firmware"/* | sha256sum | cut -d ' ' -f 1
}

made() {
    [ -f "$out/.made" ] && [ "$(cat "$out/.made")" = "$(fingerprint)" ]
}

# fetch-debian.sh brings the SDK's package, and leaves apt's state, with which
# the source comes too: the test programs are only there.
fetch_source() {
    local state arch
    [ ! -d "$out/sdk/test" ] || return 0
    arch=$(dpkg --print-architecture)
    "$here/fetch-debian.sh" "$suite" "$arch" debian/pico-sdk pico-sdk-source
    state=$OUTBOARD_CACHE/apt/$suite-$arch
    rm -rf "$out/src"
    mkdir -p "$out/src" "$out/lists/partial"
    sed -n "s/^deb \\[arch=[^ ]* \\(.* $suite main\\)$/deb-src [\\1/p" \
        "$state/sources.list" >"$out/sources.list"
    say "downloading the source of pico-sdk ($suite)"
    (
        cd "$out/src"
        set -- -c "$state/apt.conf" \
            -o "Dir::Etc::sourcelist=$out/sources.list" \
            -o "Dir::State::lists=$out/lists"
        apt-get "$@" update >&2
        apt-get "$@" source --download-only --tar-only --only-source \
            pico-sdk >&2
    ) || die "the source of pico-sdk could not be downloaded; see above"
    rm -rf "$out/sdk.new"
    mkdir "$out/sdk.new"
    tar -xf "$out"/src/pico-sdk_*.orig.tar.* -C "$out/sdk.new" \
        --strip-components=1
    rm -rf "$out/sdk" "$out/lists"
    mv "$out/sdk.new" "$out/sdk"
}

build() {
    say "building the Pico's programs"
    rm -rf "$out/build"
    if ! cmake -G Ninja -S "$firmware" -B "$out/build" \
        -DPICO_SDK_PATH="$out/sdk" -DPICO_NO_PICOTOOL=1 \
        -DCMAKE_BUILD_TYPE=MinSizeRel >"$out/build.log" 2>&1 ||
        ! ninja -C "$out/build" >>"$out/build.log" 2>&1
    then
        tail -n 30 "$out/build.log" >&2
        die "$out/build.log: the programs do not build; see above"
    fi
    cp "$out"/build/*.elf "$out"
    rm -rf "$out/build"
}

mkdir -p "$out"
if ! made; then
    cache_lock pico
    if ! made; then
        command -v cmake >/dev/null ||
            die "cmake is not installed; run scripts/deps.sh test"
        fetch_source
        build
        fingerprint >"$out/.made"
    fi
fi
echo "$out"
