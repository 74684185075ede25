#!/bin/bash
# SPDX-License-Identifier: MIT
#
# fetch-debian.sh SUITE ARCH DEST PKG...
#
# Downloads packages of any Debian suite and architecture and unpacks them
# into DEST (below the cache directory unless it starts with a slash). Nothing
# is installed. apt does the work with a state directory of its own: sources
# are the system's, the key is that of Debian's archive; signatures and
# checksums are checked as usual.
#
# PKG is a package's name; @PKG means what the metapackage PKG stands for:
# of the packages that it depends on, in turn, the first that begins with its
# name up to the last dash, or with linux-binary- for linux-image-
# (@linux-image-arm64: the kernel itself), else its first dependency. +PKG
# means PKG and everything that it depends on, without what it recommends.
#
# A second run with the same arguments does nothing. A broken run leaves
# nothing behind in DEST.

set -eu -o pipefail

here=$(dirname "$(readlink -f "$0")")
. "$here/cache.sh"
. "$here/sources.sh"

[ $# -ge 4 ] || die "usage: fetch-debian.sh SUITE ARCH DEST PKG..."
suite=$1 arch=$2 dest=$3
shift 3
case $dest in
    /*) ;;
    *) dest=$OUTBOARD_CACHE/$dest ;;
esac

stamp=$dest/.fetched
want="$suite $arch $*"

fetched() {
    [ -f "$stamp" ] && [ "$(head -n 1 "$stamp")" = "$want" ]
}

write_config() {
    cat <<CONF
#clear APT::Architectures;
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "root";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::State "$state/state";
Dir::State::status "$state/status";
Dir::Cache "$state/cache";
Dir::Etc::sourcelist "$state/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
CONF
}

read_lists() {
    apt-get -c "$state/apt.conf" update >&2
}

# A mirror that is being updated may lack a list that its Release names. The
# release itself, whole and signed, is enough: packages of it do not change.
only_release() {
    say "not all lists are as signed; going on with $suite itself alone"
    sed -i "/ $suite main\$/!d" "$state/sources.list"
    read_lists
}

# Make the private state and read the package lists, once per lists' day.
prepare() {
    state=$OUTBOARD_CACHE/apt/$suite-$arch
    mkdir -p "$state"/state/lists/partial "$state"/cache/archives/partial
    : >"$state/status"
    # A source may name a password.
    (umask 077 && write_sources >"$state/sources.list")
    [ -s "$state/sources.list" ] ||
        die "apt: no source of Debian's own archive is configured;" \
            "add one to /etc/apt/sources.list.d"
    write_config >"$state/apt.conf"
    if [ -z "$(find "$state/updated" -mmin -720 2>/dev/null)" ]; then
        say "reading the package lists of $suite for $arch"
        read_lists || only_release ||
            die "the archive's lists are not complete or not as signed;" \
                "try again later"
        touch "$state/updated"
    fi
}

# The names that the package $1 depends on, a line each.
depends_of() {
    { apt-cache -c "$state/apt.conf" -q --no-all-versions show "$1" \
        2>/dev/null || true; } |
        sed -n '/^Depends: */{s///p;q}' | tr ',' '\n' |
        sed 's/^ *//; s/[ (:|].*//; /^$/d'
}

# What the metapackage $1 stands for. Debian's kernels: linux-image-arm64
# depends on linux-image-VERSION, or (since 7) on linux-base and on that; and
# linux-image-VERSION may be a metapackage itself, of linux-binary-VERSION.
stands_for() {
    local family=${1%-*} name next
    name=$(depends_of "$1" | grep -m 1 -e "^$family-" \
        -e "^${family/linux-image/linux-binary}-" ||
        depends_of "$1" | head -n 1)
    next=$(depends_of "$name" |
        grep -m 1 "^${family/linux-image/linux-binary}-" || true)
    [ "$family" = "${family/linux-image/}" ] || name=${next:-$name}
    echo "$name"
}

# Print PKG and everything that it depends on, a package a line. No package is
# installed in the private state, so apt names them all.
closure() {
    apt-get -c "$state/apt.conf" -q -s --no-install-recommends install "$1" |
        sed -n 's/^Inst \([^ ]*\).*/\1/p'
}

# Replace @PKG and +PKG in the arguments by the packages that they mean.
resolve() {
    local pkg real
    for pkg in "$@"; do
        real=$pkg
        case $pkg in
            @*)
                real=$(stands_for "${pkg#@}")
                [ -n "$real" ] ||
                    die "${pkg#@}: $suite for $arch has no such metapackage"
                ;;
            +*)
                real=$(closure "${pkg#+}") || real=
                [ -n "$real" ] ||
                    die "${pkg#+}: $suite for $arch cannot install it;" \
                        "see apt's message above"
                ;;
        esac
        echo "$real"
    done
}

fetched && exit 0
cache_lock fetch
fetched && exit 0

prepare
names=$(resolve "$@") || exit 1
mapfile -t pkgs < <(sort -u <<<"$names")

temp=$(dirname "$dest")/.new.${dest##*/}
rm -rf "$temp"
mkdir -p "$temp/debs" "$temp/tree"
trap 'rm -rf "$temp"' EXIT

say "downloading ${pkgs[*]} ($suite, $arch)"
(cd "$temp/debs" && apt-get -c "$state/apt.conf" download "${pkgs[@]}" >&2) ||
    die "not all of ${pkgs[*]} could be downloaded; see apt's message above"
for deb in "$temp"/debs/*.deb; do
    say "unpacking ${deb##*/}"
    dpkg-deb -x "$deb" "$temp/tree"
done
{
    echo "$want"
    for deb in "$temp"/debs/*.deb; do
        # shellcheck disable=SC2016 # dpkg-deb replaces the names
        dpkg-deb -W --showformat='${Package} ${Version}\n' "$deb"
    done
} >"$temp/tree/.fetched"

rm -rf "$dest"
mv "$temp/tree" "$dest"
