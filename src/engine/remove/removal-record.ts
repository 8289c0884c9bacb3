import type { Condition } from "../../core/model/application.ts";
import type { DeletionProgress } from "../../core/ports/home.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { keptOn } from "../../lib/kept-on.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication, Removal } from "../managed-application.ts";
import type { Publisher } from "../show/publisher.ts";

/** How often the steps of a deletion are shown while its objects go. */
export const SHOWN_EVERY_MS = 250;

/** What is known of removals: kept, shown, and on disk where it has to be. */
export class RemovalRecord {
  readonly #ports: EnginePorts;
  readonly #publisher: Publisher;
  readonly #shownAt = keptOn<ManagedApplication, number>();

  constructor({ ports, publisher }: { ports: EnginePorts; publisher: Publisher }) {
    this.#ports = ports;
    this.#publisher = publisher;
  }

  /** But for hooks that are left: they go as they are seen gone. */
  set(managed: ManagedApplication, removal: Omit<Removal, "left">): void {
    managed.removal = { ...removal, left: managed.removal.left };
  }

  /** On disk with what else changes: a deletion is called off and leaves hooks in one write. */
  putLeft(managed: ManagedApplication, left: Removal["left"]): void {
    managed.removal = { ...managed.removal, left };
    this.#publisher.changed(managed);
  }

  say(managed: ManagedApplication, conditions: readonly Condition[]): void {
    managed.removal = { ...managed.removal, conditions };
  }

  /** As `put`, but not more often than people read. */
  putSometimes(managed: ManagedApplication, progress: DeletionProgress): "shown" | "later" {
    const now = this.#ports.clock.monotonic();
    const before = managed.removal.progress;
    const isNews = before?.state.message !== progress.state.message;
    if (!isNews && equalJson(before, progress)) return "shown";
    if (now - (this.#shownAt.get(managed) ?? 0) < SHOWN_EVERY_MS) {
      managed.removal = { ...managed.removal, progress };
      return "later";
    }
    this.put(managed, progress, "soon");
    return "shown";
  }

  /** @param how `durable`: on disk when it returns */
  put(managed: ManagedApplication, progress: DeletionProgress, how: "soon" | "durable"): void {
    managed.removal = { ...managed.removal, progress };
    this.#shownAt.set(managed, this.#ports.clock.monotonic());
    this.#publisher.changed(managed);
    if (how === "durable") this.#publisher.flush(managed.key);
    this.#publisher.emit("MODIFIED", managed);
  }

  /** Its row is for people: what a restart goes on by is the application's own state. */
  writeRun({ run, state }: DeletionProgress): void {
    this.#ports.store.updateRun(run, state);
  }

  now(): string {
    return timestamp(this.#ports.clock.now());
  }
}
