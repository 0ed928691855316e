// The labs of a run share one engine. An empty lab of its own keeps it until the last of them is done: a lab that goes
// takes an engine along that nothing else lives in, and another may just be coming.
import type { TestProject } from "vitest/node";
import { stopPrivateEngine } from "./engine.ts";
import { openLab } from "./session.ts";

export default async function holdEngine({ name }: TestProject): Promise<() => Promise<void>> {
  const lab = await openLab(name);
  return async () => {
    await lab.remove();
    await stopPrivateEngine(lab.engine);
  };
}
