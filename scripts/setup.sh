#!/bin/bash
# SPDX-License-Identifier: MIT
#
# setup.sh BUILD [KIND]
#
# Configures a build directory, and again when a meson.build has come or gone.
# KIND is
#
#   gcc     the default
#   clang   with the fuzzers
#   asan    gcc with AddressSanitizer and UBSan
#   arm64   gcc for arm64 hosts, with the libraries of arm64-root.sh; its tests
#           run under qemu-user-static
#
# Warnings are errors with the compilers of Debian 12, which have none; a newer
# one may have its own opinions.
#
# Meson reads CC, CFLAGS, CPPFLAGS and LDFLAGS once. A gcc build is configured
# from the start again when one of them is set, and not to what the build has.
# One that is not set keeps what the build has: "make CFLAGS=-O3" and then
# "make install" are one build.

set -eu

cd "$(dirname "$(readlink -f "$0")")/.."
build=$1
kind=${2:-gcc}
werror=false

# What is set, as "NAME=VALUE"; what is not is set to what the build has.
flags_take() {
    local name
    for name in CC CFLAGS CPPFLAGS LDFLAGS; do
        if [ -z "${!name:-}" ]; then
            export "$name=$(sed -n "s/^$name=//p" "$build/.flags" 2>/dev/null)"
        fi
    done
    CC=${CC:-gcc}
    flags="CC=$CC
CFLAGS=$CFLAGS
CPPFLAGS=$CPPFLAGS
LDFLAGS=$LDFLAGS"
}

case $kind in
    gcc)
        flags_take
        # shellcheck disable=SC2086 # it may be "ccache gcc"
        [ "$($CC -dumpversion)" != 12 ] || werror=true
        ;;
    asan)
        # gcc's sanitizers make its flow analysis see things that are not.
        export CC=${CC:-gcc}
        ;;
    clang)
        export CC=clang-14
        werror=true
        ;;
    arm64)
        root=$(scripts/arm64-root.sh build)
        # The cross file names everything.
        unset CC CFLAGS LDFLAGS PKG_CONFIG_PATH
        [ "$(aarch64-linux-gnu-gcc -dumpversion)" != 12 ] || werror=true
        ;;
    *)
        echo "setup.sh: $kind: no such kind; use gcc, clang, asan, arm64" >&2
        exit 1
        ;;
esac

# Print a cross file for arm64; $root has the libraries.
cross_file() {
    local tool=aarch64-linux-gnu cc="'aarch64-linux-gnu-gcc'"
    ! command -v ccache >/dev/null || cc="'ccache', $cc"
    cat <<CROSS
[binaries]
c = [$cc]
ar = '$tool-ar'
strip = '$tool-strip'
pkgconfig = 'pkg-config'
exe_wrapper = ['qemu-aarch64-static', '-L', '$root']
[properties]
sys_root = '$root'
pkg_config_libdir = '$root/usr/lib/$tool/pkgconfig:$root/usr/share/pkgconfig'
[built-in options]
c_args = ['--sysroot=$root']
c_link_args = ['--sysroot=$root']
[host_machine]
system = 'linux'
cpu_family = 'aarch64'
cpu = 'aarch64'
endian = 'little'
CROSS
}

# meson.build passes over rooms that are not there, so Ninja cannot tell.
rooms=$(echo */meson.build */*/meson.build)
if [ -f "$build/build.ninja" ] && [ "$kind" = gcc ] &&
    [ "$flags" != "$(cat "$build/.flags" 2>/dev/null || echo "$flags")" ]
then
    set -- --wipe
elif [ -f "$build/build.ninja" ] && grep -q . "$build/left-out" 2>/dev/null
then
    # The library that was missing may be there now.
    set -- --reconfigure
elif [ -f "$build/build.ninja" ]; then
    [ "$rooms" != "$(cat "$build/.rooms" 2>/dev/null)" ] || exit 0
    set -- --reconfigure
else
    set -- -Dwerror=$werror
    case $kind in
        asan) set -- "$@" -Db_sanitize=address,undefined -Db_lundef=false ;;
        clang) set -- "$@" -Dfuzz=true -Db_lundef=false ;;
        arm64)
            mkdir -p "$build"
            cross_file >"$build/cross.ini"
            set -- "$@" --cross-file "$build/cross.ini"
            ;;
    esac
fi
said=$(meson setup "$build" "$@" 2>&1) || {
    echo "$said" >&2
    exit 1
}
# What a missing library leaves out; check.py counts each line as a failure.
if [ -s "$build/left-out" ]; then
    while read -r line; do
        [ -z "$line" ] || echo "setup.sh: left out: $line"
    done <"$build/left-out"
fi
echo "$rooms" >"$build/.rooms"
[ "$kind" != gcc ] || echo "$flags" >"$build/.flags"
