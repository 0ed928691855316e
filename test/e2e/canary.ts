// Where on real hosts a secret has come to that should be nowhere.
import type { Host } from "../lab/host.ts";

/** What may hold the URL: the file that user-data puts there for it. Copies of the user-data itself are cloud-init's. */
const HOME = "/etc/swarmkeeper/slack-webhook-url";
/** Unit files, ours and generated ones, and all that the agent keeps: texts, state, and etcd's files with its history. */
const FOLDERS = "/etc/systemd/system /run/systemd/system /etc/swarmkeeper /run/swarmkeeper /var/lib/swarmkeeper";

/** Looks by a file, so that the search itself is in no argument. */
const SEARCH = `
canary=/dev/shm/canary; cat > $canary
look() { grep -qaF -f $canary && echo "$1"; }
ETCDCTL_API=3 etcdctl get --prefix "" | look etcd
journalctl --all --no-pager -o cat | look "the journal"
cat /proc/[0-9]*/cmdline | look "an argument"
cat /proc/[0-9]*/environ | look "an environment"
grep -rlaF -f $canary ${FOLDERS} 2>/dev/null | grep -vx ${HOME}
rm $canary
`;

/** `h1: the journal`, `h2: /etc/systemd/system/web.service`, … Empty where it is nowhere. */
export async function sightings(hosts: readonly Host[], canary: string): Promise<string[]> {
  const found = await Promise.all(
    hosts.map(async host => {
      const { stdout } = await host.exec(SEARCH, { stdin: canary });
      return stdout.split("\n").flatMap(place => (place === "" ? [] : `${host.name}: ${place}`));
    }),
  );
  return found.flat();
}
