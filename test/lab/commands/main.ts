// The lab's command line: boots a lab (`npm run -s lab -- up`), runs commands on its hosts and injects faults.
import { Command } from "commander";
import { LabError } from "../error.ts";
import * as lab from "./commands.ts";

function program(): Command {
  const root = new Command("lab")
    .description(
      "Hosts with systemd, docker and cloud-init, on one machine.\n" +
        "LAB=name separates labs (main). MANAGERS=3 WORKERS=2 set the size, SUITE=trixie (bookworm, next) the versions.",
    )
    .enablePositionalOptions()
    .helpCommand(false)
    .showHelpAfterError("(--help lists the commands and options)");

  root
    .command("up")
    .summary("boot a cluster: make the release, image, user-data and hosts that are missing")
    .option("--release <file>", "a release tarball (default: built from this tree)")
    .option("--manager-config <file>", "user-data of managers (default: generated)")
    .option("--worker-config <file>", "user-data of workers (default: generated)")
    .option("--no-wait", "return when the hosts have booted")
    .action(finish(lab.up));
  root
    .command("bare")
    .argument("<hosts>", "how many")
    .summary("boot hosts with systemd and docker only, without user-data")
    .action(finish(lab.bare));
  root.command("down").summary("remove the lab with all its data").action(finish(lab.down));
  root.command("image").summary("build the host image only").action(finish(lab.image));
  root
    .command("status")
    .summary("list the hosts and their states")
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
    .summary("print the journal of a host, or of one unit")
    .option("-f, --follow", "print new lines as they come", false)
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
  pause: "stall: no process gets CPU time",
  resume: "end of a stall",
  cut: "disconnect the network",
  heal: "connect the network again, with the same address",
};

/** A command's result becomes the exit code. A LabError, which the operator can correct, is printed without a stack. */
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
