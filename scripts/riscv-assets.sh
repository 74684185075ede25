#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Makes what the board rv64 boots from, of Debian's unmodified packages, in
# $OUTBOARD_CACHE/riscv64:
#
#   fw_dynamic.bin      OpenSBI
#   u-boot.bin          U-Boot for S mode
#   Image               trixie's kernel
#   initramfs.cpio.gz   busybox, virtio's modules and scripts/initramfs/init
#
# The same files boot QEMU's own virt. A second run does nothing. Prints the
# directory.

set -eu -o pipefail

here=$(dirname "$(readlink -f "$0")")
. "$here/cache.sh"
. "$here/modules.sh"

out=$OUTBOARD_CACHE/riscv64
linux=$OUTBOARD_CACHE/debian/trixie-riscv64
firmware=$OUTBOARD_CACHE/debian/bookworm-firmware
modules=(virtio_mmio virtio_blk virtio_net virtio-rng)

# What the result depends on: this script, its inputs, the packages.
fingerprint() {
    sha256sum "$here/riscv-assets.sh" "$here/modules.sh" \
        "$here/initramfs/init" "$linux/.fetched" "$firmware/.fetched" |
        cut -d ' ' -f 1
}

made() {
    [ -f "$out/.made" ] && [ "$(cat "$out/.made")" = "$(fingerprint)" ]
}

copy_kernel() {
    local kernel
    kernel=$(echo "$linux"/boot/vmlinu?-*)
    if [ "$(head -c 2 "$kernel" | od -An -tx1)" = " 1f 8b" ]; then
        gzip -dc "$kernel" >"$1"
    else
        cp "$kernel" "$1"
    fi
    [ "$(dd if="$1" bs=1 skip=56 count=3 status=none)" = "RSC" ] ||
        die "$kernel: is no RISC-V kernel image"
}

"$here/fetch-debian.sh" trixie riscv64 "$linux" \
    @linux-image-riscv64 busybox-static
# Both are for all architectures.
"$here/fetch-debian.sh" bookworm "$(dpkg --print-architecture)" "$firmware" \
    opensbi u-boot-qemu

made || cache_lock riscv64
if ! made; then
    temp=$OUTBOARD_CACHE/.new.riscv64
    rm -rf "$temp"
    mkdir -p "$temp"
    trap 'rm -rf "$temp"' EXIT
    say "making the kernel and initramfs in $out"
    copy_kernel "$temp/Image"
    cp "$firmware/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin" \
        "$firmware/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin" "$temp/"
    make_initramfs "$linux/usr/bin/busybox" "$here/initramfs/init" \
        "${modules[@]}"
    fingerprint >"$temp/.made"
    rm -rf "$out"
    mv "$temp" "$out"
fi
echo "$out"
