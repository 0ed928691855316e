// The lab's own Slack: a webhook on the release server that takes every message and keeps it.
import { LabError } from "./error.ts";
import type { Lab } from "./lab.ts";
import { serverAddress } from "./network.ts";

/** The last part of its URL: found anywhere but in the file with the URL, it has leaked. */
export const SLACK_SECRET = "XcanaryOfTheWebhook0123";

const HEARD = "/var/log/slack";
const SCRIPT = `#!/bin/sh
cat >> ${HEARD}; echo >> ${HEARD}
printf 'Content-Type: text/plain\\r\\n\\r\\nok'
`;

/** Serves the webhook; returns its URL. */
export async function serveSlack(lab: Lab): Promise<string> {
  const write = `mkdir -p /srv/cgi-bin && cat > /srv/cgi-bin/slack <<'END'\n${SCRIPT}END\nchmod 0755 /srv/cgi-bin/slack`;
  const { code, stderr } = await lab.onServer(write);
  if (code !== 0) throw new LabError(`the release server cannot be the lab's Slack: ${stderr.trim()}`);
  return `http://${serverAddress(lab.network)}/cgi-bin/slack/T00000000/B00000000/${SLACK_SECRET}`;
}

/** The texts of the messages so far, oldest first. */
export async function slackHeard(lab: Lab): Promise<string[]> {
  const { stdout } = await lab.onServer(`cat ${HEARD}`);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map(line => String((JSON.parse(line) as { text?: unknown }).text));
}
