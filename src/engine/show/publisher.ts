import type { AppKey, ApplicationStatus } from "../../core/model/application.ts";
import { syncBefore } from "../../core/model/last-sync.ts";
import type { OperationState } from "../../core/model/operation.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import type { AppEvent } from "../control.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { type ManagedApplication, shownApplication, storedState } from "../managed-application.ts";
import type { DeletedObjects } from "../undo/deleted-objects.ts";
import { JudgedObjects } from "./judged-objects.ts";
import type { Orphans } from "./orphans.ts";
import { StateWriter } from "./state-writer.ts";
import { type Remembered, statusOf } from "./status.ts";
import type { TransitionLog } from "./transition-log.ts";
import { UnsupportedNotes } from "./unsupported-notes.ts";

/** Shows applications: their statuses, in memory, on disk, and to everybody who wants to hear of changes. */
export class Publisher {
  readonly #writer: StateWriter;
  readonly #remembered: Remembered;
  readonly #listeners = new Set<(event: AppEvent) => void>();

  constructor(
    private readonly ports: EnginePorts,
    deleted: DeletedObjects,
    orphans: Pick<Orphans, "warningOf">,
    private readonly transitions: TransitionLog,
  ) {
    this.#remembered = { judged: new JudgedObjects(), unsupported: new UnsupportedNotes(), deleted, orphans };
    this.#writer = new StateWriter(ports.store, ports.log);
  }

  /**
   * Works out the status anew, and shows it where it says something else.
   * @param how `looked`: somebody asked, so `reconciledAt` moves even where nothing else does
   */
  publish(managed: ManagedApplication, how: "if-changed" | "looked" = "if-changed"): void {
    const before = managed.status;
    const status = statusOf(managed, this.ports, this.#remembered);
    const isSame =
      before !== undefined && equalJson({ ...before, reconciledAt: "" }, { ...status, reconciledAt: "" });
    if (isSame && how === "if-changed") return this.transitions.shown(managed, "all");
    this.#show(managed, status, "all");
  }

  /** Shows the operation alone: while it runs, the rest of the status is from before it. */
  publishOperation(managed: ManagedApplication, state: OperationState): void {
    if (managed.status === undefined || state.finishedAt !== undefined) this.publish(managed);
    else {
      const { lastSync: _, ...status } = managed.status;
      const lastSync = syncBefore(managed.status, state);
      this.#show(managed, { ...status, operationState: state, ...defined({ lastSync }) }, "operation");
    }
  }

  /** What is stored of it changed beside its status. */
  changed(managed: ManagedApplication): void {
    this.#writer.put(managed.key, () => storedState(managed));
  }

  emit(type: AppEvent["type"], managed: ManagedApplication): void {
    if (type === "ADDED") this.transitions.shown(managed, "operation");
    if (this.#listeners.size === 0) return;
    const event: AppEvent = { type, app: shownApplication(managed) };
    for (const listener of this.#listeners) listener(event);
  }

  onEvent(listener: (event: AppEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * What was shown is on disk when it returns.
   * @param only this one; absent: all
   * @throws {Failure} store
   */
  flush(only?: AppKey): void {
    this.#writer.flush(only);
  }

  /** It is gone, on disk too. @throws {Failure} store */
  drop(key: AppKey): void {
    this.#writer.drop(key);
    this.transitions.left(key);
  }

  /** Writes what there is, and nothing after that. @throws {Failure} store */
  close(): void {
    this.#writer.close();
  }

  /** @param what of it is worked out anew */
  #show(managed: ManagedApplication, status: ApplicationStatus, what: "all" | "operation"): void {
    managed.status = status;
    this.changed(managed);
    this.transitions.shown(managed, what);
    this.ports.observe.shown?.(managed.key, status);
    this.emit("MODIFIED", managed);
  }
}
