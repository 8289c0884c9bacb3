import { type Aim, aimOf } from "../core/model/aim.ts";
import type { AppKey, Application, ApplicationStatus, Condition } from "../core/model/application.ts";
import type { Failure } from "../core/model/failure.ts";
import type { Hold } from "../core/model/hold.ts";
import type { Operation, OperationState, ResourceResult, SyncRequest } from "../core/model/operation.ts";
import type { AppState, DeletionProgress } from "../core/ports/home.ts";
import { defined, filled } from "../lib/defined.ts";
import { equalJson } from "../lib/equal-json.ts";
import type { Place } from "../lib/fair-line.ts";
import type { Compared } from "./compare/compared.ts";
import type { AppOrigin } from "./control.ts";
import { Inbox } from "./inbox.ts";
import type { Memory } from "./memory.ts";
import { begun } from "./remove/begun.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Target } from "./target/target.ts";
import { revisionNamesOf } from "./target/tips.ts";

/** What is written of it, where, and whether it is on its way out. */
export interface Spec {
  readonly app: Application;
  readonly origin: AppOrigin;
  /** Ours, made once; an application that is deleted and made again has another. */
  readonly uid: string;
  readonly past: AppState["past"];
  readonly last: AppState["last"];
  readonly deleting: AppState["deleting"];
  /** A person keeps it at what was deployed once, whatever is written. */
  readonly hold: Hold | undefined;
}

/** Commits of the sources that the spec names, and what stands in the way of knowing or using them. */
export interface BesideHold {
  readonly commits: readonly string[];
  readonly trouble: string | undefined;
}

/** What the last pass saw. `failed`: it could not be judged, for so many passes in a row; `before` is what was seen last. */
export type Seen =
  | { readonly is: "never" }
  | { readonly is: "compared"; readonly compared: Compared }
  | {
      readonly is: "failed";
      readonly failure: Failure;
      readonly times: number;
      readonly before: Compared | undefined;
    };

export type SyncOperation = Operation & { sync: SyncRequest };

/** One operation at work. */
export interface RunningOperation {
  readonly id: number;
  readonly cause: "manual" | "automated" | "self-heal" | "retry" | "rollback";
  readonly abort: AbortController;
  /** What it is doing: a wait, for health or for its turn to delete, ends where a newer target comes; a write goes through. */
  doing: "working" | "waiting-for-health" | "waiting-for-hooks" | "waiting-to-prune";
  /** Where it waits before it begins, and after it waited for the outside world. */
  readonly place: Place;
  /** What it delivers, once that is known. */
  delivers: { snapshot: Snapshot; target: Target } | undefined;
  done: Promise<void>;
}

/** `state` is what `status.operationState` shows: of the operation itself, or of the one before it. */
export type OperationSlot =
  | { readonly is: "none"; readonly state: undefined }
  /** Asked for, and not begun. */
  | { readonly is: "waiting"; readonly request: SyncOperation; readonly state: OperationState | undefined }
  | { readonly is: "running"; readonly run: RunningOperation; readonly state: OperationState }
  /** Failed, and to be tried again after a pause. */
  | { readonly is: "retrying"; readonly state: OperationState }
  | { readonly is: "ended"; readonly state: OperationState };

/** What is said of its leaving, and how far that is: undefined before it begins. */
export interface Removal {
  readonly conditions: readonly Condition[];
  readonly progress: DeletionProgress | undefined;
  /** Hooks of a deletion that was called off, until they are seen gone. */
  readonly left: readonly ResourceResult[];
}

/** Told in the same step. */
export interface ChangesTold {
  /** A spec took the place of another one. */
  spec(): void;
  /** It has another target, saw something else, or was asked to look. */
  looks(): void;
}

/**
 * One application, as the engine knows it. Each part is replaced as a whole, in one file only
 * (`test/house.test.ts` holds which).
 */
export class ManagedApplication {
  #spec: Spec;
  #target: Target | undefined;
  #seen: Seen = { is: "never" };
  /** Who wants to know. By applications.ts. */
  told: ChangesTold | undefined;
  /** What the last pass worked under. By engine.ts. */
  snapshot: Snapshot | undefined;
  /** By sync/operations.ts. */
  operation: OperationSlot;
  /** By remove/remove.ts. */
  removal: Removal;
  /** What Git says while it is held. By hold/look-beside-hold.ts. */
  beside: BesideHold | undefined;
  /** As shown last. By show/publisher.ts. */
  status: ApplicationStatus | undefined;
  readonly inbox = new Inbox(() => this.told?.looks());
  readonly #waiters = new Set<() => void>();
  #changes = 0;
  #aim: { of: Spec; aim: Aim } | undefined;
  #shown: { of: readonly unknown[]; app: Application } | undefined;

  constructor(
    readonly key: AppKey,
    readonly memory: Memory,
    known: {
      spec: Spec;
      operation: OperationSlot;
      status: ApplicationStatus | undefined;
      removal?: DeletionProgress | undefined;
      leftHooks?: readonly ResourceResult[] | undefined;
    },
  ) {
    this.#spec = known.spec;
    this.operation = known.operation;
    this.status = known.status;
    this.removal = { conditions: [], progress: known.removal, left: known.leftHooks ?? [] };
  }

