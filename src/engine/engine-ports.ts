import type { AppKey, Application, ApplicationStatus } from "../core/model/application.ts";
import type { DaemonPause } from "../core/model/daemon-pause.ts";
import type { Health } from "../core/model/health.ts";
import type { LiveObject } from "../core/model/live-object.ts";
import type { RefKey } from "../core/model/object-ref.ts";
import type { OperationState } from "../core/model/operation.ts";
import type { WindowAsk } from "../core/policy/sync-windows.ts";
import type { Artifacts } from "../core/ports/artifacts.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { CustomResources } from "../core/ports/custom-resources.ts";
import type { Git } from "../core/ports/git.ts";
import type { GitWriter } from "../core/ports/git-writer.ts";
import type { Jq } from "../core/ports/jq.ts";
import type { Log } from "../core/ports/log.ts";
import type { ParentsHome } from "../core/ports/parents-home.ts";
import type { Renderers } from "../core/ports/renderers.ts";
import type { Store } from "../core/ports/store.ts";
import type { UserActions } from "../core/ports/user-actions.ts";
import type { Settings } from "./settings.ts";
import type { ClosedWindows } from "./sync/sync-windows.ts";

/** Everything the engine works with. daemon.ts fills it. */
export interface OutsidePorts {
  store: Store;
  git: Git;
  artifacts: Artifacts;
  /** Absent where nothing can be pushed. */
  gitWriter?: GitWriter;
  renderers: Renderers;
  jq: Jq;
  clock: Clock;
  log: Log;
  /** The clusters of the config as it is now. */
  clusters(): readonly Cluster[];
  settings(): Settings;
  /** Where what parents render is kept; absent where nothing is. */
  parents?: ParentsHome;
  /** Where a cluster is the truth of applications and projects: what it has. Absent: folders and the store are. */
  records?: CustomResources;
  /** Has the configured folders read again soon; `foldersRead` hears of it. */
  readFolders(): void;
  /** Users' own checks, asked before the built-in rules; undefined where none is meant. Must answer from memory. */
  userHealth?(live: LiveObject): { health: Health | undefined; check: string } | undefined;
  /** What stands in the way of keeping its images up to date, a sentence each. Answers from memory. Default: nothing. */
  imageProblems?(key: AppKey): readonly string[];
  /** Users' own actions; absent where nobody can write any. */
  userActions?: UserActions;
  /** Counters; every call is cheap and never throws. */
  observe: {
    reconciled(app: Application, tookMs: number): void;
    synced(app: Application, state: OperationState): void;
    /** Others set again what was healed: one object of it is left as it is. */
    fought(app: Application): void;
    /** A live object changed. */
    changed(cluster: Cluster, key: RefKey): void;
    /** An application is gone. */
    left(key: AppKey): void;
    /** What Git wants was found, at these commits or versions. Times here and below are milliseconds since 1970. */
    looked?(app: Application, revisions: readonly string[], stretch: { fromMs: number; toMs: number }): void;
    compared?(app: Application, stretch: { fromMs: number; toMs: number }): void;
    /** It is shown so from now on. */
    shown?(key: AppKey, status: ApplicationStatus): void;
  };
}

/** What its rooms work with: the world outside, and whether they may write to it now. */
export interface EnginePorts extends OutsidePorts {
  /** Asked before each write and each delete: what is left undone in the whole daemon. */
  paused(): DaemonPause | undefined;
  /** Asked before each write and each delete: why its project's windows do not let it be synced now. */
  closedFor(app: Application, ask: Omit<WindowAsk, "at">): ClosedWindows | undefined;
}
