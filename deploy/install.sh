#!/bin/sh
# Installs a swarmkeeper release: fetch, check, unpack, switch over. Does nothing where it is installed already.
# usage: install.sh [URL SHA256], or with SWARMKEEPER_RELEASE_URL and SWARMKEEPER_RELEASE_SHA256 in the environment
set -eu
umask 022
url=${1:-${SWARMKEEPER_RELEASE_URL:?"is not set: the URL of a release"}}
sha=${2:-${SWARMKEEPER_RELEASE_SHA256:?"is not set: the SHA-256 of the release"}}
home=${SWARMKEEPER_HOME:-/opt/swarmkeeper}
release=$home/releases/$sha
part=$home/releases/$sha.part

say() { echo "install: $*"; }
actual() { sha256sum <"$part" | cut -d' ' -f1; }

# Goes on where an earlier download broke off.
fetch() {
  if command -v curl >/dev/null; then
    curl -fsS -L --connect-timeout 10 --speed-time 30 --speed-limit 1 -C - -o "$part" "$url" && return
    # 22: refused, also where nothing is left to continue with; 33: this server cannot continue a download.
    case $? in 22 | 33) rm -f "$part" ;; esac
    return 1
  fi
  wget -q -c -T 30 -O "$part" "$url"
}

download() {
  for wait in 1 3 0; do
    say "fetching $url"
    if fetch; then return; fi
    sleep "$wait"
  done
  say "could not fetch $url"
  return 1
}

if [ ! -d "$release" ]; then
  mkdir -p "$home/releases"
  if [ -s "$part" ]; then
    # Left by an earlier run: whole, broken off, or spoilt, and then it is fetched from its start.
    [ "$(actual)" = "$sha" ] || download
    [ "$(actual)" = "$sha" ] || rm "$part"
  fi
  [ -s "$part" ] || download
  got=$(actual)
  if [ "$got" != "$sha" ]; then
    rm -f "$part"
    say "$url is not the release that was meant: expected sha256 $sha, got $got; it is removed"
    exit 1
  fi
  new=$home/releases/.$sha.$$
  trap 'rm -rf "$new"' EXIT
  mkdir "$new"
  tar -xzf "$part" -C "$new" --no-same-owner
  # After a power cut a renamed folder may be there without its contents; the folder is our sign that all is well.
  sync -f "$new" 2>/dev/null || sync
  mv -T "$new" "$release"
  rm -f "$part"
  say "installed $release"
fi

if [ "$(readlink "$home/current" || true)" != "releases/$sha" ]; then
  ln -s "releases/$sha" "$home/.current.$$"
  mv -T "$home/.current.$$" "$home/current"
fi

# For people; /usr is read-only on Flatcar, which has /opt/bin in the PATH instead.
bin=${SWARMKEEPER_BIN:-/usr/local/bin}
if [ ! -w "$bin" ]; then
  bin=/opt/bin
  mkdir -p "$bin"
fi
[ -e "$bin/swarmkeeper" ] || ln -sf "$home/current/bin/swarmkeeper" "$bin/swarmkeeper"
