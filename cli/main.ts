// The operator's door, and the entry of the agent and the controller. A command's code is loaded only when it runs:
// start-up stays quick, and the agent carries nothing that only people need.
import { Command, CommanderError, Option } from "commander";
import { AGENT_CONFIG_PATH } from "../crd-like-specs/paths.ts";
import { VERSION } from "../crd-like-specs/version.ts";
import { CliError } from "./cli-error.ts";

function main(): Command {
  const program = new Command("swarmkeeper")
    .description("Keeps a Docker Swarm, its etcd and its systemd units at a state declared as keys in etcd.")
    .version(VERSION, "--version", "print the version")
    .helpOption("-h, --help", "print what a command takes")
    .helpCommand(false)
    .showHelpAfterError("(--help prints what there is)")
    .exitOverride();

  program
    .command("generate")
    .summary("write manager.yml and worker.yml for the hosts to boot from")
    .requiredOption("--params <file>", "the parameters of the cluster")
    .requiredOption("--out <folder>", "where both files go")
    .option("--release <file>", "the release's tar.gz: its name completes the URL, its content gives the SHA-256")
    .option(
      "--release-url <url>",
      "where hosts fetch the release, or with --release its folder; wins over the parameter",
    )
    .option("--release-sha256 <hex>", "the SHA-256 of the release, without --release; wins over the parameter")
    .action(run(async () => (await import("./generate.ts")).generate));

  withEtcd(program.command("status").summary("how the cluster is, what is refused and what is waited for"))
    .addOption(output("table", "wide", "json", "yaml"))
    .action(run(async () => (await import("./status.ts")).status));
  withEtcd(program.command("plan").summary("what the controller would do next, or why nothing"))
    .addOption(output("text", "json", "yaml"))
    .action(run(async () => (await import("./plan.ts")).plan));
  withEtcd(program.command("events").summary("what was done, refused and missed in the last 24 hours"))
    .option("-f, --follow", "go on with what happens from now on, until ^C", false)
    .option("--since <span>", "no more than the last 90s, 10m, 2h or 1d")
    .addOption(output("text", "json", "yaml"))
    .action(run(async () => (await import("./events.ts")).events));
  withEtcd(program.command("get").summary("print the spec as a Cluster document")).action(
    run(async () => (await import("./get.ts")).get),
  );
  withEtcd(program.command("apply").summary("make the spec what a Cluster document says"))
    .requiredOption("-f, --file <file>", "the document; - reads standard input")
    .option("--dry-run", "print what would change, and change nothing", false)
    .action(run(async () => (await import("./apply.ts")).apply));

  rollouts(group(program, "rollout").summary("how a change of the units goes on; pause it, go on with it, go back"));
  unitFiles(group(program, "units").summary("compare and put unit files"));
  vaults(group(program, "vault").summary("how Vault is; initialise and unseal it"));

  program
    .command("schema")
    .argument("[kind]", "without a kind: the names of all")
    .summary("print the JSON Schema of a kind of resource")
    .action((kind: string | undefined) => finish(async () => (await import("./schema.ts")).schema(kind)));
  program
    .command("logs")
    .summary("make the JSON lines on standard input readable: journalctl -u … -o cat | swarmkeeper logs")
    .action(run(async () => (await import("./logs.ts")).logs));

  program
    .command("discovery")
    .summary("serve discovery tokens, for first managers to find each other (etcd-discovery-url)")
    .requiredOption("--listen <address:port>", "where; hosts must reach it until their cluster is up")
    .option("--state <file>", "keep the tokens over a restart")
    .action(run(async () => (await import("./discovery.ts")).discovery));

  const daemon = (command: Command) =>
    command.option("--config <file>", "the host's own configuration", AGENT_CONFIG_PATH);
  daemon(program.command("agent").summary("run the agent of this host (its unit does this)")).action(
    run(async () => (await import("../agent/main.ts")).runAgent),
  );
  daemon(program.command("controller").summary("run the controller of a manager (its unit does this)")).action(
    run(async () => (await import("../controller/main.ts")).runController),
  );
  return program;
}

/** A command that only has others under it. */
const group = (program: Command, name: string): Command => program.command(name).helpCommand(false);

