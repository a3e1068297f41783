#!/usr/bin/env bash
# Installs those of the named Debian packages that are missing; silent, and without network, when none is.
set -euo pipefail

missing=$(comm -23 <(printf '%s\n' "$@" | sort -u) \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' | sort -u) | xargs)
[ -n "$missing" ] || exit 0

sudo=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "make deps: run it as root, or install sudo; missing: $missing" >&2
        exit 1
    }
    sudo=(sudo)
fi
echo "make deps: installing $missing"
apt() {
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 "$@"
}
apt update
# shellcheck disable=SC2086 # one word for each package
apt install -y --no-install-recommends $missing
