import { describe, expect, it } from "vitest";
import type { SpecStatus } from "../../crd-like-specs/resources/spec-status.ts";
import { ago, CLUSTER, healthy, keys, without } from "../../test/fixtures/cli/cluster.ts";
import { shown } from "../../test/fixtures/cli/status-lines.ts";
import { coloured } from "../terminal/paint.ts";

describe("swarmkeeper status", () => {
  it("shows a healthy cluster", () => {
    expect(shown(healthy())).toMatchInlineSnapshot(`
      "
      Cluster   Ready · 3 of 3 managers · controller on h2 for 13 m
      Swarm     quorum 3/3, can lose 1 · leader h2
      Etcd      quorum 3/3, can lose 1 · leader h1
      Units     manager 6/6 · worker 2/2

      NODE  ADDRESS     ROLE     SWARM      ETCD    UNITS  UP   VERSION
      h1    10.89.0.11  manager  reachable  leader  2/2    12m  0.1.0
      h2    10.89.0.12  manager  leader     voter   2/2    12m  0.1.0
      h3    10.89.0.13  manager  reachable  voter   2/2    12m  0.1.0
      h4    10.89.0.14  worker   ready      proxy   1/1    12m  0.1.0
      h5    10.89.0.15  worker   ready      proxy   1/1    12m  0.1.0
      "
    `);
  });

  it("shows ids and versions with -o wide", () => {
    expect(shown(healthy(), { wide: true })).toMatchInlineSnapshot(`
      "
      Cluster   Ready · 3 of 3 managers · controller on h2 for 13 m
      Swarm     quorum 3/3, can lose 1 · leader h2
      Etcd      quorum 3/3, can lose 1 · leader h1
      Units     manager 6/6 · worker 2/2

      NODE  ADDRESS     ROLE     SWARM      ETCD    UNITS  UP   VERSION  DOCKER  ETCD-VERSION  ID
      h1    10.89.0.11  manager  reachable  leader  2/2    12m  0.1.0    26.1.5  3.5.16        000000000001
      h2    10.89.0.12  manager  leader     voter   2/2    12m  0.1.0    26.1.5  3.5.16        000000000002
      h3    10.89.0.13  manager  reachable  voter   2/2    12m  0.1.0    26.1.5  3.5.16        000000000003
      h4    10.89.0.14  worker   ready      proxy   1/1    12m  0.1.0    26.1.5  3.5.16        000000000004
      h5    10.89.0.15  worker   ready      proxy   1/1    12m  0.1.0    26.1.5  3.5.16        000000000005
      "
    `);
  });

  it("shows which nodes are drained, and why", () => {
    const drained = {
      worker: { reason: "Rollout", message: "a" },
      manager: { reason: "Manually", message: "b" },
    } as const;
    const nodes = CLUSTER.swarm.nodes.map(node =>
      node.name === "h1" ? node : { ...node, availability: "drain" as const, drained: drained[node.role] },
    );
    const all = { ...healthy(), [keys.clusterStatus]: { ...CLUSTER, swarm: { ...CLUSTER.swarm, nodes } } };
    const text = shown(all);
    expect(text).toContain("\nDrained   h4, h5: a\nDrained   h2, h3: b\n");
    expect(text).toMatch(/^h3 .* reachable,drain .*$/m);
  });

  it("shows rejected values and the effective ones", () => {
    const rejection = (value: string, effective: string, reason: string, expected: string): SpecStatus => ({
      effective,
      rejected: { value, modRevision: 9, at: ago(40), reason, expected },
    });
    const worker = rejection("a.service\nb", "a.service\nweb.service", '"b" has no suffix', "add one of .service");
    const all = {
      ...healthy(),
      [keys.specStatus.of("managers")]: rejection(
        "4",
        "3",
        "4 managers tolerate no more failures than 3",
        "use 3 or 5",
      ),
      [keys.specStatus.of("units/worker")]: { ...worker, rejected: { ...worker.rejected, line: 2, column: 1 } },
      [keys.specStatus.of("units/files/web.service")]: rejection(
        "nonsense",
        "[Service]\nExecStart=/x\n",
        "a line before the first section",
        "start with a section such as [Unit]",
      ),
      [keys.specStatus.of("mangers")]: rejection(
        "5",
        "",
        'no setting has this name: "mangers"',
        "did you mean managers?",
      ),
      [keys.specStatus.of("paused")]: { effective: "false" } satisfies SpecStatus,
    };
    expect(shown(all)).toMatchInlineSnapshot(`
      "
      Cluster   Ready · 3 of 3 managers · controller on h2 for 13 m
      Swarm     quorum 3/3, can lose 1 · leader h2
      Etcd      quorum 3/3, can lose 1 · leader h1
      Units     manager 6/6 · worker 2/2
      Rejected  spec/managers "4" at 23:14:02Z: 4 managers tolerate no more failures than 3; use 3 or 5 · in effect: 3
      Rejected  spec/units/worker:2:1 "a.service\\nb" at 23:14:02Z: "b" has no suffix; add one of .service · in effect: a.service, web.service
      Rejected  spec/units/files/web.service "nonsense" at 23:14:02Z: a line before the first section; start with a section such as [Unit] · in effect: the previous 2 lines
      Rejected  spec/mangers "5" at 23:14:02Z: no setting has this name: "mangers"; did you mean managers? · in effect: nothing

      NODE  ADDRESS     ROLE     SWARM      ETCD    UNITS  UP   VERSION
      h1    10.89.0.11  manager  reachable  leader  2/2    12m  0.1.0
      h2    10.89.0.12  manager  leader     voter   2/2    12m  0.1.0
      h3    10.89.0.13  manager  reachable  voter   2/2    12m  0.1.0
      h4    10.89.0.14  worker   ready      proxy   1/1    12m  0.1.0
      h5    10.89.0.15  worker   ready      proxy   1/1    12m  0.1.0
      "
    `);
  });

  it("shows that no controller leads", () => {
    expect(shown(without(healthy(), keys.leader))).toMatchInlineSnapshot(`
      "
      Cluster   Not ready · no controller leads · 3 of 3 managers when last reported
      Swarm     quorum 3/3, can lose 1 · leader h2
      Etcd      quorum 3/3, can lose 1 · leader h1
      Units     manager 6/6 · worker 2/2

      NODE  ADDRESS     ROLE     SWARM      ETCD    UNITS  UP   VERSION
      h1    10.89.0.11  manager  reachable  leader  2/2    12m  0.1.0
      h2    10.89.0.12  manager  leader     voter   2/2    12m  0.1.0
      h3    10.89.0.13  manager  reachable  voter   2/2    12m  0.1.0
      h4    10.89.0.14  worker   ready      proxy   1/1    12m  0.1.0
      h5    10.89.0.15  worker   ready      proxy   1/1    12m  0.1.0
      "
    `);
  });

  it("has aligned columns with colour too", () => {
    const colour = shown(healthy(), { paint: coloured });
    expect(colour).toContain("\u001b[");
    expect(colour.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g"), "")).toBe(shown(healthy()));
  });
});
