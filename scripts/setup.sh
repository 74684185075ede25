#!/bin/bash
# SPDX-License-Identifier: MIT
#
# setup.sh BUILD [KIND]
#
# Configures a build directory. KIND is gcc (the default), clang or asan (gcc
# with AddressSanitizer and UBSan). Warnings are errors with the compilers of
# Debian 12, which have none; a newer one may have its own opinions.

set -eu

cd "$(dirname "$(readlink -f "$0")")/.."
build=$1
kind=${2:-gcc}
werror=false

case $kind in
    gcc | asan)
        export CC=${CC:-gcc}
        [ "$("$CC" -dumpversion)" != 12 ] || werror=true
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

set -- -Dwerror=$werror
[ "$kind" != asan ] ||
    set -- "$@" -Db_sanitize=address,undefined -Db_lundef=false
[ "$kind" != clang ] || set -- "$@" -Dfuzz=true -Db_lundef=false
said=$(meson setup "$build" "$@" 2>&1) || {
    echo "$said" >&2
    exit 1
}