  get spec(): Spec {
    return this.#spec;
  }

  /** By home/specs.ts. */
  set spec(spec: Spec) {
    this.#spec = spec;
    this.told?.spec();
  }

  /** What Git wants. */
  get target(): Target | undefined {
    return this.#target;
  }

  /** By target/find-target.ts. */
  set target(target: Target | undefined) {
    this.#target = target;
    this.told?.looks();
  }

  get seen(): Seen {
    return this.#seen;
  }

  /** By compare/compare-now.ts. */
  set seen(seen: Seen) {
    this.#seen = seen;
    this.told?.looks();
  }

  /** What it is to be: as it is written, or as it is held. The same object while neither changes. */
  get aim(): Aim {
    const { spec } = this;
    const known = this.#aim;
    if (known?.of === spec) return known.aim;
    const isSame = known?.of.app === spec.app && known.of.hold === spec.hold;
    const aim = isSame && known !== undefined ? known.aim : aimOf(spec.app, spec.hold);
    this.#aim = { of: spec, aim };
    return aim;
  }

  /** As the API shows it. The same object while no part of it is another one: thousands are told apart by that. */
  get shown(): Application {
    const { spec, operation, removal, status, seen } = this;
    const commits = seen.is === "compared" ? revisionNamesOf(seen.compared.target).join(" ") : undefined;
    const of = [spec, operation, removal, status, commits];
    const known = this.#shown;
    if (known?.of.every((part, at) => part === of[at]) === true) return known.app;
    const app = madeToShow(this);
    this.#shown = { of, app };
    return app;
  }

  /** What was compared last, whatever came since. */
  get compared(): Compared | undefined {
    return this.seen.is === "compared"
      ? this.seen.compared
      : this.seen.is === "failed"
        ? this.seen.before
        : undefined;
  }

  /** Rises with every change of its live objects. */
  get changes(): number {
    return this.#changes;
  }

  /** A live object of it changed: whatever waits for that goes on. */
  changed(): void {
    this.#changes++;
    for (const resolve of [...this.#waiters]) resolve();
  }

  /** Resolves at the next change of a live object, or after `ms`. Rejects when aborted. */
  nextChange(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (how: () => void) => {
        clearTimeout(timer);
        this.#waiters.delete(changed);
        signal.removeEventListener("abort", aborted);
        how();
      };
      const changed = () => end(resolve);
      const aborted = () => end(() => reject(signal.reason));
      const timer = setTimeout(changed, ms);
      if (signal.aborted) return aborted();
      this.#waiters.add(changed);
      signal.addEventListener("abort", aborted, { once: true });
    });
  }
}

/** What the store keeps of it. */
export function storedState(managed: ManagedApplication): AppState {
  const { key, spec, memory, operation, status } = managed;
  const { uid, past, last, deleting, hold } = spec;
  return {
    key,
    uid,
    ...defined({ past, status }),
    ...(operation.is === "waiting" ? { operation: operation.request } : {}),
    ...defined({ attempted: memory.attempt, failing: memory.failing, terminated: memory.terminated }),
    ...defined({ givenToNamespace: memory.givenToNamespace }),
    ...defined({ standing: memory.standing, last, deleting, hold }),
    ...(spec.origin.from === "cluster" && deleting === undefined ? { recorded: spec.app } : {}),
    ...defined({ leaving: memory.leaving, approval: memory.approval }),
    ...filled({ fights: memory.fights.all }),
    ...filled({ leftHooks: [...managed.removal.left] }),
    ...defined({ removal: managed.removal.progress, hooks: memory.hooks }),
  };
}

/** The application as the API shows it: manifest, status, and what was asked for. */
export function shownApplication(managed: ManagedApplication): Application {
  return managed.shown;
}

function madeToShow(managed: ManagedApplication): Application {
  const { spec, operation, removal } = managed;
  const { app, uid, deleting } = spec;
  const now = statusNow(managed);
  // What is kept of its last sync is shown again where the deletion is called off; until then nobody is to take it for
  // the deletion, of which the first step may be a while in coming.
  const going = removal.progress ?? (deleting === undefined ? undefined : begun(deleting));
  const status = now === undefined || going === undefined ? now : { ...now, operationState: going.state };
  return {
    ...app,
    metadata: {
      ...app.metadata,
      uid,
      ...defined({ deletionTimestamp: deleting?.since }),
    },
    ...defined({ status }),
    ...(operation.is === "waiting" ? { operation: operation.request } : {}),
  };
}

/** A commit that changed nothing of it was learnt without a look: the status names it all the same. */
function statusNow({ seen, status }: ManagedApplication): ApplicationStatus | undefined {
  if (status === undefined || seen.is !== "compared") return status;
  const commits = revisionNamesOf(seen.compared.target);
  const { sync } = status;
  if (sync.revisions !== undefined)
    return equalJson(sync.revisions, commits) ? status : { ...status, sync: { ...sync, revisions: commits } };
  const [revision = ""] = commits;
  return sync.revision === revision ? status : { ...status, sync: { ...sync, revision } };
}
