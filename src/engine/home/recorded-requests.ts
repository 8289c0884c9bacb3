/** What is asked for by fields of an Application in a cluster: `operation`, and the annotation that asks for a refresh. */
import type { AppKey } from "../../core/model/application.ts";
import type { CustomResources, RecordedApplication } from "../../core/ports/custom-resources.ts";
import { messageOf } from "../../lib/caught.ts";
import { startTimer, type Timer } from "../../lib/timer.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication, SyncOperation } from "../managed-application.ts";
import { mayStart, refusalFor } from "../sync/may-start.ts";
import type { Operations } from "../sync/operations.ts";
import { wouldBeUndone } from "../sync/would-be-undone.ts";
import type { Look } from "../target/target.ts";
import { AskedEnds } from "./asked-ends.ts";
import { TakenOperations } from "./taken-operations.ts";

export interface RecordedRequestsParts {
  ports: EnginePorts;
  operations: Operations;
  records: CustomResources;
  ask(managed: ManagedApplication, look: Look): void;
}

/** Who wrote the field is not written in it. */
const BY_FIELD = "operation field";
const LOOK_AGAIN_MS = 3_000;

export class RecordedRequests {
  readonly #parts: RecordedRequestsParts;
  readonly #taken: TakenOperations;
  /** As they were read last, where something is asked for. */
  readonly #asking = new Map<AppKey, RecordedApplication>();
  /** Refreshes that are under way: the annotation's value. */
  readonly #refreshing = new Map<AppKey, string>();
  readonly #ends: AskedEnds;
  readonly #waits = new Map<AppKey, Timer>();

  constructor(parts: RecordedRequestsParts) {
    this.#parts = parts;
    this.#taken = new TakenOperations(parts.ports.store);
    this.#ends = new AskedEnds(parts.operations, parts.records);
  }

  /** @throws {Failure} store: what cannot be written down is not begun */
  take(managed: ManagedApplication, recorded: RecordedApplication): void {
    const { key, asked } = recorded;
    this.#refresh(managed, recorded);
    this.#ends.take(managed, recorded);
    if (asked.is === "none") {
      this.#asking.delete(key);
      this.#taken.forget(key);
      return;
    }
    this.#asking.set(key, recorded);
    this.#operate(managed, recorded);
  }

  /** Its operation, or something else of it, is another one: what waits in its field may be begun, or is. */
  moved(managed: ManagedApplication): void {
    this.#ends.moved(managed);
    const recorded = this.#asking.get(managed.key);
    if (recorded !== undefined) this.#operate(managed, recorded);
  }

  stop(): void {
    for (const timer of this.#waits.values()) timer.cancel();
    this.#waits.clear();
  }

  forget(key: AppKey): void {
    this.#waits.get(key)?.cancel();
    this.#waits.delete(key);
    this.#asking.delete(key);
    this.#refreshing.delete(key);
    this.#ends.forget(key);
    this.#taken.forget(key);
  }

  #operate(managed: ManagedApplication, recorded: RecordedApplication): void {
    const { operations, ports, records } = this.#parts;
    const { key, asked } = recorded;
    if (asked.is === "none") return;
    if (this.#taken.has(recorded)) {
      // It goes with the status that shows how it began, and not before.
      if (managed.operation.is !== "waiting") records.took(key, asked.written);
      return;
    }
    if (managed.operation.is === "waiting") {
      // It is the one that waits: what is shown meanwhile, of the one before it, makes it no other one.
      if (this.#taken.isNoted(recorded)) this.#taken.note(recorded);
      return;
    }
    const operation = asked.is === "asked" ? bySomebody(asked.operation) : { sync: {} };
    const allowed = mayStart(
      managed,
      "a person",
      asked.is === "asked" ? refusalFor(managed.spec.app, operation, ports) : undefined,
    );
    // It stays where it is, as in Argo CD, until it may begin.
    if (allowed.may === "not") return this.#again(managed);
    const undone = asked.is === "asked" ? wouldBeUndone(managed, operation.sync) : undefined;
    const refusal = asked.is === "wrong" ? asked.why : undone === undefined ? undefined : sentenceOf(undone);
    operations.wholly(managed, () => {
      this.#taken.note(recorded);
      operations.request(managed, operation, BY_FIELD);
      // Together: what is refused must not be begun by the next daemon.
      if (refusal !== undefined) operations.refuse(managed, refusal);
    });
  }

  /** What keeps it from being begun (a window, a pause) may end without a word. */
  #again(managed: ManagedApplication): void {
    const { key } = managed;
    this.#waits.get(key)?.cancel();
    this.#waits.set(key, startTimer(LOOK_AGAIN_MS, () => this.#lookAgain(managed)).unref());
  }

  #lookAgain(managed: ManagedApplication): void {
    this.#waits.delete(managed.key);
    try {
      this.moved(managed);
    } catch (cause) {
      this.#parts.ports.log.error("an operation that stands in an Application could not be begun", {
        app: managed.key,
        why: messageOf(cause),
      });
      this.#again(managed);
    }
  }

  #refresh(managed: ManagedApplication, { key, refresh }: RecordedApplication): void {
    if (refresh === undefined) {
      this.#refreshing.delete(key);
      return;
    }
    if (this.#refreshing.get(key) === refresh.written) return;
    this.#refreshing.set(key, refresh.written);
    const pass = managed.inbox.nextPass();
    if (refresh.how === "hard") managed.memory.forgetRefusals();
    this.#parts.ask(managed, refresh.how === "hard" ? "hard" : "latest");
    void pass.then(() => this.#parts.records.refreshed(key, refresh.written));
  }
}

/** A person's word, whatever the field says: what is automated is decided here. */
function bySomebody(operation: SyncOperation): SyncOperation {
  const { initiatedBy, ...rest } = operation;
  return { ...rest, initiatedBy: { username: initiatedBy?.username || BY_FIELD } };
}

function sentenceOf(refused: { why?: string; fix?: string; is: string }): string {
  return [refused.why ?? "it would be undone at once", refused.fix].filter(Boolean).join(". ");
}
