#!/bin/sh
# Turns a bare Debian into a lab host. Runs once, while the image is built.
set -eu
suite=$1
export DEBIAN_FRONTEND=noninteractive

# Nothing may start while the image is built.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
# Each fsync of dpkg takes time, and a broken build is thrown away.
echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/lab
printf 'path-exclude=/usr/share/%s/*\n' doc man locale info >>/etc/dpkg/dpkg.cfg.d/lab

common="systemd systemd-sysv dbus procps iproute2 iptables ca-certificates curl jq busybox-static cloud-init"
apt-get update -q
install="apt-get install -q -y --no-install-recommends"
case $suite in
  trixie) $install $common docker.io docker-cli etcd-server etcd-client ;;
  bookworm) $install $common docker.io etcd-server etcd-client ;;
  next)
    # sid from the mirror that trixie comes from.
    mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1)
    echo "deb $mirror sid main" >/etc/apt/sources.list.d/sid.list
    printf 'Package: *\nPin: release n=trixie\nPin-Priority: 900\n' >/etc/apt/preferences.d/trixie
    # A mirror's snapshot of sid may be past its expiry date.
    apt-get -o Acquire::Check-Valid-Until=false update -q
    $install $common
    $install -t sid docker.io docker-cli
    ln -s -t /usr/bin /opt/lab/etcd /opt/lab/etcdctl
    ;;
  *) echo "unknown suite $suite: use trixie, bookworm or next" >&2; exit 1 ;;
esac

# Only the agent may start etcd. Debian would start a one-node cluster on every host.
[ "$suite" = next ] || systemctl disable etcd.service
# Units that fail in a container (modules, consoles) or disturb measurements (timers of apt and similar).
systemctl mask systemd-modules-load.service getty.target console-getty.service \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
systemctl enable docker.service

install -m 644 /opt/lab/cloud-init.cfg /etc/cloud/cloud.cfg.d/90-lab.cfg
# The journal outlives a power loss, so that a test can read what happened before it.
mkdir -p /srv /etc/lab /var/log/journal /etc/systemd/journald.conf.d
printf '[Journal]\nSystemMaxUse=64M\nRateLimitIntervalSec=0\n' >/etc/systemd/journald.conf.d/lab.conf

number() { grep -o '[0-9]\+\.[0-9]\+\.[0-9]\+' | head -n 1; }
echo "docker $(docker --version | number) · etcd $(etcd --version | number)" >/opt/lab/versions

sh /opt/lab/busybox-image.sh /opt/lab/busybox.tar

# Each host gets its own identity at its first boot.
: >/etc/machine-id
rm -f /var/lib/dbus/machine-id /usr/sbin/policy-rc.d
apt-get clean
rm -rf /var/lib/apt/lists/*
