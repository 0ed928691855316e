// Makes the agent's configuration for one role from the params, with the paths of the files that it refers to.
import type { z } from "zod";
import { AgentConfig } from "../crd-like-specs/agent-config.ts";
import type { Role } from "../crd-like-specs/resources/role.ts";
import { managerUnits, workerUnits } from "../crd-like-specs/units/unit-list.ts";
import type { Params } from "./params.ts";
import type { Tls } from "./tls.ts";
import type { Address } from "./values.ts";

export const CONFIG_FOLDER = "/etc/swarmkeeper";
export const SLACK_URL_FILE = `${CONFIG_FOLDER}/slack-webhook-url`;

/** The path on the node of a TLS file that the user-data contains. */
export const tlsPath = (whose: "client" | "peer", part: keyof Tls) => `${CONFIG_FOLDER}/tls/etcd-${whose}-${part}.pem`;

/**
 * The value of the file. It contains no defaults of the agent, because a newer agent may have better ones. An address
 * that the node fills in is `$private_ipv4` or `$public_ipv4`.
 * Throws if the agent would reject it, which is a bug and never a mistake of the operator.
 */
export function agentConfig(params: Params, role: Role): z.input<typeof AgentConfig> {
  const { prefix, address, etcd, dockerSocket, leaseSeconds, slack } = params;
  const config: z.input<typeof AgentConfig> = {
    role,
    ...(prefix !== undefined && { prefix }),
    address: addressSource(address),
    etcd: {
      bootstrap: etcd.bootstrap,
      ...(etcd.token !== undefined && { token: etcd.token }),
      run: etcd.run,
      ...(etcd.clientTls !== undefined && { clientTls: tlsPaths("client", etcd.clientTls) }),
      ...(etcd.peerTls !== undefined && { peerTls: tlsPaths("peer", etcd.peerTls) }),
    },
    ...(dockerSocket !== undefined && { docker: { socket: dockerSocket } }),
    ...(leaseSeconds !== undefined && { leaseSeconds }),
    // Only the first manager writes the initial spec.
    ...(role === "manager" && { spec: initialSpec(params) }),
    ...(slack !== undefined && {
      slack: { urlFile: SLACK_URL_FILE, ...(slack.channel !== undefined && { channel: slack.channel }) },
    }),
  };
  AgentConfig.parse(address.from === "variable" ? { ...config, address: SAMPLE_ADDRESS } : config);
  return config;
}

const SAMPLE_ADDRESS = { from: "literal", address: "192.0.2.1" };

function addressSource(address: Address): z.input<typeof AgentConfig>["address"] {
  switch (address.from) {
    case "variable":
      return { from: "literal", address: `$${address.variable}` };
    case "interface":
      return address;
    case "route":
      return address.to === undefined ? { from: "route" } : { from: "route", to: address.to };
  }
}

function tlsPaths(whose: "client" | "peer", tls: Tls): Record<keyof Tls, string> {
  const path = (part: keyof Tls) => {
    const file = tls[part];
    return "onNode" in file ? file.onNode : tlsPath(whose, part);
  };
  return { cert: path("cert"), key: path("key"), ca: path("ca") };
}

function initialSpec({ managers, units }: Params): Record<string, string> {
  return {
    managers: String(managers),
    "units/manager": managerUnits.render(units.manager),
    ...(units.worker.length > 0 && { "units/worker": workerUnits.render(units.worker) }),
  };
}
