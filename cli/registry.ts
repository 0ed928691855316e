// Every command of the program, in the order of its help. Each line loads its code only when the command runs: start-up
// stays quick, and the agent carries nothing that only operators need.
import type { Registry } from "./command.ts";

const ROLLOUT: Registry = [
  {
    name: "status",
    summary: "how far hosts are, which are waited for, and what can be done",
    load: async () => (await import("./rollout/status.ts")).command,
  },
  {
    name: "history",
    summary: "the kept revisions of the units, and what changed with each",
    load: async () => (await import("./rollout/history.ts")).command,
  },
  {
    name: "undo",
    summary: "let the spec say again what it said at an earlier revision",
    load: async () => (await import("./rollout/undo.ts")).command,
  },
  {
    name: "pause",
    summary: "change no further host; those that were are still watched",
    load: async () => (await import("./rollout/pause.ts")).pauseCommand,
  },
  {
    name: "resume",
    summary: "change hosts again, also after a halt",
    load: async () => (await import("./rollout/pause.ts")).resumeCommand,
  },
];

const UNITS: Registry = [
  {
    name: "push",
    summary: "make the spec say what a folder of unit files says",
    load: async () => (await import("./units/push.ts")).command,
  },
  {
    name: "diff",
    summary: "what hosts run against the spec, or the spec against a folder",
    load: async () => (await import("./units/diff.ts")).command,
  },
];

const VAULT: Registry = [
  {
    name: "status",
    summary: "how the Vault of each manager is, and for whom a change of it waits",
    load: async () => (await import("./vault/status.ts")).command,
  },
  {
    name: "init",
    summary: "the first start of a new Vault, once for all hosts; shares only encrypted",
    load: async () => (await import("./vault/init.ts")).command,
  },
  {
    name: "unseal",
    summary: "hand in shares of the key, typed without echo or on standard input",
    load: async () => (await import("./vault/unseal.ts")).command,
  },
];

export const REGISTRY: Registry = [
  {
    name: "generate",
    summary: "write manager.yml and worker.yml for the hosts to boot from",
    load: async () => (await import("./generate/command.ts")).command,
  },
  {
    name: "status",
    summary: "how the cluster is, what is refused and what is waited for",
    load: async () => (await import("./status/command.ts")).command,
  },
  {
    name: "plan",
    summary: "what the controller would do next, or why nothing",
    load: async () => (await import("./plan/command.ts")).command,
  },
  {
    name: "events",
    summary: "what was done, refused and missed in the last 24 hours",
    load: async () => (await import("./events/command.ts")).command,
  },
  {
    name: "get",
    summary: "print the spec as a Cluster document",
    load: async () => (await import("./spec/get.ts")).command,
  },
  {
    name: "apply",
    summary: "make the spec what a Cluster document says",
    load: async () => (await import("./spec/apply.ts")).command,
  },
  {
    name: "rollout",
    summary: "how a change of the units goes on; pause it, go on with it, go back",
    commands: ROLLOUT,
  },
  { name: "units", summary: "compare and put unit files", commands: UNITS },
  { name: "vault", summary: "how Vault is; initialise and unseal it", commands: VAULT },
  {
    name: "schema",
    summary: "print the JSON Schema of a kind of resource",
    load: async () => (await import("./schema/command.ts")).command,
  },
  {
    name: "logs",
    summary: "make the JSON lines on standard input readable: journalctl -u … -o cat | swarmkeeper logs",
    load: async () => (await import("./logs/command.ts")).command,
  },
  {
    name: "discovery",
    summary: "serve discovery tokens, for first managers to find each other (etcd-discovery-url)",
    load: async () => (await import("./discovery/command.ts")).command,
  },
  {
    name: "agent",
    summary: "run the agent of this host (its unit does this)",
    load: async () => (await import("./daemons/command.ts")).agent,
  },
  {
    name: "controller",
    summary: "run the controller of a manager (its unit does this)",
    load: async () => (await import("./daemons/command.ts")).controller,
  },
];
