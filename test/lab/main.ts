// The lab's command line: `npm run -s lab -- up`, and all that can be done to a host from outside.
import { Command } from "commander";
import * as lab from "./commands.ts";
import { LabError } from "./error.ts";

function program(): Command {
  const root = new Command("lab")
    .description(
      "Hosts with systemd, docker and cloud-init, on one machine.\n" +
        "LAB=name keeps labs apart (main); MANAGERS=3 WORKERS=2 SUITE=trixie size one (bookworm, next).",
    )
    .enablePositionalOptions()
    .helpCommand(false)
    .showHelpAfterError("(--help prints what there is)");

  root
    .command("up")
    .summary("release, image, user-data, hosts, cluster: whatever lacks of them")
    .option("--release <file>", "a release tarball; made from this tree when not given")
    .option("--manager-config <file>", "user-data of managers; generated when not given")
    .option("--worker-config <file>", "user-data of workers; generated when not given")
    .option("--no-wait", "return when the hosts have booted")
    .action(finish(lab.up));
  root
    .command("bare")
    .argument("<hosts>", "how many")
    .summary("hosts with systemd and docker only, without user-data")
    .action(finish(lab.bare));
  root.command("down").summary("remove the lab and all that it holds").action(finish(lab.down));
  root.command("image").summary("build the host image only").action(finish(lab.image));
  root
    .command("status")
    .summary("the hosts and how they are")
    .option("-o, --output <form>", "table or json", "table")
    .action(finish(({ output }: { output: string }) => lab.status(output === "json" ? "json" : "table")));
  root
    .command("exec")
    .argument("<host>")
    .argument("<command...>")
    .summary("run a command on a host; stdin, output and exit code pass through")
    .passThroughOptions()
    .action(finish(lab.exec));
  root
    .command("logs")
    .argument("<host>")
    .argument("[unit]")
    .summary("the journal of a host, or of one unit")
    .option("-f, --follow", "go on as it grows", false)
    .action(finish(lab.logs));
  root
    .command("add")
    .argument("<role>", "manager, worker or bare")
    .summary("boot one more host")
    .action(finish(lab.add));
  for (const [verb, summary] of Object.entries(VERBS)) {
    root
      .command(verb)
      .argument("<host>")
      .summary(summary)
      .action(finish((host: string) => lab.onHost(verb as lab.HostVerb, host)));
  }
  return root;
}

const VERBS: Readonly<Record<lab.HostVerb, string>> = {
  kill: "power loss",
  start: "power on",
  stop: "orderly shutdown",
  pause: "a stall: no process gets any time",
  resume: "the end of a stall",
  cut: "off the network",
  heal: "on the network again, with the same address",
};

/** A command's result becomes the exit code; what a person can put right is printed without a stack. */
function finish<Args extends unknown[]>(command: (...args: Args) => Promise<number>) {
  return async (...args: Args) => {
    try {
      process.exitCode = await command(...args);
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      process.stderr.write(`lab: ${error.message}\n`);
      process.exitCode = 1;
    }
  };
}

await program().parseAsync();
