import type { SlackOutcome } from "../../../drivers/slack/port.ts";
import { MemorySlack } from "../../fakes/slack/slack.ts";
import { slackSuite } from "./suite.ts";

slackSuite("the fake", async () => {
  const slack = new MemorySlack();
  const answer = (outcome: SlackOutcome) => {
    slack.answers = () => outcome;
  };
  return {
    slack,
    accepted: () => slack.accepted,
    accept: () => answer({ kind: "sent" }),
    limitRate: seconds => slack.hasEnoughFor(seconds * 1000),
    reject: (status, body) => slack.rejects(status, body),
    staySilent: () => slack.isAway("Timeout", "no answer in 0.2 s"),
    breakConnections: () => slack.isAway("ECONNRESET"),
    stop: async () => slack.isAway("ECONNREFUSED"),
    close: async () => {},
  };
});
