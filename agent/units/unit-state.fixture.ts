// A unit as systemd shows it, for the tests of what is made of it.
import type { UnitState } from "../../drivers/systemd/port.ts";

/** As systemd shows a service that was started a second after 1970 and runs well, but for what is said. */
export const unitState = (seen: Partial<UnitState> = {}): UnitState => ({
  name: "web.service",
  load: "loaded",
  type: "simple",
  remains: false,
  active: "active",
  sub: "running",
  result: "success",
  restarts: 0,
  enabled: false,
  since: 1_000,
  begun: 1_000,
  ...seen,
});
