import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { type CliCommand, loadAll, register } from "./command.ts";
import { REGISTRY } from "./registry.ts";
import { schemas } from "./schema/command.ts";
import { StatusView } from "./status/view.ts";

const commands = await loadAll(REGISTRY);
const definition = (command: CliCommand) => {
  const defined = new Command("any");
  command.define(defined, REGISTRY);
  return defined;
};

describe("the registry", () => {
  it("has each top-level word once", () => {
    const words = REGISTRY.map(({ name }) => name);
    expect(new Set(words).size).toBe(words.length);
    expect([...commands.keys()]).toEqual(expect.arrayContaining(["status", "rollout undo", "vault unseal", "agent"]));
  });

  it("adds -o itself, so that no command defines its own", () => {
    const own = [...commands].filter(([, command]) =>
      definition(command).options.some(({ long }) => long === "--output"),
    );
    expect(own.map(([name]) => name)).toEqual([]);
  });

  it("lists the view of every command in `swarmkeeper schema`", async () => {
    const all = await schemas(REGISTRY);
    const views = [...commands.values()].flatMap(({ output }) => output?.view ?? []);
    expect(views).toEqual(expect.arrayContaining(["StatusView", "PlanView", "RolloutView", "UnitsView", "VaultView"]));
    for (const view of views) expect(all[view]?.()).toMatchObject({ title: view, type: "object" });
    expect(all).toHaveProperty("Cluster");
  });
});

describe("a command", () => {
  const calls: unknown[] = [];
  let loads = 0;
  const greet: CliCommand = {
    output: { forms: ["text"], view: "StatusView", schema: StatusView },
    define: command =>
      void command.argument("<name>").action((name: string, options: object) => void calls.push(name, options)),
  };
  const program = () => {
    const load = async () => {
      loads += 1;
      return greet;
    };
    return register(new Command().exitOverride().configureOutput({ writeErr: () => {} }), [
      { name: "greet", summary: "greetings", commands: [{ name: "hello", summary: "a greeting", load }] },
    ]);
  };

  it("is loaded when it is called, and gets -o from its output forms", async () => {
    await expect(program().parseAsync(["greet", "unknown"], { from: "user" })).rejects.toThrow("unknown command");
    expect(loads).toBe(0);
    await program().parseAsync(["greet", "hello", "h1", "-o", "json"], { from: "user" });
    await program().parseAsync(["greet", "hello", "h2"], { from: "user" });
    expect(calls).toEqual(["h1", { output: "json" }, "h2", { output: "text" }]);
    await expect(program().parseAsync(["greet", "hello", "h3", "-o", "xml"], { from: "user" })).rejects.toThrow("xml");
  });
});
