#!/bin/bash
# SPDX-License-Identifier: MIT
#
# qemu-root.sh SUITE...
#
# Makes $OUTBOARD_CACHE/qemu/SUITE, a small Debian of that suite with its QEMU,
# by debootstrap: trixie has 10.0, sid 11.1, bullseye 5.2. Packages come from
# the system's own Debian mirror, and are checked by Debian's keys. A root that
# is there already is left as it is; a broken run leaves none. Prints the
# directories. Needs root, or sudo.
#
# Exit status 3: the archive cannot be reached (or no longer has that suite).

set -eu -o pipefail

here=$(dirname "$(readlink -f "$0")")
. "$here/cache.sh"
. "$here/sources.sh"

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
PATH=$PATH:/usr/sbin:/sbin
arch=$(dpkg --print-architecture)

# What the tests need of each: all targets, and for 5.2 one to be refused.
packages() {
    local all=qemu-system-arm,qemu-system-misc,qemu-system-x86
    all=$all,qemu-system-ppc,qemu-system-sparc,qemu-system-mips
    case $1 in
        bullseye) echo qemu-system-arm ;;
        trixie) echo "$all" ;;
        *) echo "$all,qemu-system-riscv" ;;  # before, a part of misc
    esac
}

made() {
    [ -x "$1/usr/bin/qemu-system-aarch64" ] &&
        [ -f "$1/var/lib/dpkg/status" ]
}

# The first of the system's sources that is Debian's main archive.
mirror() {
    local state
    state=$(mktemp -d)
    write_sources |
        sed -n "s/^deb \[[^]]*\] \([^ ]*\) $suite main\$/\1/p" | head -n 1
    rm -rf "$state"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "$suite: needs root to unpack a Debian; run as root:" \
            "scripts/qemu-root.sh $suite"
    fi
}

# Whether the archive answers, told apart from all that may go wrong later.
reach() {
    local apt=$OUTBOARD_CACHE/apt/reach-$suite
    rm -rf "$apt"
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    echo "deb [arch=$arch signed-by=$keyring] $uri $suite main" >"$apt/list"
    apt-get -o Dir::State::lists="$apt/lists" \
        -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::Etc::sourcelist="$apt/list" -o Dir::Cache="$apt/cache" \
        -o APT::Sandbox::User=root -o Acquire::Retries=2 \
        -o Acquire::Check-Valid-Until=false \
        --error-on=any update >"$apt/log" 2>&1 && rm -rf "$apt" && return
    tail -n 3 "$apt/log" >&2
    say "$suite: the archive cannot be reached, or has it no longer"
    exit 3
}

# debootstrap tells each package; on a terminal that is one moving line.
progress() {
    local line n=0
    while read -r line; do
        echo "$line" >>"$log"
        case $line in
            I:*) n=$((n + 1)) ;;
            *) continue ;;
        esac
        if [ -t 2 ]; then
            printf '\r\033[K%s: %d %.60s' "$suite" $n "${line#I: }" >&2
        elif [ $((n % 100)) -eq 0 ]; then
            say "$suite: $n steps, ${line#I: }"
        fi
    done
    [ ! -t 2 ] || echo >&2
}

make_root() {
    local uri new=$out.new log=$out.log
    command -v debootstrap >/dev/null ||
        die "debootstrap: not found; apt-get install debootstrap"
    uri=$(mirror)
    [ -n "$uri" ] || die "apt: no source of Debian's own archive is" \
        "configured; add one to /etc/apt/sources.list.d"
    reach
    say "$suite: unpacking a Debian with QEMU (some minutes)"
    as_root rm -rf --one-file-system "$new"
    : >"$log"
    if ! as_root debootstrap --variant=minbase --keyring="$keyring" \
            --include="$(packages "$suite")" "$suite" "$new" "$uri" 2>&1 |
            progress || ! made "$new"; then
        tail -n 5 "$log" "$new/debootstrap/debootstrap.log" >&2 || true
        die "$suite: debootstrap failed; all it said is in $log"
    fi
    # shellcheck disable=SC2016 # the inner shell replaces it
    as_root sh -c 'rm -rf "$1"/var/cache/apt/archives/*.deb \
        "$1"/var/lib/apt/lists/*' sh "$new"
    as_root mv -T "$new" "$out"
    rm -f "$log"
}

[ $# -gt 0 ] || die "usage: qemu-root.sh SUITE..."
for suite in "$@"; do
    case $suite in
        bullseye | trixie | sid) ;;
        *) die "$suite: no such suite; use bullseye, trixie, sid" ;;
    esac
    out=$OUTBOARD_CACHE/qemu/$suite
    if ! made "$out"; then
        mkdir -p "${out%/*}"
        cache_lock "qemu-$suite"
        made "$out" || make_root
    fi
    echo "$out"
done
