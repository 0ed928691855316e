// The program as an operator runs it, with a real etcd on loopback.
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClusterStatus } from "../crd-like-specs/resources/cluster-status.ts";
import type { Event } from "../crd-like-specs/resources/event.ts";
import { systemClock } from "../drivers/clock/real.ts";
import type { Etcd } from "../drivers/etcd/port.ts";
import { connectEtcd } from "../drivers/etcd/real.ts";
import { type RealCluster, startCluster } from "../test/conformance/etcd/server.ts";
import { eventually } from "../test/conformance/eventually.ts";
import { CLUSTER } from "../test/fixtures/cli/cluster.ts";
import { type LostHost, lostHost } from "../test/fixtures/lost-host.ts";
import { PROCESS_TEST, start, swarmkeeper } from "../test/fixtures/program.ts";

/** Resolves to the stream's whole content as soon as it contains `text`. */
function contentWith(stream: Readable, text: string): Promise<string> {
  let all = "";
  return new Promise((resolve, reject) => {
    stream.on("data", chunk => {
      all += chunk;
      if (all.includes(text)) resolve(all);
    });
    stream.once("end", () => reject(new Error(`the stream ended without ${text}: ${all}`)));
  });
}

describe("swarmkeeper with a real etcd", PROCESS_TEST, () => {
  let cluster: RealCluster;
  let etcd: Etcd;
  let url = "";

  beforeAll(async () => {
    cluster = await startCluster("3.4", 1);
    url = cluster.members[0]?.clientUrl ?? "";
    etcd = connectEtcd({ endpoints: [url], clock: systemClock });
    const deadline = Date.now() + 20_000;
    while (
      !(await etcd.kv.get("/").then(
        () => true,
        () => false,
      ))
    ) {
      if (Date.now() > deadline) throw new Error(`etcd at ${url} does not answer`);
      await systemClock.sleep(100);
    }
  }, 60_000);

  afterAll(async () => {
    etcd?.close();
    await cluster?.stop();
  });

  const put = (path: string, value: string) => etcd.kv.txn({ if: [], do: [{ put: `/swarmkeeper/${path}`, value }] });
  const run = (args: readonly string[], input = "") => swarmkeeper([...args, "--endpoints", url], input);

  it("shows a cluster that is an etcd without nodes", async () => {
    const { code, out } = await run(["status"]);
    expect(code).toBe(0);
    expect(out).toBe("Cluster   Not ready · no node is registered · there is no swarm yet · no controller leads\n");
    expect(JSON.parse((await run(["status", "-o", "json"])).out)).toMatchObject({ ready: false, nodes: [] });
    expect((await run(["plan"])).out).toContain("No controller leads");
  });

  it("applies a document, prints the changes, and prints the document", async () => {
    await put("spec/managers", " 5\n");
    await put("spec/paused", "maybe");
    const document = (await run(["get"])).out;
    expect(document).toBe("apiVersion: swarmkeeper/v1\nkind: Cluster\nspec:\n  managers: 5\n");

    const wanted = `${document}  units:\n    worker: [web.service]\n`;
    const dry = await run(["apply", "--dry-run", "-f", "-"], wanted);
    const changes = "- spec/paused maybe → default false\n+ spec/units/worker web.service\n";
    expect(dry).toMatchObject({ code: 0, out: `${changes}Nothing was written (--dry-run).\n` });
    expect((await run(["apply", "-f", "-"], wanted)).out).toBe(changes);
    expect((await run(["apply", "-f", "-"], wanted)).out).toBe("Nothing changed: the spec has these values already.\n");
    const { kvs } = await etcd.kv.list("/swarmkeeper/spec/");
    expect(kvs.map(({ key, value }) => [key, value])).toEqual([
      ["/swarmkeeper/spec/managers", " 5\n"],
      ["/swarmkeeper/spec/units/worker", "web.service"],
    ]);
  });

  it("pushes a folder of units completely or not at all, and only once", async () => {
    const folder = mkdtempSync(join(tmpdir(), "swarmkeeper-push-"));
    try {
      writeFileSync(join(folder, "web.service"), "[Service]\nExecStart=/bin/web\n");
      writeFileSync(join(folder, "worker.list"), "web.service\nweb\n");
      const rejected = await run(["units", "push", folder]);
      expect(rejected).toMatchObject({ code: 1, out: "" });
      expect(rejected.err).toContain(
        `${folder}/worker.list:2:1  "web" has no suffix\n  2 | web\n    | ^  add one of .service`,
      );
      expect(rejected.err).toContain("nothing was written\n");

      writeFileSync(join(folder, "worker.list"), "web.service\n");
      const { code, out } = await run(["units", "push", folder]);
      expect(code).toBe(0);
      expect(out).toContain("+ spec/units/files/web.service");
      expect((await run(["units", "diff", folder])).out).toContain("No differences");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("shows, resumes and undoes a rollout, and reports a halt by its exit code", async () => {
    const revision = { number: 1, at: "2026-03-01T23:14:40Z", files: {} };
    const units = { manager: ["swarmkeeper-controller.service"], worker: ["web.service"] };
    await put("spec/units/worker", "web.service");
    await etcd.kv.txn({ if: [], do: [{ deletePrefix: "/swarmkeeper/spec/units/files/" }] });
    await put("revisions/1", JSON.stringify({ ...revision, units: { ...units, worker: [] } }));
    await put("revisions/2", JSON.stringify({ ...revision, number: 2, units }));
    const at = "2026-03-01T23:14:41Z";
    const rollout = {
      revision: 2,
      target: 2,
      lastGoodRevision: 1,
      updated: 0,
      inFlight: [],
      failed: [],
      retry: "never",
    };
    await put("rollout", JSON.stringify({ ...rollout, halted: "h4 failed", begunAt: at, progressAt: at }));
    const [status, json, one, none] = await Promise.all([
      run(["rollout", "status"]),
      run(["rollout", "status", "-o", "json"]),
      run(["rollout", "history", "2", "-o", "yaml"]),
      run(["rollout", "history", "two"]),
    ]);
    expect(status).toMatchObject({ code: 1, out: expect.stringContaining("Halted    h4 failed\n") });
    expect(JSON.parse(json?.out ?? "")).toMatchObject({ state: "halted", failing: true });
    expect(one?.out).toContain("number: 2\n");
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('"two" is not the number of a revision') });
    expect((await run(["rollout", "resume"])).out).toContain("Retrying revision 2, which halted: h4 failed\n");
    const undone = await run(["rollout", "undo", "--to", "1"]);
    expect(undone).toMatchObject({
      code: 0,
      out: expect.stringContaining("- spec/units/worker web.service → nothing"),
    });
  });

  const putEvent = (at: string, text: string, more: Partial<Event> = {}) => {
    const event: Event = {
      ...{ at, topic: "managers", severity: "info", reason: "OperationCompleted", text, by: "h2" },
      ...more,
    };
    const write = { put: `/swarmkeeper-events/${at}-000000000002-000001`, value: JSON.stringify(event) };
    return etcd.kv.txn({ if: [], do: [write] });
  };

  it("prints the events of the log, or only the latest, as text, JSON or YAML", async () => {
    await putEvent("2026-03-01T23:14:41.000Z", "h4 is a manager now (2.3 s)", { node: "h4" });
    await putEvent("2026-03-01T23:14:40.000Z", "5 wanted, 3 now: starting with h4", { topic: "spec" });
    const now = new Date().toISOString();
    await putEvent(now, "h1 is unreachable", { severity: "warning" });
    const { out, code } = await run(["events"]);
    expect(code).toBe(0);
    expect(out).toBe(
      "2026-03-01 23:14:40  spec         5 wanted, 3 now: starting with h4\n" +
        "2026-03-01 23:14:41  managers     h4 is a manager now (2.3 s)\n" +
        `${now.slice(11, 19)}  managers     h1 is unreachable\n`,
    );
    const [only, ...others] = (await run(["events", "--since", "1h", "-o", "json"])).out.trim().split("\n");
    expect(JSON.parse(only ?? "")).toMatchObject({
      at: now,
      severity: "warning",
      reason: "OperationCompleted",
      by: "h2",
    });
    expect(others).toEqual([]);
    expect((await run(["events", "-o", "yaml"])).out).toContain("---\nat: 2026-03-01T23:14:40.000Z\ntopic: spec\n");
    expect(await run(["events", "--since", "soon"])).toMatchObject({ code: 2, err: expect.stringContaining("10m") });
  });

  it("follows the events until SIGINT, or until its output is closed", async () => {
    for (const end of ["SIGINT", "closed output"] as const) {
      const following = start(["events", "-f", "--since", "1s", "--endpoints", url]);
      const ended = once(following, "close");
      await once(following, "spawn");
      const received = contentWith(following.stdout, `before ${end}`);
      // It prints nothing when it is ready, so events are written until one arrives.
      for (let more = true; more; ) {
        await putEvent(new Date().toISOString(), `before ${end}`);
        more = await Promise.race([received.then(() => false), systemClock.sleep(200).then(() => true)]);
      }
      if (end === "SIGINT") following.kill("SIGINT");
      else following.stdout.destroy();
      await putEvent(new Date().toISOString(), `after ${end}`);
      expect((await ended)[0]).toBe(0);
    }
  });
});

describe("swarmkeeper with an etcd that has lost its quorum", PROCESS_TEST, () => {
  it("shows the last known state, which voters answer, and how an operator can recover", async () => {
    const cluster = await startCluster("3.5", 3);
    const [first, ...others] = cluster.members;
    const lost: LostHost[] = [];
    const etcd = connectEtcd({ endpoints: cluster.members.map(({ clientUrl }) => clientUrl), clock: systemClock });
    try {
      const addressOf = (name: string) => cluster.members[Number(name.slice(1)) - 1]?.address ?? "10.89.0.99";
      const report: ClusterStatus = {
        ...CLUSTER,
        swarm: {
          ...CLUSTER.swarm,
          nodes: CLUSTER.swarm.nodes.map(node => ({ ...node, address: addressOf(node.name) })),
        },
        etcd: {
          ...CLUSTER.etcd,
          members: CLUSTER.etcd.members.map(member => ({
            ...member,
            peerUrl: `http://${addressOf(member.name)}:2380`,
          })),
        },
      };
      const write = { put: "/swarmkeeper/status/cluster", value: JSON.stringify(report) };
      await eventually(systemClock, "a write", 20_000, () =>
        etcd.kv.txn({ if: [], do: [write] }).then(
          () => true,
          () => false,
        ),
      );
      await Promise.all(others.map(member => member.kill()));
      lost.push(...(await Promise.all(others.map(({ address }) => lostHost(address, 2379)))));
      const { code, out, err } = await swarmkeeper(["status", "--endpoints", first?.clientUrl ?? ""]);
      expect(code).toBe(1);
      expect(err).toContain(
        "etcd and the swarm have lost their quorum: h1 answers, h2 and h3 do not answer; the cluster does not change until the quorum is restored",
      );
      expect(err).toContain(`  docker swarm init --force-new-cluster --advertise-addr ${first?.address}\n`);
      expect(out).toContain("Etcd      quorum lost: 1 of 3 healthy, 2 needed · no leader\n");
      expect(out).toContain("Swarm     quorum lost: 1 of 3 healthy, 2 needed · no leader\n");
    } finally {
      etcd.close();
      await Promise.all(lost.map(host => host.close()));
      await cluster.stop();
    }
  });
});
