import { expect, it } from "vitest";
import { FakeSlack } from "../../test/fakes/slack/slack.ts";
import { FakeWorld } from "../../test/fakes/world.ts";

function boot(engines: Record<string, string>): { world: FakeWorld; slack: FakeSlack } {
  const world = new FakeWorld({ managers: 1, workers: 1, engines });
  const slack = new FakeSlack();
  world.slack = slack;
  for (const host of world.nodes) host.boot();
  return { world, slack };
}

it("a host that does not come up, while nobody leads, says so itself, once, and why", async () => {
  const { world, slack } = boot({ h1: "1.12.0" });
  await world.clock.advance(150_000);
  expect(slack.accepted).toEqual([]);
  await world.clock.advance(3600_000);
  const topic = slack.accepted.filter(text => text.includes("h1 does not come up: "));
  expect(topic).toHaveLength(1);
  expect(topic[0]).toContain("1.12.0");
  expect(topic[0]).toContain("_h1 (a manager by its user-data, 10.0.0.1)");
  world.docker.close();
});

it("one that comes up says nothing itself", async () => {
  const { world, slack } = boot({});
  await world.until(() => world.ready(), 120);
  await world.clock.advance(3600_000);
  expect(slack.accepted).toEqual([]);
  world.docker.close();
});
