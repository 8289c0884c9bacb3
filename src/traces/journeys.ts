import {
  type AppKey,
  type Application,
  type ApplicationStatus,
  isAutomated,
  keyOfApp,
  sourcesOf,
} from "../core/model/application.ts";
import type { OperationState } from "../core/model/operation.ts";
import { repositoryPlace } from "../lib/git-url.ts";
import { Lru } from "../lib/lru.ts";
import type { Span } from "./span.ts";

/** From when to when something was done, in milliseconds since 1970. */
export interface Stretch {
  fromMs: number;
  toMs: number;
}

/** What a commit's way has reached, and how long that took since the commit was seen, or its push was heard. */
export interface Reached {
  reached: "synced" | "healthy";
  tookMs: number;
  /** Absent where ways are not traced. */
  traceId?: string;
}

export interface JourneyParts {
  now(): number;
  /** So many random bytes, in hexadecimal. */
  randomHex(bytes: number): string;
  /** Whether anybody wants the spans. */
  traced(): boolean;
  reached(reached: Reached): void;
  /** All spans of a way that is over, the whole way first. */
  ended(spans: readonly Span[]): void;
}

interface Journey {
  app: Application;
  /** Commits or versions, by source. */
  revisions: readonly string[];
  traceId: string;
  rootId: string;
  fromMs: number;
  spans: Span[];
  isCompared: boolean;
  /** Or tried to be. */
  wasSynced: boolean;
  syncFromMs?: number;
  syncedAtMs?: number;
  /** As it was shown last. */
  status?: ApplicationStatus;
}

interface Rendering {
  how: { sourceTypes: readonly string[]; from: "cache" | "renderer" };
  stretch: Stretch;
}

/** How long a push that was heard is taken for the reason of what is seen then. */
const PUSH_COUNTS_MS = 60_000;
/** Pushes and renders that are kept until a look tells what they were for. */
const LATELY = 1_000;
/** Tries of a sync and looks of one way at most: a sync that fails for days would grow it. */
const MOST_SPANS = 64;
/** Signs of a message. */
const LONGEST = 500;

/**
 * One commit's way for each application that it concerns: push, look, render, compare, sync, healthy. A way begins where a
 * look finds another revision than the one before, so that neither a restart nor a new application is one, and ends when the
 * application is healthy at it, or another revision comes. A commit that changes nothing of an application is no way.
 */
export class Journeys {
  readonly #open = new Map<AppKey, Journey>();
  readonly #revisions = new Map<AppKey, string>();
  /** When a push of a repository was heard, by its place. */
  readonly #pushes = new Lru<string, number>(LATELY);
  /** The last one of each application. */
  readonly #rendered = new Lru<AppKey, Rendering>(LATELY);

  constructor(private readonly parts: JourneyParts) {}

  /** Somebody said that these were pushed; whether that is so is seen by the look. */
  pushed(urls: readonly string[]): void {
    for (const url of urls) this.#pushes.set(repositoryPlace(url), this.parts.now());
  }

  /** @returns of the way that the application is on */
  traceOf(app: AppKey): string | undefined {
    return this.parts.traced() ? this.#open.get(app)?.traceId : undefined;
  }

  looked(app: Application, revisions: readonly string[], stretch: Stretch): void {
    const key = keyOfApp(app);
    const found = revisions.join(" ");
    const before = this.#revisions.get(key);
    this.#revisions.set(key, found);
    if (before === undefined || before === found) return;
    const passed = this.#open.get(key);
    if (passed !== undefined) this.#end(passed, `${found} came`);
    const heardAtMs = this.#heardAt(app, stretch.fromMs);
    const journey: Journey = {
      app,
      revisions,
      traceId: this.parts.randomHex(16),
      rootId: this.parts.randomHex(8),
      fromMs: heardAtMs ?? stretch.fromMs,
      spans: [],
      isCompared: false,
      wasSynced: false,
    };
    this.#open.set(key, journey);
    if (heardAtMs !== undefined) this.#add(journey, "push", { fromMs: heardAtMs, toMs: stretch.fromMs });
    this.#add(journey, "look", stretch);
  }

  /** A render for the application: part of the look that finds the commit, of which is told only after it. */
  rendered(app: Application, how: Rendering["how"], stretch: Stretch): void {
    if (this.parts.traced()) this.#rendered.set(keyOfApp(app), { how, stretch });
  }

  /** The first comparison after the look is the way's own. */
  compared(app: Application, stretch: Stretch): void {
    const journey = this.#open.get(keyOfApp(app));
    if (journey === undefined || journey.isCompared) return;
    journey.isCompared = true;
    this.#add(journey, "compare", stretch);
  }

