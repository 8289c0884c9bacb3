import type { KubeObject } from "../core/model/kube-object.ts";
import { isOlder } from "../core/model/resource-version.ts";
import type { KindInfo } from "../core/ports/cluster.ts";
import { giveWay, pauses } from "../lib/in-steps.ts";
import { type Answer, type ApiClient, whyNoAnswer } from "./api-client.ts";
import { readStatus } from "./api-status.ts";
import { eventHead } from "./event-head.ts";
import { eachLine } from "./json-lines.ts";
import { NO_LIST, pageOf } from "./list-pages.ts";
import { listRoom } from "./list-room.ts";
import { collectionPath, query } from "./paths.ts";
import { Pause } from "./pause.ts";
import { Silence } from "./silence.ts";
import { SpreadBackoff } from "./spread-backoff.ts";
import type { Order, Selection, Sink, StreamFailure, StreamState } from "./stream-types.ts";

const PAGE = 500;

type Ended = { is: "closed" } | { is: "expired" } | ({ is: "failed" } & StreamFailure);

/** A list that is under way. */
interface Listing {
  /** `resync`: it closes a gap. */
  change: "event" | "resync";
  /** `LiveIndex.mark` of its beginning. */
  since: number;
  order: Order;
  /** Of the last page. */
  version: string;
  /** Where the next page begins; undefined behind the last one. */
  next: string | undefined;
  pause: () => Promise<void>;
}

/** A watch that ends so long before the time that the server was given for it was cut, in milliseconds. */
const EARLY_MS = 2_000;

/**
 * One kind in one namespace (or everywhere), listed once and then watched for as long as it runs. It resumes where it
 * was cut, lists again only where the server has forgotten that place or never knew it, and pauses ever longer where it
 * fails.
 */
export class ObjectStream {
  #state: StreamState = { is: "listing" };
  #version = "";
  /** The highest version seen: a list below it comes from a stale or a restored server. */
  #highest = "";
  #listedAt = -Infinity;
  /**
   * Whether the server still has the history that `#version` is a place of. After a watch that was cut it may be another
   * server, or one whose storage was restored or emptied: it would take a place from the future, and say nothing.
   */
  #place: "holds" | "in-doubt" = "holds";
  /** Since when nobody needs it, by the clock that never steps. Kept here for its feed. */
  idleSince: number | undefined;
  /** Who waits for a list that begins from now on. */
  #relisting: PromiseWithResolvers<void> | undefined;
  #watching: { silence: Silence; cut: AbortController } | undefined;
  #wentBack = false;
  #bookmarks: "never-heard" | "heard" = "never-heard";
  /** Watches that were cut without having said anything. */
  #silentWatches = 0;
  readonly #ending = new AbortController();
  readonly #pause = new Pause();
  #settle: () => void = () => undefined;
  readonly #settled = new Promise<void>((done) => (this.#settle = done));

  constructor(
    readonly client: ApiClient,
    readonly info: KindInfo,
    readonly namespace: string,
    readonly want: "object" | "metadata",
    readonly sink: Sink,
    readonly onState: (state: StreamState) => void = () => undefined,
    readonly selection: Selection = {},
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
    this.#relisting?.resolve();
  }

  /** Lists anew, whatever the watch said. Resolves when that list is done or has failed. */
  relist(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#relisting ??= Promise.withResolvers();
    this.#watching?.cut.abort();
    this.#pause.wake();
    return this.#relisting.promise;
  }

  /** The server is back after it was silent: a watch that has said nothing since may be dead, and is opened anew. */
  renewIfSilent(since: number): void {
    this.#pause.wake();
    if (this.#watching !== undefined && this.#watching.silence.heardAt <= since) this.#watching.cut.abort();
  }

  /** Ends a pause: there is reason to believe that the next try goes better. */
  retryNow(): void {
    this.#pause.wake();
  }

  get #stopped(): boolean {
    return this.#ending.signal.aborted || this.client.ending.aborted;
  }

