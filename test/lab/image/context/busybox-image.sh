#!/bin/sh
# Writes a 2 MB image for services inside the hosts, where no registry answers: `docker load -i /opt/lab/busybox.tar`
# gives busybox:lab. The image is composed here and not imported, so that its id is the same on every host.
set -eu
out=$1
work=$(mktemp -d)
mkdir -p "$work/root/bin" "$work/root/tmp" "$work/root/etc" "$work/image"
cp /bin/busybox "$work/root/bin/busybox"
for applet in $(/bin/busybox --list); do
  [ "$applet" = busybox ] || ln -s busybox "$work/root/bin/$applet"
done
echo 'root:x:0:0:root:/:/bin/sh' >"$work/root/etc/passwd"
archive="tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -c"
$archive -C "$work/root" . >"$work/image/layer.tar"
layer=$(sha256sum "$work/image/layer.tar" | cut -d' ' -f1)
architecture=$(dpkg --print-architecture)
cat >"$work/image/config.json" <<JSON
{"architecture":"$architecture","os":"linux","created":"1970-01-01T00:00:00Z",
 "config":{"Cmd":["sh"],"Env":["PATH=/bin"]},
 "rootfs":{"type":"layers","diff_ids":["sha256:$layer"]}}
JSON
echo '[{"Config":"config.json","RepoTags":["busybox:lab"],"Layers":["layer.tar"]}]' >"$work/image/manifest.json"
$archive -C "$work/image" . >"$out"
rm -rf "$work"
