#!/bin/bash
# SPDX-License-Identifier: MIT
#
# arm64-root.sh NAME...
#
# Makes $OUTBOARD_CACHE/arm64/NAME, a tree of Debian's unmodified arm64
# packages, for tests of arm64 hosts on another machine. Nothing in it is
# configured or run. NAME is
#
#   build                       what the cross build links, one QEMU, Python
#   bookworm, trixie, sid       all system emulators of that suite
#   linux-16k                   a kernel with pages of 16 KiB
#
# The packages come from the system's own Debian mirror, by fetch-debian.sh. A
# second run does nothing. Prints the directories.

set -eu -o pipefail

here=$(dirname "$(readlink -f "$0")")
. "$here/cache.sh"

all="+qemu-system-arm +qemu-system-misc +qemu-system-x86 +qemu-system-ppc
    +qemu-system-sparc +qemu-system-mips"

# Programs of trixie and later expect /lib to be a link, which is a part of
# base-files there; bookworm's packages still have files in both.
link_lib() {
    [ -e "$1/lib" ] || ln -s usr/lib "$1/lib"
}

[ $# -gt 0 ] || die "usage: arm64-root.sh NAME..."
for name in "$@"; do
    case $name in
        build)
            suite=bookworm
            names="+libglib2.0-dev +libyajl-dev +libfdt-dev +libelf-dev
                +libcmocka-dev +libseccomp-dev +qemu-system-arm
                +busybox-static +python3"
            ;;
        bookworm | trixie) suite=$name names=$all ;;
        sid) suite=$name names="$all +qemu-system-riscv" ;;
        linux-16k) suite=trixie names=@linux-image-arm64-16k ;;
        *)
            die "$name: no such tree; use build, bookworm, trixie, sid," \
                "linux-16k"
            ;;
    esac
    # shellcheck disable=SC2086 # words are wanted
    "$here/fetch-debian.sh" "$suite" arm64 "arm64/$name" $names
    link_lib "$OUTBOARD_CACHE/arm64/$name"
    echo "$OUTBOARD_CACHE/arm64/$name"
done
