// One host in a world of twins whose units are assigned, changed and looked at, for tests.
import type { Assignment, UnitReport } from "../../crd-like-specs/resources.ts";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import { clientUrl, keys, type TwinHost, World } from "../twins.fixture.ts";

export const FOLDER = "/etc/systemd/system";
export const service = (command: string, ...more: string[]) =>
  `[Service]\nExecStart=/bin/${command}\nExecStop=/bin/stop-${command}\n${more.join("\n")}\n`;
export const oneshot = (command: string) => service(command, "Type=oneshot");

type Texts = Readonly<Record<string, string>>;

export class Story {
  readonly world = new World({ managers: 1, workers: 1 });
  readonly host: TwinHost = this.world.host("h2");
  #generation = 0;

  static async begin(): Promise<Story> {
    const story = new Story();
    for (const host of story.world.hosts) host.boot();
    await story.world.until(() => story.world.ready(), 60);
    await story.world.clock.advance(5_000);
    return story;
  }

  /** Units in their order; those with a text carry it, which lies in etcd unless it is withheld. */
  order(units: readonly string[], texts: Texts = {}, withheld: readonly string[] = []): Assignment {
    for (const [name, text] of Object.entries(texts)) {
      if (!withheld.includes(name)) this.put(hashOf(text), text);
    }
    this.#generation += 1;
    const files = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, hashOf(text)]));
    const etcd = { mode: "proxy" as const, endpoints: [clientUrl("10.0.0.1")] };
    return { generation: this.#generation, role: "worker", etcd, units: [...units], files };
  }

  put(hash: string, text: string): void {
    const put = { put: keys.unitTexts.of(hash), value: text };
    void this.world.etcd.connect().kv.txn({ if: [], do: [put] });
  }

  async reach(units: readonly string[], texts: Texts = {}): Promise<void> {
    const assignment = this.order(units, texts);
    this.host.assign(assignment);
    await this.world.until(() => this.host.status()?.generation === assignment.generation, 120);
  }

  unit(name: string): UnitReport | undefined {
    return this.host.status()?.units.find(unit => unit.name === name);
  }

  async active(...names: string[]): Promise<string[]> {
    return (await this.host.systemd.show(names)).map(unit => unit.active);
  }

  file(name: string): string | undefined {
    return this.host.disk.peek(`${FOLDER}/${name}`);
  }

  /** What has been started and stopped since the last time. */
  jobs(): { starts: string[]; stops: string[] } {
    const ours = (line: string) => /^[a-z]\.service /.test(line);
    return { starts: this.host.starts.splice(0).filter(ours), stops: this.host.stops.splice(0).filter(ours) };
  }

  async powerCycle(): Promise<void> {
    await this.host.stop();
    this.host.cutPower();
    await this.world.clock.advance(1_000);
    this.host.restorePower();
    await this.world.clock.advance(5_000);
  }
}

export const OLD = { "a.service": service("a1"), "b.service": service("b1"), "o.service": oneshot("true") };
export const NEW = { "b.service": service("b2"), "o.service": oneshot("sleep 1"), "d.service": service("d1") };
