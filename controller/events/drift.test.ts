import { expect, it } from "vitest";
import { nodeId } from "../../crd-like-specs/resources/ids.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";
import { driftEvents } from "./drift.ts";

const id = nodeId("00000000000a");
const at = (minute: number) => `2026-01-01T00:0${minute}:00.000Z`;
const known = (...minutes: number[]) => ({
  statuses: new Map([
    [
      id,
      {
        ...{ id, name: "h1", generation: 1, phase: "running", left: [], units: [] },
        etcd: { mode: "proxy", healthy: true },
        swarm: { state: "active", control: false },
        drift: minutes.map(minute => ({
          unit: "web.service",
          reason: "Stopped",
          what: "it was stopped, or ended by itself",
          at: at(minute),
        })),
      } satisfies NodeStatus,
    ],
  ]),
});

it("each drift is recorded once, and none from before the first round", () => {
  const reported = new Map();
  expect(driftEvents(reported, known(1), true)).toEqual([]);
  expect(driftEvents(reported, known(1), false)).toEqual([]);
  expect(driftEvents(reported, known(1, 2, 3), false).map(({ text }) => text)).toEqual([
    "web.service was changed manually on h1: it was stopped, or ended by itself",
    "web.service was changed manually on h1: it was stopped, or ended by itself",
  ]);
  expect(driftEvents(reported, known(2, 3), false)).toEqual([]);
});