function rollouts(rollout: Command): void {
  withEtcd(rollout.command("status").summary("how far hosts are, which are waited for, and what can be done"))
    .description(
      "How far hosts have been brought to the units that the spec asks for, which are waited for and why, what can be done.",
    )
    .addOption(output("text", "json", "yaml"))
    .addHelpText(
      "after",
      "\nExit code: 1 when it has halted, is reverted or has a failed host; else 0, also on the way.",
    )
    .action(run(async () => (await import("./rollout/status.ts")).rolloutStatus));
  withEtcd(rollout.command("history").summary("the kept revisions of the units, and what changed with each"))
    .argument("[revision]", "print what this one says")
    .addOption(output("text", "json", "yaml"))
    .action(runOn(async () => (await import("./rollout/history.ts")).rolloutHistory));
  withEtcd(rollout.command("undo").summary("let the spec say again what it said at an earlier revision"))
    .option("--to <revision>", "which one (else the last good one, or where that is in force the one before it)")
    .option("--dry-run", "print what would change, and change nothing", false)
    .action(run(async () => (await import("./rollout/undo.ts")).rolloutUndo));
  withEtcd(rollout.command("pause").summary("change no further host; those that were are still watched")).action(
    run(async () => (await import("./rollout/pause.ts")).rolloutPause),
  );
  withEtcd(rollout.command("resume").summary("change hosts again, also after a halt")).action(
    run(async () => (await import("./rollout/pause.ts")).rolloutResume),
  );
}

function unitFiles(units: Command): void {
  withEtcd(units.command("push").summary("make the spec say what a folder of unit files says"))
    .argument("<folder>", "unit files, and as manager.list and worker.list the units of each role in start order")
    .option("--dry-run", "print what would change, and change nothing", false)
    .option("--prune", "delete unit files from the spec that the folder does not have", false)
    .action(runOn(async () => (await import("./units/push.ts")).unitsPush));
  withEtcd(units.command("diff").summary("what hosts run against the spec, or the spec against a folder"))
    .argument("[folder]", "compare this with the spec, line by line (else the spec with what hosts run)")
    .addOption(output("text", "json", "yaml"))
    .action(runOn(async () => (await import("./units/diff.ts")).unitsDiff));
}

function vaults(vault: Command): void {
  withEtcd(vault.command("status").summary("how the Vault of each manager is, and for whom a change of it waits"))
    .addOption(output("table", "json", "yaml"))
    .addHelpText("after", "\nExit code: 0 when all of them serve, or none is wanted; else 1.")
    .action(run(async () => (await import("./vault/status.ts")).vaultStatus));
  const withServer = (command: Command) =>
    command
      .option("--address <url>", "of the Vault (else http://127.0.0.1:8200)")
      .option("--ca-file <file>", "the authority that signed its certificate, for https (else those of the system)");
  withServer(vault.command("init").summary("the first start of a new Vault, once for all hosts; shares only encrypted"))
    .option("--pgp-keys <files>", "public PGP keys, by commas: one for each share of the key")
    .option("--root-token-pgp-key <file>", "which of them the root token is encrypted for")
    .option("--out <file>", "a new file for the encrypted shares")
    .option("--threshold <number>", "how many shares unseal (else more than half)")
    .action(run(async () => (await import("./vault/init.ts")).vaultInit));
  withServer(vault.command("unseal").summary("hand in shares of the key, typed without echo or on standard input"))
    .usage("[options]")
    // Taken, so that the refusal can say why; commander's own would print it.
    .argument("[share...]")
    .action(runOn(async () => (await import("./vault/unseal.ts")).vaultUnseal));
}

function withEtcd(command: Command): Command {
  return command
    .option("--endpoints <urls>", "etcd's client URLs, by commas (SWARMKEEPER_ENDPOINTS; else this host's own etcd)")
    .option("--prefix <prefix>", "where the cluster's keys are (else what this host's configuration says)");
}

/** The first form is the one for people. */
function output(...forms: [string, ...string[]]): Option {
  return new Option("-o, --output <form>", "how to print it").choices(forms).default(forms[0]);
}

function run<Options>(load: () => Promise<(options: Options) => Promise<number>>) {
  return (options: Options) => finish(async () => (await load())(options));
}

/** For commands that take an argument. */
function runOn<Argument, Options>(load: () => Promise<(argument: Argument, options: Options) => Promise<number>>) {
  return (argument: Argument, options: Options) => finish(async () => (await load())(argument, options));
}

/** What a command returns becomes the exit code: 0 done, 1 failed, 2 called or configured wrongly. */
async function finish(command: () => Promise<number>): Promise<void> {
  await end(await command());
}

/**
 * All that was written is out by then. It is not waited for that nothing is left to do: the kernel knocks at a server
 * that has lost its power for two minutes, also for a call that was given up.
 */
async function end(code: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) await new Promise(out => stream.write("", out));
  process.exit(code);
}

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on("error", error => {
  if ("code" in error && error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  await main().parseAsync();
} catch (error) {
  // It has been printed already; help and version end here too, with code 0.
  if (error instanceof CommanderError) await end(error.exitCode === 0 ? 0 : 2);
  if (!(error instanceof CliError)) throw error;
  process.stderr.write(`${error.message}\n`);
  await end(error.exitCode);
}
