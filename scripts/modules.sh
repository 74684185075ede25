# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
# Sourced by the scripts that make an initramfs: kernel modules of a Debian
# package, and the archive itself. Reads $linux, the unpacked package; $temp is
# a directory for what is made on the way.

# Print the paths of module $1, unpacked below $temp/ko, after those of all
# that it depends on.
with_depends() {
    local packed path=$temp/ko/$1.ko dep
    packed=$(find "$linux" -name "$1.ko*" -o -name "${1//_/-}.ko*" -o \
        -name "${1//-/_}.ko*")
    packed=${packed%%$'\n'*}
    [ -n "$packed" ] || die "$1.ko: not in this kernel's package"
    case $packed in
        *.xz) xz -dc "$packed" >"$path" ;;
        *.zst) zstd -qdc "$packed" >"$path" ;;
        *) cp "$packed" "$path" ;;
    esac
    for dep in $(tr '\0' '\n' <"$path" | sed -n 's/^depends=//p' |
            tr ',' ' '); do
        with_depends "$dep"
    done
    echo "$path"
}

# Make $temp/initramfs.cpio.gz of busybox $1, the init $2 and the modules that
# follow. lib/modules/order has the modules in the order to load them.
make_initramfs() {
    local root=$temp/root busybox=$1 init=$2 name path
    shift 2
    mkdir -p "$root"/bin "$root"/lib/modules "$root"/dev "$temp/ko"
    cp "$busybox" "$root/bin/busybox"
    install -m 755 "$init" "$root/init"
    for name in "$@"; do
        with_depends "$name"
    done >"$temp/paths"
    awk '!seen[$0]++' "$temp/paths" | while read -r path; do
        cp "$path" "$root/lib/modules/"
        echo "${path##*/}" >>"$root/lib/modules/order"
    done
    find "$root" -exec touch -h -d @0 {} +
    (cd "$root" && find . | LC_ALL=C sort |
        cpio --quiet -o -H newc -R 0:0 --reproducible) |
        gzip -9n >"$temp/initramfs.cpio.gz"
    rm -r "$root" "$temp/ko" "$temp/paths"
}
