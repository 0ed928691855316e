#!/bin/sh
# Installs a swarmkeeper release: fetches, checks, unpacks and activates it. Does nothing if it is installed already.
# usage: install.sh [URL SHA256], or with SWARMKEEPER_RELEASE_URL and SWARMKEEPER_RELEASE_SHA256 in the environment
set -eu
umask 022
url=${1:-${SWARMKEEPER_RELEASE_URL:?"is not set: the URL of a release"}}
sha=${2:-${SWARMKEEPER_RELEASE_SHA256:?"is not set: the SHA-256 of the release"}}
home=${SWARMKEEPER_HOME:-/opt/swarmkeeper}
release=$home/releases/$sha
part=$home/releases/$sha.part

log() { echo "install: $*"; }
actual() { sha256sum <"$part" | cut -d' ' -f1; }

# Continues a download that an earlier run began.
fetch() {
  if command -v curl >/dev/null; then
    curl -fsS -L --connect-timeout 10 --speed-time 30 --speed-limit 1 -C - -o "$part" "$url" && return
    # 22: an HTTP error, also if nothing is left to fetch; 33: this server cannot continue a download.
    case $? in 22 | 33) rm -f "$part" ;; esac
    return 1
  fi
  wget -q -c -T 30 -O "$part" "$url"
}

download() {
  for wait in 1 3 0; do
    log "fetching $url"
    if fetch; then return; fi
    sleep "$wait"
  done
  log "could not fetch $url"
  return 1
}

if [ ! -d "$release" ]; then
  mkdir -p "$home/releases"
  if [ -s "$part" ]; then
    # Left by an earlier run: complete, incomplete or corrupt. A corrupt file is fetched again from the start.
    [ "$(actual)" = "$sha" ] || download
    [ "$(actual)" = "$sha" ] || rm "$part"
  fi
  [ -s "$part" ] || download
  got=$(actual)
  if [ "$got" != "$sha" ]; then
    rm -f "$part"
    log "$url is not the configured release: expected sha256 $sha, got $got; removed it"
    exit 1
  fi
  new=$home/releases/.$sha.$$
  trap 'rm -rf "$new"' EXIT
  mkdir "$new"
  tar -xzf "$part" -C "$new" --no-same-owner
  # The folder marks a complete installation. Without sync, a power loss may leave the renamed folder without its
  # contents.
  sync -f "$new" 2>/dev/null || sync
  mv -T "$new" "$release"
  rm -f "$part"
  log "installed $release"
fi

if [ "$(readlink "$home/current" || true)" != "releases/$sha" ]; then
  ln -s "releases/$sha" "$home/.current.$$"
  mv -T "$home/.current.$$" "$home/current"
fi

# The command for operators. /usr is read-only on Flatcar, which has /opt/bin in the PATH instead.
bin=${SWARMKEEPER_BIN:-/usr/local/bin}
if [ ! -w "$bin" ]; then
  bin=/opt/bin
  mkdir -p "$bin"
fi
[ -e "$bin/swarmkeeper" ] || ln -sf "$home/current/bin/swarmkeeper" "$bin/swarmkeeper"
