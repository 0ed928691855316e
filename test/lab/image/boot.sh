#!/bin/sh
# PID 1 until systemd takes over: what a container's kernel view lacks of a machine of its own.
set -eu

# All containers share the kernel's boot id, and keep it when they are started again; a machine has a new one each time.
cat /proc/sys/kernel/random/uuid >/run/lab-boot-id
mount --bind /run/lab-boot-id /proc/sys/kernel/random/boot_id

# cgroup v1 arrives read-only, and inner containers could not start. Without "bind" the memory controller says "busy".
while read -r _ mount type _; do
  [ "$type" != cgroup ] || mount -o remount,bind,rw "$mount"
done </proc/mounts

exec /sbin/init