  async #run(): Promise<void> {
    const { timings, random, clock } = this.client;
    const backoff = new SpreadBackoff(timings.firstPauseMs, timings.lastPauseMs, random);
    /** Lists that were answered since a watch last lived. */
    let lists = 0;
    while (!this.#stopped) {
      if (this.#relisting !== undefined) this.#version = "";
      const next = this.#version === "" ? "list" : this.#place === "in-doubt" ? "compare" : "watch";
      if (next === "list" && lists > 0 && this.#relisting === undefined) {
        // One list more at once may repair things; a server that has us list again and again is spared.
        const spared = lists < 2 ? 0 : this.#listedAt + timings.listEveryMs - clock.monotonic();
        await this.#sleep(Math.max(spared, backoff.nextMs()));
        if (this.#stopped) break;
      }
      const startedAt = clock.monotonic();
      const ended = await this.#attempt(next);
      if (this.#stopped) break;
      if (next === "list" && ended.is !== "failed") lists++;
      if (ended.is === "expired") this.#version = "";
      else if (ended.is === "failed") {
        this.#become(ended);
        await this.#sleep(backoff.nextMs());
      } else if (next === "list") this.#become({ is: "live" });
      else if (next === "compare") continue;
      else if (clock.monotonic() - startedAt > timings.firstPauseMs) {
        backoff.succeeded();
        lists = 0;
      } else if (this.#relisting === undefined) await this.#sleep(backoff.nextMs());
    }
    this.#settle();
    this.#relisting?.resolve();
  }

  async #attempt(what: "list" | "compare" | "watch"): Promise<Ended> {
    try {
      if (what === "list") return await this.#listAsked();
      return what === "compare" ? await this.#compare() : await this.#watch();
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

  #sleep(ms: number): Promise<void> {
    return this.#pause.sleep(ms, [this.#ending.signal, this.client.ending]);
  }

  #accept(what: "PartialObjectMetadata" | "PartialObjectMetadataList"): string {
    return this.want === "object"
      ? "application/json"
      : `application/json;as=${what};g=meta.k8s.io;v=v1,application/json`;
  }

  #get(parameters: Record<string, string | number | undefined>): Promise<Answer> {
    return this.client.ask({
      verb: "list",
      kind: this.#name,
      method: "GET",
      path: collectionPath(this.info, this.namespace) + query(parameters),
      accept: this.#accept("PartialObjectMetadataList"),
      afterCut: "again",
      read: "text",
      turn: { owner: `lists of ${this.#name}`, urgency: "list" },
    });
  }

  /** Asks where the server's history is now. A place beyond that is of another one. */
  async #compare(): Promise<Ended> {
    const answer = await this.#get({ limit: 1 });
    if (answer.is !== "ok") return asFailed(answer);
    const page = pageOf(parsed(answer.body));
    if (page === undefined) return { is: "failed", code: 0, why: NO_LIST };
    this.#place = "holds";
    const now = page.metadata.resourceVersion ?? "";
    return isOlder(now, this.#version) ? { is: "expired" } : { is: "closed" };
  }

  async #listAsked(): Promise<Ended> {
    const asked = this.#relisting;
    this.#relisting = undefined;
    try {
      return await this.#list();
    } finally {
      asked?.resolve();
    }
  }

