#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Makes what the Raspberry Pi 4B boots from, of Debian's unmodified arm64
# packages, in $OUTBOARD_CACHE/rpi4:
#
#   Image                   the kernel, as QEMU and U-Boot's booti take it
#   bcm2711-rpi-4-b.dtb     the device tree that comes with it
#   u-boot.bin              U-Boot for any arm64 Pi; u-boot-rpi_4.bin for the 4
#   busybox  modules/       of which the initramfs is made
#   initramfs.cpio.gz       see scripts/initramfs/init
#   sd.img                  MBR, one ext4 partition: /boot and a test file
#
# The initramfs and the kernel also boot on QEMU's own virt. A second run does
# nothing. Prints the directory.

set -eu -o pipefail

here=$(dirname "$(readlink -f "$0")")
. "$here/cache.sh"

out=$OUTBOARD_CACHE/rpi4
debian=$OUTBOARD_CACHE/debian/bookworm-arm64

# What the result depends on: this script, its inputs, the packages.
fingerprint() {
    sha256sum "$here/rpi4-assets.sh" "$here/initramfs/init" \
        "$here/initramfs/modules" "$debian/.fetched" | cut -d ' ' -f 1
}

made() {
    [ -f "$out/.made" ] && [ "$(cat "$out/.made")" = "$(fingerprint)" ]
}

# The kernel's file, unpacked if this Debian packs it.
copy_kernel() {
    local kernel
    kernel=$(echo "$debian"/boot/vmlinuz-*)
    if [ "$(head -c 2 "$kernel" | od -An -tx1)" = " 1f 8b" ]; then
        gzip -dc "$kernel" >"$1"
    else
        cp "$kernel" "$1"
    fi
    [ "$(dd if="$1" bs=1 skip=56 count=4 status=none)" = "ARMd" ] ||
        die "$kernel: is no arm64 kernel image"
}

module_path() {
    local found
    found=$(find "$temp/modules" -name "${1//_/-}.ko" -o \
        -name "${1//-/_}.ko" -o -name "$1.ko" | head -n 1)
    [ -n "$found" ] || die "$1.ko: not in this kernel's package"
    echo "$found"
}

# Print module $1's file after the files of all it depends on.
with_depends() {
    local path dep
    path=$(module_path "$1")
    for dep in $(tr '\0' '\n' <"$path" | sed -n 's/^depends=//p' |
            tr ',' ' '); do
        with_depends "$dep"
    done
    echo "$path"
}

make_initramfs() {
    local root=$temp/root name path
    mkdir -p "$root"/bin "$root"/lib/modules "$root"/dev
    cp "$temp/busybox" "$root/bin/busybox"
    install -m 755 "$here/initramfs/init" "$root/init"
    sed 's/ *#.*//; /^$/d' "$here/initramfs/modules" >"$temp/names"
    while read -r name; do
        with_depends "$name"
    done <"$temp/names" | awk '!seen[$0]++' >"$temp/paths"
    while read -r path; do
        cp "$path" "$root/lib/modules/"
        echo "${path##*/}" >>"$root/lib/modules/order"
    done <"$temp/paths"
    find "$root" -exec touch -h -d @0 {} +
    (cd "$root" && find . | LC_ALL=C sort |
        cpio --quiet -o -H newc -R 0:0 --reproducible) |
        gzip -9n >"$temp/initramfs.cpio.gz"
    rm -r "$root" "$temp/names" "$temp/paths"
}

# 4 MiB that are the same on every machine and do not compress.
make_test_file() {
    /usr/bin/python3 -c '
import hashlib, sys
for n in range(4 << 20 >> 5):
    sys.stdout.buffer.write(hashlib.sha256(b"%d" % n).digest())
' >"$1"
}

# One MBR entry: type 0x83, from sector 2048 to the end of $2 bytes.
write_mbr() {
    /usr/bin/python3 -c '
import struct, sys
path, size = sys.argv[1], int(sys.argv[2])
with open(path, "r+b") as f:
    f.seek(446)
    f.write(struct.pack("<B3sB3sII", 0, b"\xfe\xff\xff", 0x83,
                        b"\xfe\xff\xff", 2048, size // 512 - 2048))
    f.seek(510)
    f.write(b"\x55\xaa")
' "$1" "$2"
}

# The smallest power of two, from 64 MiB, that leaves a quarter free.
card_mib() {
    local mib=64 need
    need=$(($(du -sm "$1" | cut -f 1) * 4 / 3 + 8))
    while [ $mib -lt $need ]; do
        mib=$((mib * 2))
    done
    echo $mib
}

make_card() {
    local tree=$temp/card mib mke2fs
    mkdir -p "$tree/boot"
    cp "$temp/Image" "$temp/initramfs.cpio.gz" "$temp/bcm2711-rpi-4-b.dtb" \
        "$tree/boot/"
    make_test_file "$tree/test.bin"
    (cd "$tree" && sha256sum test.bin >test.sha256)
    cp "$tree/test.sha256" "$temp/sd.sha256"
    mib=$(card_mib "$tree")
    mke2fs=$(PATH=$PATH:/usr/sbin:/sbin command -v mke2fs) ||
        die "mke2fs: not found; apt-get install e2fsprogs"
    truncate -s "${mib}M" "$temp/sd.img"
    "$mke2fs" -q -F -t ext4 -O ^metadata_csum,^64bit -m 0 -L outboard \
        -E offset=1048576,root_owner=0:0 -d "$tree" "$temp/sd.img" \
        "$((mib - 1))M"
    write_mbr "$temp/sd.img" "$((mib * 1048576))"
    rm -r "$tree"
}

"$here/fetch-debian.sh" bookworm arm64 "$debian" \
    u-boot-rpi @linux-image-arm64 busybox-static

if ! made; then
    cache_lock rpi4
fi
if ! made; then
    temp=$OUTBOARD_CACHE/.new.rpi4
    rm -rf "$temp"
    mkdir -p "$temp"
    trap 'rm -rf "$temp"' EXIT
    say "making the kernel, initramfs and SD card in $out"
    copy_kernel "$temp/Image"
    cp "$debian"/usr/lib/linux-image-*/broadcom/bcm2711-rpi-4-b.dtb "$temp/"
    cp "$debian/usr/lib/u-boot/rpi_arm64/u-boot.bin" "$temp/u-boot.bin"
    cp "$debian/usr/lib/u-boot/rpi_4/u-boot.bin" "$temp/u-boot-rpi_4.bin"
    cp "$(find "$debian"/bin "$debian"/usr/bin -name busybox 2>/dev/null |
        head -n 1)" "$temp/busybox"
    cp -rl "$debian"/lib/modules/* "$temp/modules"
    make_initramfs
    make_card
    fingerprint >"$temp/.made"
    rm -rf "$out.old"
    [ ! -d "$out" ] || mv "$out" "$out.old"
    mv "$temp" "$out"
    rm -rf "$out.old"
fi
echo "$out"
