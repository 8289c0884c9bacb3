import type { AppKey, Application, Condition } from "../core/model/application.ts";
import type { ObjectRecord } from "../core/model/comparison.ts";
import type { Failure } from "../core/model/failure.ts";
import type { RefKey } from "../core/model/object-ref.ts";
import type { OperationState } from "../core/model/operation.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Heal } from "../core/plan/heal-backoff.ts";
import type { AppState, Cluster } from "../core/ports.ts";
import type { AppOrigin } from "./control.ts";
import type { Aim, Look, Seen } from "./look.ts";

const LOOKS: readonly Look[] = ["nothing", "known", "latest", "hard"];

/** Why an application cannot be judged, and since when it fails in a row. */
export interface Trouble {
  failure: Failure;
  times: number;
}

export interface RunningOperation {
  id: number;
  cause: "manual" | "automated" | "self-heal" | "retry";
  state: OperationState;
  abort: AbortController;
  /** The aim that is being applied: a newer one in the session supersedes a failing retry. */
  aim: Aim | undefined;
  done: Promise<void>;
}

/** Everything the engine keeps in memory about one application. */
export class AppSession {
  look: Look = "latest";
  /** When the look was asked for, milliseconds since 1970: refs that were listed since then are new enough. */
  lookSince = 0;
  aim: Aim | undefined;
  /** What the last pass saw; of an earlier one while an operation runs. */
  lastSeen: Seen | undefined;
  /** The running or last operation, as `status.operationState` shows it. */
  operationState: OperationState | undefined;
  trouble: Trouble | undefined;
  /** Looks in a row that left some object unjudged. */
  blindLooks = 0;
  running: RunningOperation | undefined;
  readonly records = new Map<RefKey, ObjectRecord>();
  /** The server's refusals, by `desired hash + uid + content hash`, so that nothing is asked twice. */
  readonly refusals = new Map<string, Problem>();
  /** What the last decision on an automated sync has to say. */
  decisionCondition: Condition | undefined;
  deletionConditions: Condition[] = [];
  /** Its deletion was called off: what went meanwhile is made again, whatever the application says of drift. */
  comesBack = false;
  /** What there is to prune, and since when it is all of this: an approval from before does not count. */
  extras: { keys: ReadonlySet<RefKey>; since: string } | undefined;
  heals: Heal[] = [];
  /** Field paths by object that differs: a verdict that is remembered does not name them again. */
  drifted: ReadonlyMap<RefKey, string> = new Map();
  /** Operations of one revision that failed in a row. */
  failedTries = 0;
  /** Kinds that are followed where, as one text, to skip a call that would change nothing; and those that cannot be. */
  following: { cluster: Cluster; text: string; failed: ReadonlyMap<string, string> } | undefined;
  /** Whether it was looked at once since the start. */
  seen = false;
  readonly #changes = new Set<() => void>();
  readonly #askers = new Set<() => void>();

  constructor(
    readonly key: AppKey,
    public app: Application,
    public origin: AppOrigin,
    public state: AppState,
  ) {}

  /** Asks for at least this look at the next reconcile. */
  need(look: Look, since: number): void {
    if (look === "latest" || look === "hard") this.lookSince = Math.max(this.lookSince, since);
    if (LOOKS.indexOf(look) > LOOKS.indexOf(this.look)) this.look = look;
  }

  /** Wakes everything that waits for a change of this application's live objects. */
  wake(): void {
    for (const resolve of [...this.#changes]) resolve();
  }

  /** Resolves at the next change, or after `ms`. Rejects when aborted. */
  nextChange(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (how: () => void) => {
        clearTimeout(timer);
        this.#changes.delete(changed);
        signal.removeEventListener("abort", aborted);
        how();
      };
      const changed = () => end(resolve);
      const aborted = () => end(() => reject(signal.reason));
      const timer = setTimeout(changed, ms);
      if (signal.aborted) return aborted();
      this.#changes.add(changed);
      signal.addEventListener("abort", aborted, { once: true });
    });
  }

  /** Resolves when the next pass that starts from now on has ended. */
  nextPass(): Promise<void> {
    return new Promise((resolve) => this.#askers.add(resolve));
  }

  /** Called where a pass starts; the returned function ends it and answers those who had asked by then. */
  startPass(): () => void {
    const askers = [...this.#askers];
    this.#askers.clear();
    return () => {
      this.seen = true;
      for (const resolve of askers) resolve();
    };
  }
}
