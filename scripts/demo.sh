#!/bin/bash
# SPDX-License-Identifier: MIT
#
# demo.sh STAGE
#
# Boots Debian's own arm64 kernel, with the device tree of its package, on a
# Raspberry Pi 4B. With a terminal: a shell. Without: the board tells what it
# is and switches itself off. OUTBOARD_DEMO=tale asks for that as well.

set -eu -o pipefail

here=$(dirname "$(readlink -f "$0")")
stage=$1
assets=$("$here/rpi4-assets.sh")

# Debian's kernel knows the board's two serial ports as ttyS1 (the one on the
# header, in its device tree) and ttyAMA0.
append="console=ttyS1,115200 quiet"
qemu=(qemu-system-aarch64 -M raspi4b -m 2G -smp 4 -nographic
    -kernel "$assets/Image" -dtb "$assets/bcm2711-rpi-4-b.dtb"
    -initrd "$assets/initramfs.cpio.gz")

version=$("${qemu[0]}" --version | sed -n '1s/^QEMU emulator version //p')
echo "Debian's arm64 kernel on a Raspberry Pi 4B, a board that stands outside"
echo "QEMU: $(command -v "${qemu[0]}") is $version, unmodified."
case $version in
    7.*) echo "QEMU 7.2 has no raspi4b of its own." ;;
esac

if [ -t 0 ] && [ -t 1 ] && [ "${OUTBOARD_DEMO:-}" != tale ]; then
    echo "A shell comes in some seconds. Ctrl-A x leaves."
    exec "$stage/bin/outboard" "${qemu[@]}" \
        -append "$append outboard.run=shell"
fi

# No user is there to end a board that hangs.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
timeout 300 "$stage/bin/outboard" "${qemu[@]}" -no-reboot \
    -append "$append outboard.run=tale" </dev/null | tee "$log" || status=$?
[ $status -eq 0 ] || exit $status
grep -q '^outboard: tale: done' "$log" || {
    echo "demo.sh: the board ended without its tale" >&2
    exit 1
}
