// `swarmkeeper rollout status`: how far the hosts have been brought to the units that the spec asks for.
import type { EtcdOptions } from "../etcd.ts";
import { lookAtCluster } from "../look.ts";
import { type Form, printDocument, printLines, printTrouble } from "../print.ts";
import { paintFor } from "../view/paint.ts";
import { rolloutText } from "../view/rollout-text.ts";
import { buildRollout } from "../view/rollout-view.ts";

export interface RolloutStatusOptions extends EtcdOptions {
  readonly output: "text" | Form;
}

/** 1 where it has halted, is reverted or has a failed host, or where etcd has lost its quorum; else 0, also on the way. */
export async function rolloutStatus(options: RolloutStatusOptions): Promise<number> {
  const { known, lost } = await lookAtCluster(options);
  const view = buildRollout(known);
  printTrouble(lost);
  if (options.output === "text") printLines(rolloutText(view, Date.now(), paintFor(process.stdout, process.env)));
  else printDocument(view, options.output);
  return lost === undefined && !view.failing ? 0 : 1;
}
