// /etc/swarmkeeper/host.env: what unit files may want to know of the host that they run on. A pure rendering.
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import type { Agent } from "../context.ts";

export const HOST_ENV_PATH = "/etc/swarmkeeper/host.env";

/** The whole file; one `NAME=value` a line, no quoting needed. */
export function renderHostEnv(
  { self, config }: Pick<Agent, "self" | "config">,
  { role, etcd }: Pick<Assignment, "role" | "etcd">,
): string {
  const entries = [
    ["NODE_ID", self.id],
    ["NODE_NAME", self.name],
    ["NODE_IP", self.address],
    ["NODE_ROLE", role],
    ["ETCD_ENDPOINTS", etcd.endpoints.join(",")],
    ["SWARMKEEPER_PREFIX", config.prefix],
  ];
  return `# Written by swarmkeeper-agent; changes made here are lost.\n${entries.map(entry => entry.join("=")).join("\n")}\n`;
}

/** Units are not restarted for it: it is read when they start. */
export async function ensureHostEnv(
  agent: Pick<Agent, "self" | "config" | "host">,
  assignment: Pick<Assignment, "role" | "etcd">,
): Promise<void> {
  const text = renderHostEnv(agent, assignment);
  if (text !== (await agent.host.read(HOST_ENV_PATH))) await agent.host.write(HOST_ENV_PATH, text);
}
