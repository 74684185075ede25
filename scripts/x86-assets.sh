#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Makes a guest for QEMU's own PCs, of Debian's unmodified amd64 packages, in
# $OUTBOARD_CACHE/x86:
#
#   bzImage             the kernel
#   initramfs.cpio.gz   busybox, the drivers of q35's SMBus controller and of
#                       parts behind it, and scripts/initramfs/lines
#
# A second run does nothing. Prints the directory.

set -eu -o pipefail

here=$(dirname "$(readlink -f "$0")")
. "$here/cache.sh"
. "$here/modules.sh"

out=$OUTBOARD_CACHE/x86
linux=$OUTBOARD_CACHE/debian/bookworm-amd64

# What the result depends on: these scripts, the packages.
fingerprint() {
    sha256sum "$here/x86-assets.sh" "$here/modules.sh" \
        "$here/initramfs/lines" "$linux/.fetched" | cut -d ' ' -f 1
}

made() {
    [ -f "$out/.made" ] && [ "$(cat "$out/.made")" = "$(fingerprint)" ]
}

copy_kernel() {
    local kernel
    kernel=$(echo "$linux"/boot/vmlinuz-*)
    cp "$kernel" "$1"
    [ "$(dd if="$1" bs=1 skip=514 count=4 status=none)" = "HdrS" ] ||
        die "$kernel: is not an x86 kernel image"
}

"$here/fetch-debian.sh" bookworm amd64 "$linux" \
    @linux-image-amd64 busybox-static

made || cache_lock x86
if ! made; then
    temp=$OUTBOARD_CACHE/.new.x86
    rm -rf "$temp"
    mkdir -p "$temp"
    trap 'rm -rf "$temp"' EXIT
    say "making the kernel and initramfs in $out"
    copy_kernel "$temp/bzImage"
    busybox=$(find "$linux" -name busybox -type f -perm -1 | head -n 1)
    make_initramfs "$busybox" "$here/initramfs/lines" i2c-i801 lm75 at24
    fingerprint >"$temp/.made"
    rm -rf "$out"
    mv "$temp" "$out"
fi
echo "$out"
