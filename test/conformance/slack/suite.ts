// Conformance suite of the Slack port, for a webhook and for the fake: each answer of Slack has its own outcome.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Slack } from "../../../drivers/slack/port.ts";

export interface SlackUnderTest {
  readonly slack: Slack;
  /** The texts of the accepted messages, oldest first. */
  accepted(): readonly unknown[];
  /** Accepts messages from now on. */
  accept(): void;
  /** Limits the rate, with this time to wait, from now on. */
  limitRate(seconds: number): void;
  /** Answers with this status and body from now on. */
  reject(status: number, body: string): void;
  /** Does not answer from now on. */
  staySilent(): void;
  /** Breaks connections from now on. */
  breakConnections(): void;
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Registers the suite for one Slack. */
export function slackSuite(title: string, begin: () => Promise<SlackUnderTest>): void {
  describe(`slack: ${title}`, () => {
    let world: SlackUnderTest;
    beforeAll(async () => {
      world = await begin();
    });
    afterAll(() => world?.close());
    const post = (text = "h3 is unreachable") => world.slack.post({ text });

    it("accepts a message unchanged", async () => {
      world.accept();
      expect(await world.slack.off()).toBeUndefined();
      expect(await post("*h3* is unreachable: <https://example.com|why> — zwölf\nand more")).toEqual({ kind: "sent" });
      expect(world.accepted()).toEqual(["*h3* is unreachable: <https://example.com|why> — zwölf\nand more"]);
    });

    it("returns the time to wait when Slack limits the rate", async () => {
      world.limitRate(7);
      expect(await post()).toMatchObject({ kind: "later", afterMs: 7_000, reason: "TooManyMessages" });
    });

    it.each([
      [400, "invalid_payload", "message"],
      [404, "no_service", "webhook"],
      [404, "channel_not_found", "webhook"],
      [410, "channel_is_archived", "webhook"],
      [403, "action_prohibited", "webhook"],
    ])("rejects with %i %s: the %s", async (status, word, what) => {
      world.reject(status, word);
      expect(await post()).toEqual({ kind: "rejected", what, reason: word, why: `Slack answers ${status}: ${word}` });
    });

    it("is unreachable while Slack's server fails", async () => {
      world.reject(503, "service_unavailable");
      expect(await post()).toEqual({
        kind: "unreachable",
        reason: "service_unavailable",
        why: "Slack answers 503: service_unavailable",
      });
    });

    it("is unreachable while Slack is silent, breaks connections or has stopped", async () => {
      world.staySilent();
      expect(await post()).toEqual({ kind: "unreachable", reason: "Timeout", why: "no answer in 0.2 s" });
      world.breakConnections();
      expect(await post()).toEqual({ kind: "unreachable", reason: "ECONNRESET", why: "ECONNRESET" });
      await world.stop();
      expect(await post()).toEqual({ kind: "unreachable", reason: "ECONNREFUSED", why: "ECONNREFUSED" });
    });

    it("has received only the accepted messages", () => {
      expect(world.accepted()).toHaveLength(1);
    });
  });
}
