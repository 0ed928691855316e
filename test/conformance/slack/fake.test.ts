import type { SlackOutcome } from "../../../drivers/slack/port.ts";
import { FakeSlack } from "../../fakes/slack/slack.ts";
import { slackSuite } from "./suite.ts";

slackSuite("the fake", async () => {
  const slack = new FakeSlack();
  const answer = (outcome: SlackOutcome) => {
    slack.answers = () => outcome;
  };
  return {
    slack,
    accepted: () => slack.accepted,
    accept: () => answer({ kind: "sent" }),
    limitRate: seconds => slack.rateLimit(seconds * 1000),
    reject: (status, body) => slack.rejectWith(status, body),
    staySilent: () => slack.becomeUnreachable("no answer in 0.2 s"),
    breakConnections: () => slack.becomeUnreachable("ECONNRESET"),
    stop: async () => slack.becomeUnreachable("ECONNREFUSED"),
    close: async () => {},
  };
});
