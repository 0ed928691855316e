// The labs of a run share one engine. An empty lab of its own keeps it until the last of them is done: a lab that goes
// takes an engine along that nothing else lives in, and another may just be coming.
import { stopPrivateEngine } from "../lab/engine.ts";
import { openLab } from "../lab/session.ts";

export default async function holdEngine(): Promise<() => Promise<void>> {
  const lab = await openLab("e2e");
  return async () => {
    await lab.remove();
    await stopPrivateEngine(lab.engine);
  };
}
