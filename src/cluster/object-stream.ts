import type { KubeObject } from "../core/model/kube-object.ts";
import { isOlder } from "../core/model/resource-version.ts";
import type { KindInfo } from "../core/ports.ts";
import { type ApiClient, whyNoAnswer } from "./api-client.ts";
import { readStatus } from "./api-status.ts";
import { Backoff } from "./backoff.ts";
import { eachLine } from "./json-lines.ts";
import { collectionPath, query } from "./paths.ts";
import { Silence } from "./silence.ts";

const PAGE = 500;

/** Where a stream's objects go. */
export interface Sink {
  /** A list begins: what an earlier one that broke off had named counts no more. */
  listing(): void;
  /** @param change `resync`: from a list that closes a gap */
  put(object: KubeObject, change: "event" | "resync", order: Order): void;
  deleted(object: KubeObject): void;
  /** A list ended: `put` was called for everything there is. */
  listed(version: string, order: Order): void;
}

/** `as-it-is`: the server's history began anew (a restored etcd), versions tell nothing about what came first. */
export type Order = "by-version" | "as-it-is";

/** `code` 0: no answer. */
export interface StreamFailure {
  code: number;
  why: string;
}

export type StreamState = { is: "listing" } | { is: "live" } | ({ is: "failed" } & StreamFailure);

type Ended = { is: "closed" } | { is: "expired" } | ({ is: "failed" } & StreamFailure);

interface Page {
  metadata?: { resourceVersion?: string; continue?: string };
  items?: KubeObject[];
}

/**
 * One kind in one namespace (or everywhere), listed once and then watched for as long as it runs. It resumes where it
 * was cut, lists again only where the server has forgotten that place, and pauses ever longer where it fails.
 */
export class ObjectStream {
  #state: StreamState = { is: "listing" };
  #version = "";
  /** The highest version seen: a list below it comes from a stale or a restored server. */
  #highest = "";
  #listedAt = -Infinity;
  #bookmarks: "never-heard" | "heard" = "never-heard";
  /** Watches that were cut without having said anything. */
  #silentWatches = 0;
  readonly #ending = new AbortController();
  #wake: () => void = () => undefined;
  #settle: () => void = () => undefined;
  readonly #settled = new Promise<void>((done) => (this.#settle = done));

  constructor(
    readonly client: ApiClient,
    readonly info: KindInfo,
    readonly namespace: string,
    readonly want: "object" | "metadata",
    readonly sink: Sink,
    readonly onState: (state: StreamState) => void = () => undefined,
  ) {}

  get state(): StreamState {
    return this.#state;
  }

  /** Resolves when the first list is done or has failed. */
  settled(): Promise<void> {
    return this.#settled;
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#ending.abort(new Error("not followed any more"));
    this.#settle();
  }

  /** Ends a pause: there is reason to believe that the next try goes better. */
  retryNow(): void {
    this.#wake();
  }

