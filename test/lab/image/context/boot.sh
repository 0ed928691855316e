#!/bin/sh
# PID 1 until systemd takes over. Corrects what a container sees of the kernel, so that it behaves like a machine.
set -eu

# All containers share the kernel's boot id and keep it over restarts; a machine has a new one at each boot.
cat /proc/sys/kernel/random/uuid >/run/lab-boot-id
mount --bind /run/lab-boot-id /proc/sys/kernel/random/boot_id

# cgroup v1 is mounted read-only, so inner containers could not start. Without "bind" the memory controller is "busy".
while read -r _ mount type _; do
  [ "$type" != cgroup ] || mount -o remount,bind,rw "$mount"
done </proc/mounts

exec /sbin/init
