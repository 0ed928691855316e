// Keeps one engine for all labs of a test run. Removing the last lab of an engine stops the engine, while the next test
// may be about to create a lab in it. An empty lab, held until the end of the run, prevents that.
import type { TestProject } from "vitest/node";
import { stopPrivateEngine } from "./engine/engine.ts";
import { openLab } from "./session.ts";

/** Creates the empty lab of a vitest project. Resolves to the function that removes it. */
export default async function holdEngine({ name }: TestProject): Promise<() => Promise<void>> {
  const lab = await openLab(name);
  return async () => {
    await lab.remove();
    await stopPrivateEngine(lab.engine);
  };
}