  /** A sync ended, or a try of it. */
  synced(app: Application, state: OperationState): void {
    const journey = this.#open.get(keyOfApp(app));
    const now = this.parts.now();
    if (journey === undefined || state.operation.sync?.dryRun === true) return;
    const {
      revision,
      revisions = revision === undefined ? [] : [revision],
      resources = [],
    } = state.syncResult ?? {};
    const fromMs = journey.syncFromMs ?? Math.min(now, Math.max(journey.fromMs, Date.parse(state.startedAt)));
    delete journey.syncFromMs;
    journey.wasSynced = true;
    const isOf = revisions.join(" ") === journey.revisions.join(" ");
    const isDone = state.phase === "Succeeded" && isOf;
    const attributes = { "holdfast.objects": resources.length, "holdfast.phase": state.phase };
    const failed = state.phase === "Succeeded" ? undefined : state.message.slice(0, LONGEST);
    this.#add(journey, "sync", { fromMs, toMs: now }, attributes, failed);
    if (!isDone || journey.syncedAtMs !== undefined) return;
    journey.syncedAtMs = now;
    this.#reach(journey, "synced", now);
    this.#settle(journey);
  }

  /** What an application is shown as. Asked at each change: it costs a look into a map where it is on no way. */
  shown(key: AppKey, status: ApplicationStatus): void {
    const journey = this.#open.get(key);
    if (journey === undefined) return;
    journey.status = status;
    const { operationState } = status;
    if (operationState?.phase === "Running" && operationState.finishedAt === undefined)
      journey.syncFromMs ??= this.parts.now();
    this.#settle(journey);
  }

  left(key: AppKey): void {
    this.#open.delete(key);
    this.#revisions.delete(key);
  }

  #settle(journey: Journey): void {
    const { status, syncedAtMs } = journey;
    if (status === undefined || syncedAtMs === undefined) return;
    const { sync, health } = status;
    const { revision, revisions = revision === undefined ? [] : [revision] } = sync;
    const isThere = sync.status === "Synced" && revisions.join(" ") === journey.revisions.join(" ");
    if (!isThere || health.status !== "Healthy") return;
    const now = this.parts.now();
    this.#add(journey, "healthy", { fromMs: syncedAtMs, toMs: now });
    this.#reach(journey, "healthy", now);
    this.#end(journey);
  }

  #reach(journey: Journey, reached: Reached["reached"], now: number): void {
    // How long a person took is nothing that a delivery takes.
    if (!isAutomated(journey.app.spec)) return;
    const tookMs = Math.max(0, now - journey.fromMs);
    this.parts.reached({ reached, tookMs, ...(this.parts.traced() ? { traceId: journey.traceId } : {}) });
  }

  /** @param cut what ended it before it was healthy */
  #end(journey: Journey, cut?: string): void {
    const key = keyOfApp(journey.app);
    this.#open.delete(key);
    const { app, revisions, traceId, rootId, fromMs, spans } = journey;
    if (!journey.wasSynced || !this.parts.traced()) return;
    const root: Span = {
      traceId,
      spanId: rootId,
      name: `deliver ${key}`,
      fromMs,
      toMs: Math.max(fromMs, ...spans.map(({ toMs }) => toMs)),
      attributes: {
        "holdfast.application": key,
        "holdfast.project": app.spec.project,
        "vcs.ref.head.revision": revisions.join(" "),
        "holdfast.automated": isAutomated(app.spec),
      },
      ...(cut === undefined ? {} : { error: `it was not healthy when ${cut}` }),
    };
    this.parts.ended([root, ...spans]);
  }

  #add(
    journey: Journey,
    name: string,
    { fromMs, toMs }: Stretch,
    attributes: Span["attributes"] = {},
    error?: string,
  ): void {
    if (journey.spans.length >= MOST_SPANS || !this.parts.traced()) return;
    const { traceId, rootId: parentId } = journey;
    const spanId = this.parts.randomHex(8);
    const span = { traceId, spanId, parentId, name, fromMs, toMs: Math.max(fromMs, toMs), attributes };
    journey.spans.push(error === undefined ? span : { ...span, error });
    const rendered = name === "look" ? this.#rendered.get(keyOfApp(journey.app)) : undefined;
    if (rendered === undefined || rendered.stretch.fromMs < fromMs) return;
    const { sourceTypes, from } = rendered.how;
    journey.spans.push({
      ...{ traceId, spanId: this.parts.randomHex(8), parentId: spanId, name: "render" },
      ...rendered.stretch,
      attributes: {
        "holdfast.tools": sourceTypes.filter((type) => type !== "").join(" "),
        "holdfast.from": from,
      },
    });
  }

  #heardAt(app: Application, before: number): number | undefined {
    const heard = sourcesOf(app.spec).flatMap(({ repoURL }) => {
      const at = this.#pushes.get(repositoryPlace(repoURL));
      return at === undefined || at > before || before - at > PUSH_COUNTS_MS ? [] : [at];
    });
    return heard.length === 0 ? undefined : Math.max(...heard);
  }
}
