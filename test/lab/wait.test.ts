import { expect, it } from "vitest";
import { waitFor } from "./wait.ts";

it("returns what the look found, as soon as it finds it", async () => {
  let looks = 0;
  const found = await waitFor("the third look", 5_000, async () => ++looks === 3 && "here");
  expect(found).toBe("here");
  expect(looks).toBe(3);
});

it("takes 0 and an empty text for values", async () => {
  expect(await waitFor("a number", 1_000, async () => 0)).toBe(0);
  expect(await waitFor("a text", 1_000, async () => "")).toBe("");
});

it("tells what it waited for and what it saw last", async () => {
  const heard: string[] = [];
  const waiting = waitFor("3 voters", 200, async saw => saw("2 voters"), { onSaw: what => heard.push(what) });
  await expect(waiting).rejects.toThrow("waited 0.2 s for 3 voters; saw last: 2 voters");
  expect(heard.length).toBeGreaterThan(1);
});

it("takes an exception for a look without success", async () => {
  let looks = 0;
  const look = async () => {
    if (++looks === 1) throw new Error("connection refused");
    return true;
  };
  await expect(waitFor("an answer", 5_000, look)).resolves.toBe(true);
  const failing = waitFor("an answer", 100, () => Promise.reject(new Error("connection refused")));
  await expect(failing).rejects.toThrow("saw last: connection refused");
});

it("does not outlive its deadline when a look hangs", async () => {
  const hanging = waitFor("godot", 100, () => new Promise<never>(() => {}));
  await expect(hanging).rejects.toThrow("waited 0.1 s for godot; saw last: nothing");
});
