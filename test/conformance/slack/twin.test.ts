import { MemorySlack } from "../../../drivers/slack/memory.ts";
import type { SlackOutcome } from "../../../drivers/slack/port.ts";
import { slackSuite } from "./suite.ts";

slackSuite("the twin", async () => {
  const slack = new MemorySlack();
  const answer = (outcome: SlackOutcome) => {
    slack.answers = () => outcome;
  };
  return {
    slack,
    heard: () => slack.heard,
    takes: () => answer({ kind: "sent" }),
    hasEnoughFor: seconds => slack.hasEnoughFor(seconds * 1000),
    refuses: (status, word) => slack.refuses(status, word),
    isSilent: () => slack.isAway("no answer in 0.2 s"),
    breaksOff: () => slack.isAway("ECONNRESET"),
    dies: async () => slack.isAway("ECONNREFUSED"),
    close: async () => {},
  };
});