  get #stopped(): boolean {
    return this.#ending.signal.aborted || this.client.ending.aborted;
  }

  async #run(): Promise<void> {
    const { timings, random, clock } = this.client;
    const backoff = new Backoff(timings.firstPauseMs, timings.lastPauseMs, random);
    /** Lists since a watch last lived. */
    let lists = 0;
    while (!this.#stopped) {
      const next = this.#version === "" ? "list" : "watch";
      if (next === "list" && lists > 0) {
        // One list more at once may repair things; a server that has us list again and again is spared.
        const spared = lists < 2 ? 0 : this.#listedAt + timings.listEveryMs - clock.now();
        await this.#pause(Math.max(spared, backoff.nextMs()));
        if (this.#stopped) break;
      }
      const startedAt = clock.now();
      const ended = await this.#attempt(next);
      if (this.#stopped) break;
      if (next === "list") lists++;
      if (ended.is === "expired") this.#version = "";
      else if (ended.is === "failed") {
        this.#become(ended);
        if (next === "watch") await this.#pause(backoff.nextMs());
      } else if (next === "list") this.#become({ is: "live" });
      else if (clock.now() - startedAt > timings.firstPauseMs) {
        backoff.succeeded();
        lists = 0;
      } else await this.#pause(backoff.nextMs());
    }
    this.#settle();
  }

  async #attempt(what: "list" | "watch"): Promise<Ended> {
    try {
      return what === "list" ? await this.#list() : await this.#watch();
    } catch (cause) {
      if (this.#stopped) return { is: "closed" };
      // What a sink throws is a fault of ours: it is told, and the kind is listed again rather than left half seen.
      this.#version = "";
      this.client.log.error("watch fell over", { kind: this.#name, why: whyNoAnswer(cause) });
      return { is: "failed", code: 0, why: whyNoAnswer(cause) };
    }
  }

  get #name(): string {
    return `${this.info.group}/${this.info.kind}`;
  }

  #become(state: StreamState): void {
    this.#state = state;
    this.onState(state);
    this.#settle();
  }

  /** Sleeps, unless woken or stopped. */
  #pause(ms: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(() => this.#wake(), ms);
      const end = (): void => this.#wake();
      this.#wake = () => {
        clearTimeout(timer);
        this.#ending.signal.removeEventListener("abort", end);
        this.client.ending.removeEventListener("abort", end);
        this.#wake = () => undefined;
        done();
      };
      this.#ending.signal.addEventListener("abort", end);
      this.client.ending.addEventListener("abort", end);
    });
  }

  #accept(what: "PartialObjectMetadata" | "PartialObjectMetadataList"): string {
    return this.want === "object"
      ? "application/json"
      : `application/json;as=${what};g=meta.k8s.io;v=v1,application/json`;
  }

  async #list(): Promise<Ended> {
    const { client, sink } = this;
    const change = this.#listedAt === -Infinity ? "event" : "resync";
    this.#listedAt = client.clock.now();
    sink.listing();
    let next: string | undefined,
      version = "",
      order: Order = "by-version",
      first = true;
    do {
      const path = collectionPath(this.info, this.namespace) + query({ limit: PAGE, continue: next });
      const answer = await client.ask({
        verb: "list",
        kind: this.#name,
        method: "GET",
        path,
        accept: this.#accept("PartialObjectMetadataList"),
        afterCut: "again",
      });
      if (this.#stopped) return { is: "closed" };
      if (answer.is === "unreachable") return { is: "failed", code: 0, why: answer.why };
      if (answer.is === "status") {
        // The server forgot the place between two pages.
        if (answer.status.code === 410)
          return { is: "failed", code: 410, why: "the list expired between two pages" };
        return { is: "failed", code: answer.status.code, why: answer.status.message };
      }
      const page = answer.body as Page;
      version = page.metadata?.resourceVersion ?? "";
      next = page.metadata?.continue || undefined;
      if (first && isOlder(version, this.#highest)) {
        // A server that lags catches up; one that was restored from a backup stays where it is.
        if (!this.#wentBack) {
          this.#wentBack = true;
          this.#listedAt = client.clock.now();
          return {
            is: "failed",
            code: 0,
            why: `the server answered with an older state (${version}) than it had before (${this.#highest})`,
          };
        }
        order = "as-it-is";
        client.log.warn("cluster history went back", { kind: this.#name, version, before: this.#highest });
      }
      first = false;
      // The last page decides that the list is whole; until then what it leaves out is not known to be gone.
      for (const object of page.items ?? []) sink.put(object, change, order);
    } while (next !== undefined);
    sink.listed(version, order);
    this.#wentBack = false;
    this.#version = version;
    this.#highest = version;
    client.reached();
    return { is: "closed" };
  }

  #wentBack = false;

  async #watch(): Promise<Ended> {
    const { client, sink } = this;
    const [shortest, longest] = client.timings.watchSeconds;
    const timeoutSeconds = Math.round(shortest + (longest - shortest) * client.random());
    const path =
      collectionPath(this.info, this.namespace) +
      query({ watch: 1, allowWatchBookmarks: "true", resourceVersion: this.#version, timeoutSeconds });
    // An API that was never heard to send bookmarks is silent where nothing happens: there the server's own limit must do.
    const { silenceMs } = client.timings;
    const silence = new Silence(
      this.#bookmarks === "heard" || this.#silentWatches < 2
        ? silenceMs
        : Math.max(silenceMs, timeoutSeconds * 1000 + 30_000),
      client.clock,
    );
    let heard = "nothing";
    let ended: Ended = { is: "closed" },
      opened = false;
    const cut = new AbortController();
    try {
      const response = await client.open(
        { verb: "watch", kind: this.#name, path, accept: this.#accept("PartialObjectMetadata") },
        AbortSignal.any([silence.signal, this.#ending.signal, cut.signal]),
      );
      silence.heard();
      if (!response.ok || response.body === null) {
        const status = readStatus(response.status, parse(await response.text()));
        return status.code === 410
          ? { is: "expired" }
          : { is: "failed", code: status.code, why: status.message };
      }
      opened = true;
      if (this.#state.is !== "live") this.#become({ is: "live" });
      client.reached();
      await eachLine(response.body, (line) => {
        silence.heard();
        heard = "something";
        if (line === "" || ended.is !== "closed" || this.#stopped) return;
        const { type, object } = JSON.parse(line) as { type: string; object: KubeObject };
        if (type === "ERROR") {
          const status = readStatus(500, object);
          ended =
            status.code === 410 || /too large resource version/i.test(status.message)
              ? { is: "expired" }
              : { is: "failed", code: status.code, why: status.message };
          cut.abort();
          return;
        }
        const version = object.metadata.resourceVersion ?? this.#version;
        if (type === "BOOKMARK") this.#bookmarks = "heard";
        else if (type === "DELETED") sink.deleted(object);
        else sink.put(object, "event", "by-version");
        this.#version = version;
        if (!isOlder(version, this.#highest)) this.#highest = version;
      });
      return ended;
    } catch (cause) {
      if (cut.signal.aborted) return ended;
      if (this.#stopped) return { is: "closed" };
      if (cause instanceof SyntaxError) throw cause;
      // Cut or silent: what a dead connection looks like. It is asked for again at the same place.
      if (opened) {
        if (silence.signal.aborted && heard === "nothing") this.#silentWatches++;
        return { is: "closed" };
      }
      client.failed(whyNoAnswer(cause));
      return { is: "failed", code: 0, why: whyNoAnswer(cause) };
    } finally {
      silence.end();
    }
  }
}

function parse(text: string): unknown {
  return text.startsWith("{") ? (JSON.parse(text) as unknown) : text;
}
