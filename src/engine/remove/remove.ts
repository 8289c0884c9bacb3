import type { AppKey, Condition } from "../../core/model/application.ts";
import { asFailure } from "../../core/model/failure.ts";
import { equalJson } from "../../lib/equal-json.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { type Deletion, deletionStep, type MayDelete } from "./deletion.ts";

export type Removed =
  /** Nothing of it is left to be deleted. `kept`: sentences about what stays behind. */
  | { is: "ended"; kept: string[] }
  | { is: "going-on"; againInMs: number }
  /** It was called off, or a person said something else, while it was looked at: what was found out counts no more. */
  | { is: "changed" };

/** Removals that are under way. Each takes one step after the other, and a step ends at once when its removal changes. */
export class Removals {
  readonly #steps = new Map<AppKey, AbortController>();

  /** @param mayDelete asked before each delete */
  constructor(
    private readonly ports: EnginePorts,
    private readonly mayDelete: MayDelete = () => undefined,
  ) {}

  /** It was released, called off or asked for anew: whatever a cluster does not answer holds nothing up. */
  changed(managed: ManagedApplication): void {
    this.#steps.get(managed.key)?.abort();
    if (managed.spec.deleting === undefined) managed.removal = [];
  }

  /**
   * What is said of an application that is not being deleted, and may be soon.
   * @returns whether that is news
   */
  foretell(managed: ManagedApplication, conditions: readonly Condition[]): "news" | "known" {
    if (managed.spec.deleting !== undefined || equalJson(managed.removal, conditions)) return "known";
    managed.removal = conditions;
    return "news";
  }

  /** One step, and what it waits for from then on. Never throws. */
  async step(managed: ManagedApplication): Promise<Removed> {
    const { retry } = this.ports.settings();
    const abort = new AbortController();
    this.#steps.set(managed.key, abort);
    try {
      const step = await this.#untilChanged(managed, abort.signal);
      if (step === "changed") return { is: "changed" };
      if (step.is === "ended") return step;
      managed.removal = step.conditions;
      // Objects that are gone say so by an event; refusals are asked again.
      const isRefused = step.conditions.some(({ type }) => type === "DeletionError");
      return { is: "going-on", againInMs: isRefused ? retry.firstMs * 4 : retry.mostMs };
    } catch (cause) {
      if (abort.signal.aborted) return { is: "changed" };
      const { message } = asFailure(cause, `Application ${managed.key}`, "delete it");
      const release = "To let go of its objects instead, delete it with cascade=false";
      managed.removal = [{ type: "DeletionError", message: `${message.replace(/\.$/, "")}. ${release}` }];
      return { is: "going-on", againInMs: retry.firstMs * 4 };
    } finally {
      if (this.#steps.get(managed.key) === abort) this.#steps.delete(managed.key);
    }
  }

  async #untilChanged(managed: ManagedApplication, signal: AbortSignal): Promise<Deletion | "changed"> {
    const { ports, mayDelete } = this;
    const { spec, operation } = managed;
    if (spec.deleting === undefined) return "changed";
    const changed = new Promise<"changed">((resolve) =>
      signal.addEventListener("abort", () => resolve("changed"), { once: true }),
    );
    // What writes for it ends first.
    if (operation.is === "running") await Promise.race([operation.run.done, changed]);
    if (signal.aborted) return "changed";
    const step = deletionStep(
      { key: managed.key, records: managed.memory.records, deleting: spec.deleting },
      { ports, mayDelete, signal },
    );
    const ended = await Promise.race([step, changed]);
    return signal.aborted ? "changed" : ended;
  }
}
