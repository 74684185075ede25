#!/bin/bash
# SPDX-License-Identifier: MIT
#
# deps.sh GROUP...
#
# Installs the Debian packages that are missing for build, test or demo; does
# nothing when all are there. apt's signatures and checksums hold.

set -eu -o pipefail

# The group's name is the variable's: ${!group} below.
# shellcheck disable=SC2034
build="gcc libc6-dev pkg-config meson ninja-build libglib2.0-dev libyajl-dev
    libfdt-dev libcmocka-dev libseccomp-dev python3"
# shellcheck disable=SC2034
demo="qemu-system-arm cpio e2fsprogs gzip"
test="git clang-14 libclang-rt-14-dev clang-format-14 clang-tidy-14
    shellcheck flake8 g++ binutils python3-pytest
    python3-pexpect python3-jsonschema gcc-arm-none-eabi
    qemu-system-arm qemu-system-misc qemu-system-x86
    qemu-system-ppc qemu-system-sparc qemu-system-mips
    qemu-utils device-tree-compiler gdb-multiarch mtools dosfstools e2fsprogs
    cpio
    debootstrap cmake libnewlib-arm-none-eabi libstdc++-arm-none-eabi-dev"
# Compilers for guests of other architectures, as far as this one has them; on
# x86-64 also what builds for arm64 hosts and runs it.
case $(dpkg --print-architecture 2>/dev/null || true) in
    arm64) test="$test gcc-i686-linux-gnu" ;;
    *)
        test="$test gcc-aarch64-linux-gnu libc6-dev-arm64-cross
            gcc-m68k-linux-gnu qemu-user-static"
        ;;
esac

# Print the packages of "$@" that are not installed.
missing() {
    local installed name
    installed=" $(dpkg-query -W -f '${db:Status-Status} ${Package} ' \
        "$@" 2>/dev/null || true)"
    for name in "$@"; do
        case $installed in
            *" installed $name "*) ;;
            *) echo "$name" ;;
        esac
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        echo "deps.sh: needs root to install packages; run as root:" \
            "apt-get install $names" >&2
        exit 1
    fi
}

wanted=
for group in "$@"; do
    case $group in
        build | test | demo) wanted="$wanted ${!group}" ;;
        *)
            echo "deps.sh: $group: no such group; use build, test, demo" >&2
            exit 1
            ;;
    esac
done

# shellcheck disable=SC2086 # words are wanted
names=$(missing $wanted | sort -u | tr '\n' ' ')
[ -n "$names" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "deps.sh: this is no Debian; install the like of: $names" >&2
    exit 1
fi
echo "deps.sh: installing $names"
# shellcheck disable=SC2086
if ! as_root apt-get install -y --no-install-recommends $names; then
    echo "deps.sh: reading the package lists first"
    as_root apt-get update
    # shellcheck disable=SC2086
    as_root apt-get install -y --no-install-recommends $names
fi
