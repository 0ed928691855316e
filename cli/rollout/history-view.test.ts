import { describe, expect, it } from "vitest";
import type { Revision } from "../../crd-like-specs/resources/rollout.ts";
import { ago, collected, type Keys, keys, NOW, without } from "../../test/fixtures/cli/cluster.ts";
import { hash, REVISIONS, ROLLOUT, rolling } from "../../test/fixtures/cli/rollout.ts";
import { plain } from "../terminal/paint.ts";
import { buildHistory, HistoryView, historyText, revisionText } from "./history-view.ts";

const view = (all: Keys) => HistoryView.parse(buildHistory(collected(all)));
const shown = (all: Keys) => `\n${historyText(view(all), NOW, plain).join("\n")}\n`;
const one = (all: Keys, number: number) => {
  const revision = view(all).revisions.find(candidate => candidate.number === number);
  return revision && `\n${revisionText(revision, NOW, plain).join("\n")}\n`;
};

describe("swarmkeeper rollout history", () => {
  it("shows what changed with each revision, newest first, and which is in effect", () => {
    expect(shown(rolling(2))).toMatchInlineSnapshot(`
      "
      REVISION  AT         AGE   MARKS      CHANGE
      3         23:13:42Z  60 s  in effect  worker +clean.timer; text of web.service changed
      2         22:14:42Z  60 m  last good  manager +web.service; worker -old.service; text of web.service changed
      1         21:14:42Z  2 h   -          first revision
      "
    `);
    const reverted = { ...without(rolling(2), keys.revisions.of(1)), [keys.rollout]: { ...ROLLOUT, target: 2 } };
    expect(shown(reverted)).toMatchInlineSnapshot(`
      "
      REVISION  AT         AGE   MARKS              CHANGE
      3         23:13:42Z  60 s  in effect          worker +clean.timer; text of web.service changed
      2         22:14:42Z  60 m  target, last good  revision 1 is no longer stored
      "
    `);
  });

  it("shows a new order of units, and a text that the spec gained or lost", () => {
    const third = REVISIONS[2];
    const next: Revision = {
      number: 4,
      at: ago(5),
      units: { manager: third?.units.manager ?? [], worker: ["clean.timer", "web.service"] },
      files: { "web.service": hash(3), "extra.service": hash(4) },
      brings: {},
      drains: [],
    };
    expect(shown({ ...rolling(3), [keys.revisions.of(4)]: next })).toContain(
      "worker reordered; text of extra.service added; text of clean.timer removed",
    );
  });

  it("prints one revision with its units and texts", () => {
    expect(one(rolling(2), 3)).toMatchInlineSnapshot(`
      "
      Revision 3 · 23:13:42Z, 60 s ago · in effect
      manager  swarmkeeper-controller.service  no text in the spec
               web.service                     d8d4e21b5474
      worker   web.service                     d8d4e21b5474
               clean.timer                     1615ec37cf18
      Changed: worker +clean.timer; text of web.service changed
      "
    `);
    expect(one(rolling(2), 7)).toBeUndefined();
  });

  it("shows units without a text, texts without a list, and lists without a unit", () => {
    const bare: Revision = { ...(REVISIONS[0] as Revision), units: { manager: ["x.service"], worker: [] } };
    expect(one({ ...rolling(2), [keys.revisions.of(1)]: bare }, 1)).toMatchInlineSnapshot(`
      "
      Revision 1 · 21:14:42Z, 2 h ago
      manager  x.service    no text in the spec
      worker   no units
      other    web.service  52cb2e21449c
      Changed: first revision
      "
    `);
  });

  it("shows that there is no revision", () => {
    expect(shown({})).toContain("No revision yet");
  });
});
