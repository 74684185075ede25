#!/bin/bash
# SPDX-License-Identifier: MIT
#
# setup.sh BUILD [KIND]
#
# Configures a build directory, and again when a meson.build has come or gone.
# KIND is gcc (the default), clang (with the fuzzers) or asan (gcc with
# AddressSanitizer and UBSan). Warnings are errors with the compilers of
# Debian 12, which have none; a newer one may have its own opinions.

set -eu

cd "$(dirname "$(readlink -f "$0")")/.."
build=$1
kind=${2:-gcc}
werror=false

case $kind in
    gcc)
        export CC=${CC:-gcc}
        [ "$("$CC" -dumpversion)" != 12 ] || werror=true
        ;;
    asan)
        # gcc's sanitizers make its flow analysis see things that are not.
        export CC=${CC:-gcc}
        ;;
    clang)
        export CC=clang-14
        werror=true
        ;;
    *)
        echo "setup.sh: $kind: no such kind; use gcc, clang, asan" >&2
        exit 1
        ;;
esac

# meson.build passes over rooms that are not there, so Ninja cannot tell.
rooms=$(echo */meson.build */*/meson.build)
if [ -f "$build/build.ninja" ]; then
    [ "$rooms" != "$(cat "$build/.rooms" 2>/dev/null)" ] || exit 0
    set -- --reconfigure
else
    set -- -Dwerror=$werror
    case $kind in
        asan) set -- "$@" -Db_sanitize=address,undefined -Db_lundef=false ;;
        clang) set -- "$@" -Dfuzz=true -Db_lundef=false ;;
    esac
fi
said=$(meson setup "$build" "$@" 2>&1) || {
    echo "$said" >&2
    exit 1
}
echo "$rooms" >"$build/.rooms"
