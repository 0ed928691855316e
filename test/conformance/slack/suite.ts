// What swarmkeeper relies on when it says something to Slack: each way of being met has its own outcome.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Slack } from "../../../drivers/slack/port.ts";

export interface SlackUnderTest {
  readonly slack: Slack;
  /** Texts of the messages taken, oldest first. */
  heard(): readonly unknown[];
  takes(): void;
  hasEnoughFor(seconds: number): void;
  /** Answers with this status and word. */
  refuses(status: number, word: string): void;
  isSilent(): void;
  breaksOff(): void;
  dies(): Promise<void>;
  close(): Promise<void>;
}

export function slackSuite(title: string, begin: () => Promise<SlackUnderTest>): void {
  describe(`slack: ${title}`, () => {
    let world: SlackUnderTest;
    beforeAll(async () => {
      world = await begin();
    });
    afterAll(() => world?.close());
    const post = (text = "h3 is missed") => world.slack.post({ text });

    it("takes a message, as it is", async () => {
      world.takes();
      expect(await world.slack.off()).toBeUndefined();
      expect(await post("*h3* is missed: <https://example.com|why> — zwölf\nand more")).toEqual({ kind: "sent" });
      expect(world.heard()).toEqual(["*h3* is missed: <https://example.com|why> — zwölf\nand more"]);
    });

    it("wants none for as long as it says", async () => {
      world.hasEnoughFor(7);
      expect(await post()).toMatchObject({ kind: "later", afterMs: 7_000 });
    });

    it.each([
      [400, "invalid_payload", "message"],
      [404, "no_service", "webhook"],
      [404, "channel_not_found", "webhook"],
      [410, "channel_is_archived", "webhook"],
      [403, "action_prohibited", "webhook"],
    ])("refuses for good with %i %s: the %s", async (status, word, what) => {
      world.refuses(status, word);
      expect(await post()).toEqual({ kind: "refused", what, why: `Slack answers ${status}: ${word}` });
    });

    it("cannot be reached while its own server is not well", async () => {
      world.refuses(503, "service_unavailable");
      expect(await post()).toEqual({ kind: "unreachable", why: "Slack answers 503: service_unavailable" });
    });

    it("cannot be reached while it is silent, breaks off, or is dead", async () => {
      world.isSilent();
      expect(await post()).toEqual({ kind: "unreachable", why: "no answer in 0.2 s" });
      world.breaksOff();
      expect(await post()).toEqual({ kind: "unreachable", why: "ECONNRESET" });
      await world.dies();
      expect(await post()).toEqual({ kind: "unreachable", why: "ECONNREFUSED" });
    });

    it("has heard only what it took", () => {
      expect(world.heard()).toHaveLength(1);
    });
  });
}
