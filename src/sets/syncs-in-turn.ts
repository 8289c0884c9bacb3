import type { Rollout } from "../core/sets/rollout.ts";
import { messageOf } from "../lib/caught.ts";
import type { ManagedSet } from "./managed-set.ts";
import type { SetsPorts } from "./sets-ports.ts";

export interface SyncsInTurnParts {
  ports: Pick<SetsPorts, "sync" | "paused" | "log">;
  /** Aborted when the daemon stops. */
  signal: AbortSignal;
  /** What the set comes to is to be said anew: what was asked for meanwhile was found before these syncs were. */
  again(managed: ManagedSet): void;
}

/**
 * Asks for the syncs of rollouts, of each set one after another: who asks beside one that is on its way does not know of
 * it yet, and would ask for the same.
 */
export class SyncsInTurn {
  readonly #parts: SyncsInTurnParts;
  readonly #asking = new Map<ManagedSet, "as it was" | "moved on">();

  constructor(parts: SyncsInTurnParts) {
    this.#parts = parts;
  }

  /** What gets lost is asked for again with the next status, because no sync bears its mark. */
  ask(managed: ManagedSet, sync: Rollout["sync"]): void {
    if (this.#asking.has(managed)) this.#asking.set(managed, "moved on");
    else if (sync.length > 0) void this.#askAll(managed, sync);
  }

  async #askAll(managed: ManagedSet, sync: Rollout["sync"]): Promise<void> {
    const { ports, signal, again } = this.#parts;
    const { set } = managed.known;
    const isOver = (): boolean =>
      signal.aborted ||
      ports.paused() !== undefined ||
      managed.known.set !== set ||
      managed.known.goingSince !== undefined;
    this.#asking.set(managed, "as it was");
    for (const { key, operation } of sync) {
      if (isOver()) break;
      const of = { applicationset: managed.known.key, app: key };
      try {
        const why = await ports.sync(key, operation, `applicationset:${managed.known.key}`);
        if (why !== undefined) ports.log.info("a rollout could not sync an application yet", { ...of, why });
      } catch (cause) {
        ports.log.warn("a rollout could not ask for a sync", { ...of, why: messageOf(cause) });
      }
    }
    const isMoved = this.#asking.get(managed) === "moved on";
    this.#asking.delete(managed);
    if (isMoved && !signal.aborted) again(managed);
  }
}
