// All commands of the program, in the order of the help text. A command's code is loaded only when it runs. This keeps
// start-up fast, and the agent does not load code that only operators need.
import type { Registry } from "./command.ts";

const ROLLOUT: Registry = [
  {
    name: "status",
    summary: "show the progress, the nodes that it waits for, and what to do next",
    load: async () => (await import("./rollout/status.ts")).command,
  },
  {
    name: "history",
    summary: "list the stored revisions of the units and their changes",
    load: async () => (await import("./rollout/history.ts")).command,
  },
  {
    name: "undo",
    summary: "write an earlier revision of the units into the spec",
    load: async () => (await import("./rollout/undo.ts")).command,
  },
  {
    name: "pause",
    summary: "change no further node; keep watching the changed ones",
    load: async () => (await import("./rollout/pause.ts")).pauseCommand,
  },
  {
    name: "resume",
    summary: "continue a paused or halted rollout",
    load: async () => (await import("./rollout/pause.ts")).resumeCommand,
  },
];

const UNITS: Registry = [
  {
    name: "push",
    summary: "write a folder of unit files into the spec",
    load: async () => (await import("./units/push.ts")).command,
  },
  {
    name: "diff",
    summary: "compare the nodes with the spec, or the spec with a folder",
    load: async () => (await import("./units/diff.ts")).command,
  },
];

const VAULT: Registry = [
  {
    name: "status",
    summary: "show the Vault of each manager and what a change waits for",
    load: async () => (await import("./vault/status.ts")).command,
  },
  {
    name: "init",
    summary: "initialise a new Vault, once for all managers; prints no share in clear text",
    load: async () => (await import("./vault/init.ts")).command,
  },
  {
    name: "unseal",
    summary: "enter shares of the unseal key, typed without echo or from standard input",
    load: async () => (await import("./vault/unseal.ts")).command,
  },
];

export const REGISTRY: Registry = [
  {
    name: "generate",
    summary: "write manager.yml and worker.yml, the user-data of the nodes",
    load: async () => (await import("./generate/command.ts")).command,
  },
  {
    name: "status",
    summary: "show the state of the cluster, rejected values, and what it waits for",
    load: async () => (await import("./status/command.ts")).command,
  },
  {
    name: "plan",
    summary: "show the next steps of the controller, or why there are none",
    load: async () => (await import("./plan/command.ts")).command,
  },
  {
    name: "events",
    summary: "show the events of the last 24 hours",
    load: async () => (await import("./events/command.ts")).command,
  },
  {
    name: "get",
    summary: "print the effective spec as a Cluster document",
    load: async () => (await import("./spec/get.ts")).command,
  },
  {
    name: "apply",
    summary: "replace the spec with a Cluster document",
    load: async () => (await import("./spec/apply.ts")).command,
  },
  {
    name: "rollout",
    summary: "show, pause, resume or undo a change of the units",
    commands: ROLLOUT,
  },
  { name: "units", summary: "compare and push unit files", commands: UNITS },
  { name: "vault", summary: "show, initialise and unseal Vault", commands: VAULT },
  {
    name: "schema",
    summary: "print the JSON Schema of a kind",
    load: async () => (await import("./schema/command.ts")).command,
  },
  {
    name: "logs",
    summary: "format the JSON log lines on standard input: journalctl -u … -o cat | swarmkeeper logs",
    load: async () => (await import("./logs/command.ts")).command,
  },
  {
    name: "discovery",
    summary: "serve discovery tokens, by which the first managers find each other (etcd-discovery-url)",
    load: async () => (await import("./discovery/command.ts")).command,
  },
  {
    name: "agent",
    summary: "run the agent of this node (its systemd unit does this)",
    load: async () => (await import("./daemons/command.ts")).agent,
  },
  {
    name: "controller",
    summary: "run the controller of a manager (its systemd unit does this)",
    load: async () => (await import("./daemons/command.ts")).controller,
  },
];
