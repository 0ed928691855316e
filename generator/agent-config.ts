// The agent's configuration file for one role: the params in the terms of crd-like-specs/agent-config.ts, and the
// files that it points to.
import type { z } from "zod";
import { AgentConfig } from "../crd-like-specs/agent-config.ts";
import type { Role } from "../crd-like-specs/resources/role.ts";
import { managerUnits, workerUnits } from "../crd-like-specs/units/unit-list.ts";
import type { Params } from "./params.ts";
import type { Tls } from "./tls.ts";
import type { Address } from "./values.ts";

export const CONFIG_FOLDER = "/etc/swarmkeeper";
export const SLACK_URL_FILE = `${CONFIG_FOLDER}/slack-webhook-url`;

/** Where a certificate that the user-data carries stands on the host. */
export const tlsPath = (whose: "client" | "peer", part: keyof Tls) => `${CONFIG_FOLDER}/tls/etcd-${whose}-${part}.pem`;

/**
 * The file's value. Only what was decided here is in it: the agent has the defaults, and a newer agent may have better
 * ones. An address that the host fills in stands as `$private_ipv4` or `$public_ipv4`.
 * Throws when the agent would not accept it, which is our mistake and never the operator's.
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
    // Written once, by the first manager; a worker never is that.
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
    return "onHost" in file ? file.onHost : tlsPath(whose, part);
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
