# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
# Sourced by the other scripts: which mirrors the system's own apt uses. Reads
# $suite and $arch; $state is a directory for what is read on the way.

# Print "URI SUITE ORIGIN" of every source of the system that has a main
# component. apt itself reads its configuration, so both of its formats are
# understood. ORIGIN is "?" where the system has not read its lists yet.
system_sources() {
    local empty=$state/empty uri suite origin
    mkdir -p "$empty/partial"
    # shellcheck disable=SC2016 # apt-get replaces the names
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(ORIGIN)' \
        'Created-By: Packages' >"$state/origins" || true
    apt-get -o Dir::State::lists="$empty" --print-uris update |
        sed -n "s,^'\\(.*/\\)dists/\\([^/ ]*\\)/main/binary-.*,\\1 \\2,p" |
        sort -u |
    while read -r uri suite; do
        origin=$(awk -v uri="$uri" -v suite="$suite" \
            '$1 == uri && $2 == suite { print $3; exit }' "$state/origins")
        echo "$uri $suite ${origin:-?}"
    done
}

# Print Debian's own sources, moved to $suite, in one-line format. A source
# whose origin is unknown passes for Debian's if its path ends like a mirror's.
write_sources() {
    local codename uri release origin to
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    system_sources | while read -r uri release origin; do
        case $origin:${uri%/} in
            Debian:* | \?:*/debian | \?:*/debian-*) ;;
            *) continue ;;
        esac
        case $release in
            "$codename" | stable) to=$suite ;;
            "$codename-security" | stable-security) to=$suite-security ;;
            "$codename-updates" | stable-updates) to=$suite-updates ;;
            *) continue ;;
        esac
        case $to in
            sid-* | unstable-*) continue ;;
        esac
        echo "deb [arch=$arch signed-by=$keyring] $uri $to main"
    done | sort -u
}
