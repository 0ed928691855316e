// The lab's fake Slack: a webhook on the release server that accepts and stores every message.

import { serverAddress } from "./engine/network.ts";
import { LabError } from "./error.ts";
import type { Lab } from "./lab.ts";

/** The last part of the webhook's URL. If it appears anywhere but in the file with the URL, it has leaked. */
export const SLACK_SECRET = "XsecretOfTheWebhook0123";

const RECEIVED = "/var/log/slack";
const SCRIPT = `#!/bin/sh
cat >> ${RECEIVED}; echo >> ${RECEIVED}
printf 'Content-Type: text/plain\\r\\n\\r\\nok'
`;

/** Starts to serve the webhook. Resolves to its URL. LabError if the release server cannot store the script. */
export async function serveSlack(lab: Lab): Promise<string> {
  const write = `mkdir -p /srv/cgi-bin && cat > /srv/cgi-bin/slack <<'END'\n${SCRIPT}END\nchmod 0755 /srv/cgi-bin/slack`;
  const { code, stderr } = await lab.onServer(write);
  if (code !== 0) throw new LabError(`cannot put the fake Slack on the release server: ${stderr.trim()}`);
  return `http://${serverAddress(lab.network)}/cgi-bin/slack/T00000000/B00000000/${SLACK_SECRET}`;
}

/** The texts of the received messages, oldest first. */
export async function slackMessages(lab: Lab): Promise<string[]> {
  const { stdout } = await lab.onServer(`cat ${RECEIVED}`);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map(line => String((JSON.parse(line) as { text?: unknown }).text));
}
