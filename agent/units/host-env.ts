// Renders /etc/swarmkeeper/host.env: the facts about a node that its unit files may use. Pure.
import type { Assignment } from "../../crd-like-specs/resources/assignment.ts";
import type { Agent } from "../context.ts";

export const HOST_ENV_PATH = "/etc/swarmkeeper/host.env";

/** The whole file: one `NAME=value` a line, unquoted. */
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

/** Writes the file if it differs. Units read it when they start and are not restarted for it. */
export async function ensureHostEnv(
  agent: Pick<Agent, "self" | "config" | "host">,
  assignment: Pick<Assignment, "role" | "etcd">,
): Promise<void> {
  const text = renderHostEnv(agent, assignment);
  if (text !== (await agent.host.read(HOST_ENV_PATH))) await agent.host.write(HOST_ENV_PATH, text);
}
