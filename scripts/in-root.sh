#!/bin/bash
# SPDX-License-Identifier: MIT
#
# in-root.sh SUITE COMMAND [ARGUMENTS]
#
# Runs a command as if this system had that suite's QEMU, and the libraries
# that it came with: /usr of $OUTBOARD_CACHE/qemu/SUITE (qemu-root.sh) lies
# over this system's /usr, all else stays where it is. Compilers, Python and
# the tests are this system's still, so one build meets every QEMU. This
# system's own QEMU is out of sight. It happens in a mount namespace of the
# command's own; nothing is left mounted. Needs root.
#
# 5.2 (bullseye) is older than what the build's libraries are: there only QEMU
# itself comes from the root, and runs on this system's libraries.
#
# Exit status 4: this system does not let us mount.

set -eu -o pipefail

here=$(dirname "$(readlink -f "$0")")
. "$here/cache.sh"

[ $# -ge 2 ] || die "usage: in-root.sh SUITE COMMAND [ARGUMENTS]"
suite=$1
shift
root=$OUTBOARD_CACHE/qemu/$suite
layers=/mnt     # hidden by a tmpfs of the namespace's own

# What of this system's QEMU must not be seen: a whiteout for each.
hide_own() {
    local path
    for path in bin/qemu-system-* share/qemu lib/*/qemu; do
        mkdir -p "$layers/hide/${path%/*}"
        mknod "$layers/hide/$path" c 0 0
    done
}

# QEMU alone, without its libraries.
pick_qemu() {
    local path
    for path in bin/qemu-system-* share/qemu lib/*/qemu; do
        [ -e "$path" ] || continue
        mkdir -p "$layers/pick/${path%/*}"
        cp -a "$path" "$layers/pick/$path"
    done
}

inside() {
    local order
    mount -t tmpfs -o mode=0755 tmpfs "$layers"
    cd /usr
    hide_own
    order=$root/usr:$layers/hide:/usr
    if [ "$suite" = bullseye ]; then
        cd "$root/usr"
        pick_qemu
        order=$layers/pick:$layers/hide:/usr:$root/usr
    fi
    mount -t overlay overlay -o "lowerdir=$order" /usr
    umount -l "$layers"
    cd "$OLD"
    unset OLD OUTBOARD_INSIDE
    export OUTBOARD_QEMU=$suite     # tests/conftest.py has no more to do
    exec "$@"
}

if [ -n "${OUTBOARD_INSIDE:-}" ]; then
    inside "$@"
fi
[ -x "$root/usr/bin/qemu-system-aarch64" ] ||
    die "$root: no QEMU there; make it with scripts/qemu-root.sh $suite"
if ! said=$(unshare --mount sh -c 'mount -t tmpfs tmpfs /mnt' 2>&1); then
    say "cannot mount here ($said); run as root, with the right to mount"
    exit 4
fi
OLD=$PWD OUTBOARD_INSIDE=1 exec unshare --mount --propagation private \
    "$0" "$suite" "$@"
