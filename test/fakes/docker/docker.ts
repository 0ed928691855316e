// The fake of docker: several engines, their swarms, and faults, all on a fake clock. It rejects the same calls as
// dockerd. test/conformance/docker runs one suite against both.
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
  /** IPv4. Default: 10.0.0.1, 10.0.0.2, … in the order of creation. */
  readonly address?: string;
  readonly engineVersion?: string;
}

export class FakeDocker {
  readonly #clock: Clock;
  readonly #timings: SwarmTimings;
  readonly #machines = new Map<string, FakeMachine>();
  readonly #swarms = new Map<string, Swarm>();
  /** The directions that are cut: "h1 h2" for packets from h1 to h2. */
  readonly #cuts = new Set<string>();

  constructor(clock: Clock, timings: Partial<SwarmTimings> = {}) {
    this.#clock = clock;
    this.#timings = { ...measuredTimings, ...timings };
  }

  /** Adds a machine with a running engine. `engine(name)` also does, with the defaults. */
  add(name: string, options: FakeMachineOptions = {}): void {
    if (this.#machines.has(name)) throw new Error(`there is already an engine ${name}`);
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
      create: machine => this.#create(machine),
      swarmOf: machine => machine.membership && this.#swarms.get(machine.membership.swarm),
    });
  }

  address(name: string): string {
    return this.#machine(name).address;
  }

  /** Loss of power: the machine sends nothing more. Its disk stays. */
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

  /** Gives a machine that does not run a new, empty disk. */
  wipe(name: string): void {
    const machine = this.#machine(name);
    if (machine.running) throw new Error(`${name} runs: kill it before its disk is replaced`);
    machine.membership = undefined;
  }

  /** Sets the number of service tasks that run on this machine's swarm node. */
  place(name: string, tasks: number): void {
    this.#inSwarm(name, (swarm, node) => swarm.place(node, tasks));
  }

  /** What an operator does with `docker node update --availability`. */
  setAvailability(name: string, availability: SwarmNode["availability"]): void {
    this.#inSwarm(name, (swarm, node) => swarm.setAvailability(node, availability));
  }

  /** No packet passes between these two groups, in either direction, until `heal`. */
  cut(some: readonly string[], others: readonly string[]): void {
    this.cutOneWay(some, others);
    this.cutOneWay(others, some);
  }

  /** No packet passes from `some` to `others`. Packets in the other direction do. */
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

  /** Removes every cut. */
  heal(): void {
    this.#cuts.clear();
    this.#networkChanged();
  }

  /** The actual state of each swarm, for assertions. Takes no time and needs no swarm leader. */
  state(): SwarmState[] {
    return [...this.#swarms.values()].map(swarm => swarm.snapshot());
  }

  /** Cancels everything that is scheduled. */
  close(): void {
    for (const swarm of this.#swarms.values()) swarm.close();
    for (const machine of this.#machines.values()) machine.joining?.abort();
  }

  #inSwarm(name: string, act: (swarm: Swarm, node: SwarmNodeId) => void): void {
    const { membership } = this.#machine(name);
    const swarm = membership && this.#swarms.get(membership.swarm);
    if (membership === undefined || swarm === undefined) throw new Error(`${name} is not in a swarm`);
    act(swarm, membership.node);
  }

  readonly #reaches: Reaches = (from, to) => from.running && to.running && !this.#cuts.has(`${from.name} ${to.name}`);

  #create(machine: FakeMachine): SwarmNodeId {
    const context = { clock: this.#clock, timings: this.#timings, reaches: this.#reaches };
    const id = `swarm${this.#swarms.size + 1}`;
    const swarm = new Swarm(id, context);
    this.#swarms.set(id, swarm);
    return swarm.start(machine);
  }

  #networkChanged(...machines: FakeMachine[]): void {
    for (const swarm of this.#swarms.values()) swarm.changed();
    for (const machine of machines) machine.events.next();
  }

  #machine(name: string): FakeMachine {
    const machine = this.#machines.get(name);
    if (machine === undefined) throw new Error(`there is no engine ${name}`);
    return machine;
  }
}
