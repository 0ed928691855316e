// The twin of docker: several engines, the swarms that they form, and the faults that befall them, all on a clock
// that a simulation turns. It refuses what dockerd refuses; test/conformance/docker holds both to one suite.
import { Subject } from "rxjs";
import type { SwarmNodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Clock } from "../../../drivers/clock/port.ts";
import type { Docker, SwarmNode } from "../../../drivers/docker/port.ts";
import { FakeEngine } from "./engine.ts";
import type { FakeMachine, Reaches } from "./machine.ts";
import { Swarm, type SwarmState } from "./swarm.ts";
import { measuredTimings, type SwarmTimings } from "./timings.ts";

export type { SwarmState } from "./swarm.ts";

export interface FakeMachineOptions {
  /** IPv4; 10.0.0.1, 10.0.0.2, … in the order of mention unless given. */
  readonly address?: string;
  readonly engineVersion?: string;
}

export class FakeDocker {
  readonly #clock: Clock;
  readonly #timings: SwarmTimings;
  readonly #machines = new Map<string, FakeMachine>();
  readonly #swarms = new Map<string, Swarm>();
  /** Names, in both orders: "h1 h2". */
  readonly #cuts = new Set<string>();

  constructor(clock: Clock, timings: Partial<SwarmTimings> = {}) {
    this.#clock = clock;
    this.#timings = { ...measuredTimings, ...timings };
  }

  /** Places a machine with a running engine; `engine(name)` does so too, with the defaults. */
  add(name: string, options: FakeMachineOptions = {}): void {
    if (this.#machines.has(name)) throw new Error(`the world has an engine ${name} already`);
    this.#machines.set(name, {
      name,
      address: options.address ?? `10.0.0.${this.#machines.size + 1}`,
      engineVersion: options.engineVersion ?? "26.1.5",
      running: true,
      run: 1,
      membership: undefined,
      settled: false,
      joining: undefined,
      events: new Subject(),
    });
  }

  /** A new connection to this machine's engine. */
  engine(name: string): Docker {
    if (!this.#machines.has(name)) this.add(name);
    return new FakeEngine(this.#machine(name), {
      clock: this.#clock,
      timings: this.#timings,
      reaches: this.#reaches,
      at: remote => [...this.#machines.values()].find(machine => remote === `${machine.address}:2377`),
      found: machine => this.#found(machine),
      swarmOf: machine => machine.membership && this.#swarms.get(machine.membership.swarm),
    });
  }

  address(name: string): string {
    return this.#machine(name).address;
  }

  /** Loss of power: nothing is said to anyone. What is on the disk stays. */
  kill(name: string): void {
    const machine = this.#machine(name);
    machine.running = false;
    machine.settled = false;
    machine.joining?.abort();
    machine.joining = undefined;
    this.#networkChanged(machine);
  }

  start(name: string): void {
    const machine = this.#machine(name);
    machine.running = true;
    machine.run += 1;
    this.#networkChanged(machine);
  }

  /** A new, empty disk under a machine that does not run. */
  wipe(name: string): void {
    const machine = this.#machine(name);
    if (machine.running) throw new Error(`${name} runs: kill it before its disk is taken away`);
    machine.membership = undefined;
  }

  /** From now on so many tasks of services run on this machine's node. */
  place(name: string, tasks: number): void {
    this.#inSwarm(name, (swarm, node) => swarm.place(node, tasks));
  }

  /** What somebody does with `docker node update --availability`. */
  setAvailability(name: string, availability: SwarmNode["availability"]): void {
    this.#inSwarm(name, (swarm, node) => swarm.setAvailability(node, availability));
  }

  /** Nothing passes between these two groups, in either direction, until healed. */
  cut(some: readonly string[], others: readonly string[]): void {
    this.cutOneWay(some, others);
    this.cutOneWay(others, some);
  }

  /** Nothing passes from the ones to the others; back it does. */
  cutOneWay(some: readonly string[], others: readonly string[]): void {
    for (const a of some) for (const b of others) if (a !== b) this.#cuts.add(`${a} ${b}`);
    this.#networkChanged();
  }

  /** Takes this machine off the network. */
  isolate(name: string): void {
    this.cut(
      [name],
      [...this.#machines.keys()].filter(other => other !== name),
    );
  }

  /** Mends every cut. */
  heal(): void {
    this.#cuts.clear();
    this.#networkChanged();
  }

  /** Each swarm as it is, for a test to look at; it costs no time and needs no leader. */
  state(): SwarmState[] {
    return [...this.#swarms.values()].map(swarm => swarm.snapshot());
  }

  /** Calls off everything that would still happen. */
  close(): void {
    for (const swarm of this.#swarms.values()) swarm.close();
    for (const machine of this.#machines.values()) machine.joining?.abort();
  }

  #inSwarm(name: string, act: (swarm: Swarm, node: SwarmNodeId) => void): void {
    const { membership } = this.#machine(name);
    const swarm = membership && this.#swarms.get(membership.swarm);
    if (membership === undefined || swarm === undefined) throw new Error(`${name} is in no swarm`);
    act(swarm, membership.node);
  }

  readonly #reaches: Reaches = (from, to) => from.running && to.running && !this.#cuts.has(`${from.name} ${to.name}`);

  #found(machine: FakeMachine): SwarmNodeId {
    const context = { clock: this.#clock, timings: this.#timings, reaches: this.#reaches };
    const id = `swarm${this.#swarms.size + 1}`;
    const swarm = new Swarm(id, context);
    this.#swarms.set(id, swarm);
    return swarm.begin(machine);
  }

  #networkChanged(...machines: FakeMachine[]): void {
    for (const swarm of this.#swarms.values()) swarm.changed();
    for (const machine of machines) machine.events.next();
  }

  #machine(name: string): FakeMachine {
    const machine = this.#machines.get(name);
    if (machine === undefined) throw new Error(`the world has no engine ${name}`);
    return machine;
  }
}
