#!/bin/sh
# SPDX-License-Identifier: MIT
#
# build.sh QEMU FOLDER [STAMP]
#
# Builds the native modules of this directory into FOLDER, for the QEMU binary
# QEMU: with its stamp, or with STAMP. mods.json announces them.

set -eu

here=$(dirname "$(readlink -f "$0")")
[ $# -ge 2 ] || { sed -n '3,8s/^# \{0,1\}//p' "$0" >&2; exit 1; }
stamp=${3:-$(grep -aom1 'qemu_stamp_[0-9a-f]\{40\}' "$1")}

module() {
    ${CC:-cc} -shared -fPIC -fvisibility=default -Wall -Wextra -Werror \
        -DSTAMP="$stamp" "$here/$1" -o "$2.so"
    chmod 644 "$2.so"
}

mkdir -p "$2"
module common.c "$2/common"
module first.c "$2/first"
module group.c "$2/group"
module machine.c "$2/custom-arm-machine"
cp "$here/mods.json" "$2/mods.json"
chmod 644 "$2/mods.json"