  async #list(): Promise<Ended> {
    const { client, sink } = this;
    const change = this.#listedAt === -Infinity ? "event" : "resync";
    this.#listedAt = client.clock.monotonic();
    const listing: Listing = {
      ...{ change, since: sink.listing(), order: "by-version", version: "", next: undefined },
      // A page of large objects takes longer than others can be held up.
      pause: pauses(),
    };
    for (let page: "first" | "further" = "first"; ; page = "further") {
      const ended = await listRoom.page(
        () => this.#get({ limit: PAGE, continue: listing.next, ...this.selection }),
        (answer) => this.#takeIn(answer, page, listing),
      );
      if (ended !== undefined) return ended;
      if (listing.next === undefined) break;
    }
    const { version, order } = listing;
    sink.listed(version, order);
    this.#wentBack = false;
    this.#version = version;
    this.#highest = version;
    this.#place = "holds";
    return { is: "closed" };
  }

  /** @returns how the list ended; undefined where it goes on */
  async #takeIn(answer: Answer, which: "first" | "further", listing: Listing): Promise<Ended | undefined> {
    const { client, sink } = this;
    if (this.#stopped) return { is: "closed" };
    if (answer.is !== "ok") {
      // The server forgot the place between two pages.
      return answer.is === "status" && answer.status.code === 410
        ? { is: "failed", code: 410, why: "the list expired between two pages" }
        : asFailed(answer);
    }
    const page = pageOf(parsed(answer.body));
    // What a proxy says in the server's place would have every object of the kind gone.
    if (page === undefined) return { is: "failed", code: 0, why: NO_LIST };
    const version = page.metadata.resourceVersion ?? "";
    if (which === "first" && isOlder(version, this.#highest)) {
      // A server that lags catches up; one that was restored from a backup stays where it is.
      if (!this.#wentBack) {
        this.#wentBack = true;
        this.#listedAt = client.clock.monotonic();
        return {
          is: "failed",
          code: 0,
          why: `the server answered with an older state (${version}) than it had before (${this.#highest})`,
        };
      }
      listing.order = "as-it-is";
      client.log.warn("cluster history went back", { kind: this.#name, version, before: this.#highest });
    } else if (listing.order !== "as-it-is") listing.order = { listed: version, since: listing.since };
    listing.version = version;
    listing.next = page.metadata.continue || undefined;
    // The last page decides that the list is whole; until then what it leaves out is not known to be gone.
    for (const object of page.items ?? []) {
      sink.put(object, listing.change, listing.order);
      await listing.pause();
      if (this.#stopped) return { is: "closed" };
    }
    return undefined;
  }

  #reached(version: string): void {
    this.#version = version;
    if (!isOlder(version, this.#highest)) this.#highest = version;
  }

  async #watch(): Promise<Ended> {
    const { client, sink } = this;
    const [shortest, longest] = client.timings.watchSeconds;
    const timeoutSeconds = Math.round(shortest + (longest - shortest) * client.random());
    const path =
      collectionPath(this.info, this.namespace) +
      query({
        watch: 1,
        allowWatchBookmarks: "true",
        resourceVersion: this.#version,
        timeoutSeconds,
        ...this.selection,
      });
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
    const endsAt = client.clock.monotonic() + timeoutSeconds * 1000 - EARLY_MS;
    this.#watching = { silence, cut };
    this.#place = "in-doubt";
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
      await eachLine(
        response.body,
        (line) => {
          silence.heard();
          client.liveness.heard();
          heard = "something";
          if (line === "" || ended.is !== "closed" || this.#stopped) return;
          const head = eventHead(line);
          if (head !== undefined && sink.knows(head)) return this.#reached(head.resourceVersion);
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
          this.#reached(version);
        },
        giveWay,
      );
      // A server that ended the watch when it was meant to is the one that began it.
      if (client.clock.monotonic() >= endsAt) this.#place = "holds";
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
      await client.liveness.suspect();
      return { is: "failed", code: 0, why: whyNoAnswer(cause) };
    } finally {
      silence.end();
      this.#watching = undefined;
    }
  }
}

function asFailed(answer: Exclude<Answer, { is: "ok" }>): Ended {
  return answer.is === "unreachable"
    ? { is: "failed", code: 0, why: answer.why }
    : { is: "failed", code: answer.status.code, why: answer.status.message };
}

/** @returns undefined where the text says nothing */
function parsed(body: unknown): unknown {
  try {
    return JSON.parse(String(body));
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

function parse(text: string): unknown {
  return text.startsWith("{") ? (JSON.parse(text) as unknown) : text;
}
