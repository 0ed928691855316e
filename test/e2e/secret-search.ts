// Searches real hosts for a secret outside the one file that may hold it.
import type { Host } from "../lab/host/host.ts";

/**
 * The file that may hold the URL, written by the user-data. cloud-init keeps copies of the user-data; they are not
 * searched.
 */
const HOME = "/etc/swarmkeeper/slack-webhook-url";
/** Unit files, shipped and generated, and all files of the agent: texts, state, and etcd's data with its history. */
const FOLDERS = "/etc/systemd/system /run/systemd/system /etc/swarmkeeper /run/swarmkeeper /var/lib/swarmkeeper";

/** Reads the secret marker from a file, so that it does not appear in the arguments of the search itself. */
const SEARCH = `
marker=/dev/shm/secret-marker; cat > $marker
search() { grep -qaF -f $marker && echo "$1"; }
ETCDCTL_API=3 etcdctl get --prefix "" | search etcd
journalctl --all --no-pager -o cat | search "the journal"
cat /proc/[0-9]*/cmdline | search "an argument"
cat /proc/[0-9]*/environ | search "an environment"
grep -rlaF -f $marker ${FOLDERS} 2>/dev/null | grep -vx ${HOME}
rm $marker
`;

/** Where the hosts hold the secret: `h1: the journal`, `h2: /etc/systemd/system/web.service`, … Empty if nowhere. */
export async function findSecretMarker(hosts: readonly Host[], secretMarker: string): Promise<string[]> {
  const found = await Promise.all(
    hosts.map(async host => {
      const { stdout } = await host.exec(SEARCH, { stdin: secretMarker });
      return stdout.split("\n").flatMap(location => (location === "" ? [] : `${host.name}: ${location}`));
    }),
  );
  return found.flat();
}
