import { expect, it } from "vitest";
import { waitFor } from "./wait.ts";

it("waitFor returns the value of the first successful probe", async () => {
  let probes = 0;
  const found = await waitFor("the third probe", 5_000, async () => ++probes === 3 && "here");
  expect(found).toBe("here");
  expect(probes).toBe(3);
});

it("waitFor accepts 0 and an empty text as values", async () => {
  expect(await waitFor("a number", 1_000, async () => 0)).toBe(0);
  expect(await waitFor("a text", 1_000, async () => "")).toBe("");
});

it("waitFor fails with what it waited for and what it observed last", async () => {
  const reported: string[] = [];
  const waiting = waitFor("3 voters", 200, async saw => saw("2 voters"), { onSaw: what => reported.push(what) });
  await expect(waiting).rejects.toThrow("waited 0.2 s for 3 voters; last observed: 2 voters");
  expect(reported.length).toBeGreaterThan(1);
});

it("waitFor treats an exception in a probe as not yet", async () => {
  let probes = 0;
  const probe = async () => {
    if (++probes === 1) throw new Error("connection refused");
    return true;
  };
  await expect(waitFor("an answer", 5_000, probe)).resolves.toBe(true);
  const failing = waitFor("an answer", 100, () => Promise.reject(new Error("connection refused")));
  await expect(failing).rejects.toThrow("last observed: connection refused");
});

it("waitFor ends at its deadline while a probe hangs", async () => {
  const hanging = waitFor("godot", 100, () => new Promise<never>(() => {}));
  await expect(hanging).rejects.toThrow("waited 0.1 s for godot; last observed: nothing");
});
