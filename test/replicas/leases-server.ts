/** Leases of one namespace, by the rules of an API server, behind a network that is late, loses, doubles and parts. */
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { LeaseAnswer, LeaseApi } from "../../src/core/ports/lease-api.ts";
import type { LeasesAnswer, LeasesApi } from "../../src/core/ports/leases-api.ts";
import type { Chance } from "../model/chance.ts";
import type { VirtualTime } from "../model/virtual-time.ts";
import type { Machine } from "./machine.ts";

/** Before the fault of the network is looked at. */
const TRAVEL_MS = 40;

interface Watcher {
  concerns: (name: string) => boolean;
  told: (name: string, lease: KubeObject | undefined) => void;
}

export class LeasesServer {
  leases = new Map<string, KubeObject>();
  /** Percent of messages that are late, lost or doubled. */
  trouble = 0;
  /** Answers nothing until then. */
  downUntil = 0;
  /** Answers, not requests, take up to so long. */
  slowMs = 0;
  #version = 100;
  #uids = 0;
  #kept: { leases: Map<string, KubeObject>; version: number }[] = [];
  readonly #watchers = new Set<Watcher>();

  constructor(
    readonly time: VirtualTime,
    readonly chance: Chance,
  ) {}

  /** By hand, or by who asked: nobody else is asked. */
  put(name: string, lease: KubeObject | undefined): void {
    this.#version++;
    const before = this.leases.get(name);
    const leases = new Map(this.leases);
    if (lease === undefined) leases.delete(name);
    else
      leases.set(name, {
        ...lease,
        metadata: {
          ...lease.metadata,
          name,
          uid: before?.metadata.uid ?? `uid-${++this.#uids}`,
          resourceVersion: String(this.#version),
        },
      });
    this.#kept.push({ leases: this.leases, version: this.#version });
    if (this.#kept.length > 100) this.#kept.shift();
    this.leases = leases;
    for (const { concerns, told } of this.#watchers) if (concerns(name)) told(name, leases.get(name));
  }

  /** As it was some seconds ago, versions too, after an outage that is longer than a Lease lasts. */
  restore(): void {
    const kept = this.chance.pick([{ leases: this.leases, version: this.#version }, ...this.#kept]);
    this.downUntil = this.time.elapsed + 4_500;
    this.time.after(4_400, () => {
      this.leases = kept.leases;
      this.#version = kept.version;
    });
  }

  one(machine: Machine, name: string): LeaseApi {
    const send = (ask: () => LeaseAnswer): Promise<LeaseAnswer> => this.#sent(machine, ask);
    return {
      read: () => send(() => this.#answerOf(name)),
      create: (lease) =>
        send(() => {
          if (this.leases.has(name)) return { is: "conflict" };
          this.put(name, lease);
          return this.#answerOf(name);
        }),
      replace: (lease) =>
        send(() => {
          const refused = this.#refused(name, lease);
          if (refused !== undefined) return refused;
          this.put(name, lease);
          return this.#answerOf(name);
        }),
      watch: (told, signal) =>
        this.#watch(
          machine,
          (one) => one === name,
          (_, lease) => told(lease ?? "absent"),
          signal,
        ),
    };
  }

  labelled(machine: Machine, label: string): LeasesApi {
    const bears = (lease: KubeObject): boolean => lease.metadata.labels?.[label] !== undefined;
    return {
      list: () =>
        this.#sent<LeasesAnswer>(machine, () => ({
          ...{ is: "leases", objects: [...this.leases.values()].filter(bears) },
        })),
      watch: (told, signal) =>
        this.#watch(
          machine,
          () => true,
          (_, lease) => lease !== undefined && bears(lease) && told(lease),
          signal,
        ),
      remove: (lease) =>
        this.#sent<LeaseAnswer>(machine, () => {
          const { name = "" } = lease.metadata;
          const refused = this.#refused(name, lease);
          if (refused !== undefined) return refused;
          this.put(name, undefined);
          return { is: "lease", object: lease };
        }),
    };
  }

  #answerOf(name: string): LeaseAnswer {
    const object = this.leases.get(name);
    return object === undefined ? { is: "absent" } : { is: "lease", object };
  }

  #refused(name: string, { metadata }: KubeObject): LeaseAnswer | undefined {
    const there = this.leases.get(name)?.metadata;
    if (there === undefined) return { is: "absent" };
    return there.uid === metadata.uid && there.resourceVersion === metadata.resourceVersion
      ? undefined
      : { is: "conflict" };
  }

  #watch(
    machine: Machine,
    concerns: Watcher["concerns"],
    told: Watcher["told"],
    signal: AbortSignal,
  ): Promise<void> {
    // What a watch tells comes in its order, however late.
    let lastAt = 0;
    const tell: Watcher["told"] = (name, lease) => {
      if (machine.parted === "parted" || this.chance.happens(this.trouble / 2)) return;
      lastAt = Math.max(lastAt, this.time.elapsed + this.#travelMs());
      this.time.after(lastAt - this.time.elapsed, () =>
        machine.run(() => !signal.aborted && told(name, lease)),
      );
    };
    const watcher: Watcher = { concerns, told: tell };
    this.#watchers.add(watcher);
    for (const [name, lease] of this.leases) if (concerns(name)) tell(name, lease);
    return new Promise((resolve) =>
      signal.addEventListener("abort", () => {
        this.#watchers.delete(watcher);
        resolve();
      }),
    );
  }

  #travelMs(): number {
    return this.chance.happens(this.trouble) ? this.chance.below(6_000) : 1 + this.chance.below(TRAVEL_MS);
  }

  /** A request goes, or is lost; the server does it, once or twice; its answer comes, or is lost. */
  #sent<A>(machine: Machine, ask: () => A): Promise<A> {
    const isLost = (): boolean =>
      machine.parted === "parted" ||
      this.time.elapsed < this.downUntil ||
      this.chance.happens(this.trouble / 3);
    return new Promise((resolve) => {
      if (isLost()) return;
      this.time.after(this.#travelMs(), () => {
        if (isLost()) return;
        const answer = ask();
        if (this.chance.happens(this.trouble / 4)) this.time.after(this.#travelMs(), () => void ask());
        if (isLost()) return;
        const slowMs = this.chance.below(this.slowMs + 1);
        this.time.after(this.#travelMs() + slowMs, () => machine.run(() => resolve(answer)));
      });
    });
  }
}
