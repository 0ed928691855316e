// The program as an operator runs it, without etcd.
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { PROCESS_TEST, swarmkeeper } from "../test/fixtures/program.ts";

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe("swarmkeeper without etcd", PROCESS_TEST, () => {
  it("prints its version and its help, and suggests a command for a misspelled one", async () => {
    expect(await swarmkeeper(["--version"])).toMatchObject({ code: 0, out: "0.1.0\n" });
    expect((await swarmkeeper(["--help"])).out).toContain("controller");
    expect(await swarmkeeper(["statsu"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("Did you mean status?"),
    });
    expect(await swarmkeeper(["schema", "clutser"])).toMatchObject({
      code: 2,
      err: 'there is no kind "clutser"; did you mean Cluster?\n',
    });
  });

  it("prints the schema of a kind", async () => {
    const { out } = await swarmkeeper(["schema", "statusview"]);
    expect(JSON.parse(out)).toMatchObject({ type: "object", required: expect.arrayContaining(["ready", "nodes"]) });
  });

  it("formats logs from a pipe", async () => {
    const { out } = await swarmkeeper(["logs"], '{"level":30,"time":0,"msg":"leading"}\nother line\n');
    expect(out).toMatch(/^00:00:00 info +leading\nother line\n$/);
  });

  it("prints which endpoints did not answer and why, and fails", async () => {
    const url = `http://127.0.0.1:${await closedPort()}`;
    const { code, err } = await swarmkeeper(["status", "--endpoints", url]);
    expect(code).toBe(1);
    expect(err).toContain(`  ${url}  refuses connections: nothing listens there\n`);
    expect(err).toContain("journalctl -u swarmkeeper-agent");
  });

  it("prints all errors of a document, and writes nothing", async () => {
    const document = "apiVersion: swarmkeeper/v1\nkind: Cluster\nspec:\n  managers: 4\n  pause: true\n";
    const { code, err } = await swarmkeeper(["apply", "-f", "-"], document);
    expect(code).toBe(1);
    expect(err).toBe(
      `standard input:4:13  spec/managers: 4 managers tolerate no more failures than 3
  4 |   managers: 4
    |             ^  use 3 or 5
standard input:5:3  spec/pause: no setting has this name: "pause"
  5 |   pause: true
    |   ^^^^^  did you mean paused?
nothing was written
`,
    );
  });
});
