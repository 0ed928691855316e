// Boots hosts: builds the image, adds the hosts that are missing and waits until their Docker daemons answer.
import { LabError } from "./error.ts";
import type { Host } from "./host/host.ts";
import { HOST_ROLES, type HostRole } from "./host/labels.ts";
import { ensureImage } from "./image/image.ts";
import { type Lab, waitForDocker } from "./lab.ts";
import { step } from "./progress.ts";
import { openLab } from "./session.ts";
import type { Suite } from "./suite.ts";

/** Builds or loads the host image of a suite. Resolves to the image's reference. */
export function buildImage(lab: Lab, suite: Suite): Promise<string> {
  return step("host image", report => ensureImage(lab.engine, suite, report));
}

/**
 * Brings the lab to the wanted number of hosts of each role. Existing hosts stay. Hosts that are off, paused or cut are
 * brought back. Resolves to all hosts when Docker answers on each. LabError if the lab's hosts are of another suite.
 */
export function bootHosts(
  lab: Lab,
  wanted: Partial<Record<HostRole, number>>,
  image: string,
  suite: Suite,
): Promise<Host[]> {
  return step("hosts", async report => {
    const before = await lab.records();
    const other = before.find(record => record.suite !== suite);
    if (other !== undefined) {
      throw new LabError(`the lab ${lab.name} runs ${other.suite}, not ${suite}: take it down first`);
    }
    const recovered = await lab.recover();
    const missing = HOST_ROLES.flatMap(role => {
      const present = before.filter(record => record.role === role).length;
      return new Array<HostRole>(Math.max((wanted[role] ?? 0) - present, 0)).fill(role);
    });
    if (missing.length > 0) await lab.add(missing, image, suite);
    const hosts = await lab.hosts();
    await waitForDocker(hosts, report.note);
    report.note(hosts.map(host => host.name).join(" "));
    if (hosts.length === before.length && recovered.length === 0) report.cached();
    return hosts;
  });
}

/** Boots a lab of bare hosts: systemd and Docker run, cloud-init does not, etcd is installed but off. */
export async function bootBareLab(name: string, hosts: number, suite: Suite): Promise<Lab> {
  const lab = await openLab(name);
  const image = await buildImage(lab, suite);
  await bootHosts(lab, { bare: hosts }, image, suite);
  return lab;
}

/** As bootBareLab, with new hosts: first removes the lab that a killed run may have left behind. */
export async function bootFreshLab(name: string, hosts: number, suite: Suite): Promise<Lab> {
  await (await openLab(name)).remove();
  return bootBareLab(name, hosts, suite);
}
