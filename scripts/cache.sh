# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the other scripts: where downloads are kept, and how they speak.

[ -n "${HOME:-}" ] || HOME=~   # a CI may have none
OUTBOARD_CACHE=${OUTBOARD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/outboard}
export OUTBOARD_CACHE

say() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
    say "$*"
    exit 1
}

# Take the lock of this cache on descriptor 9 until the script ends.
cache_lock() {
    mkdir -p "$OUTBOARD_CACHE" ||
        die "$OUTBOARD_CACHE: cannot be made; set OUTBOARD_CACHE"
    exec 9>"$OUTBOARD_CACHE/.lock-$1"
    if ! flock -n 9; then
        say "another run holds $OUTBOARD_CACHE/.lock-$1; waiting for it"
        flock 9
    fi
}
