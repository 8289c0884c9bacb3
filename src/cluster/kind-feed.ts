import type { ClusterScope } from "../core/model/cluster-entry.ts";
import type { KindInfo } from "../core/ports/cluster.ts";
import type { ApiClient } from "./api-client.ts";
import { feedSink, kindName } from "./feed-sink.ts";
import type { LiveIndex } from "./live-index.ts";
import { ObjectStream } from "./object-stream.ts";
import type { StreamState } from "./stream-types.ts";

/** One followed kind: a stream over the whole cluster, or where that is forbidden one for each namespace in use. */
export class KindFeed {
  readonly #streams = new Map<string, ObjectStream>();
  readonly #followers = new Map<string, readonly string[]>();
  /** Namespace -> how many followers need it. */
  readonly #needed = new Map<string, number>();
  #scope: "cluster-wide" | "by-namespace";
  /** What streams begin as: those that take the place of one that was seen have something to lose. */
  #begins: StreamState = { is: "listing" };
  /** Since when nobody follows it. */
  idleSince: number | undefined;
  #isStopped = false;
  /** Who was told that it cannot be seen has to hear when it can, whatever the cause was. */
  #toldUnseen: "nobody" | "somebody" = "nobody";

  /** Empty is everywhere. */
  readonly namespaces: readonly string[];

  /** @param confined what the operator confined this cluster to */
  constructor(
    readonly client: ApiClient,
    readonly index: LiveIndex,
    readonly info: KindInfo,
    readonly want: "object" | "metadata",
    private readonly confined: ClusterScope,
    /** It is refused where it was seen, or seen where it was refused, or where somebody was told that it cannot be. */
    readonly onTurn: () => void = () => undefined,
  ) {
    this.namespaces = confined.is === "whole" ? [] : confined.namespaces;
    this.#scope = info.scope === "namespaced" && this.namespaces.length > 0 ? "by-namespace" : "cluster-wide";
  }

  /** `group/Kind`. */
  get name(): string {
    return kindName(this.info);
  }

  /** Adds or renews a follower. @param namespaces where its objects live */
  follow(owner: string, namespaces: readonly string[]): void {
    this.idleSince = undefined;
    this.#count(owner, namespaces);
    if (this.#isLeftOut()) return;
    if (this.#scope === "cluster-wide") this.#open("");
    else
      for (const namespace of this.namespaces.length === 0 ? namespaces : this.namespaces)
        this.#open(namespace);
  }

  unfollow(owner: string): void {
    this.#count(owner, []);
    this.#followers.delete(owner);
    if (this.#followers.size === 0) this.idleSince ??= this.client.clock.monotonic();
  }

  /** Whether something of it is watched that nobody needs. */
  get hasIdle(): boolean {
    return (
      this.idleSince !== undefined ||
      [...this.#streams.values()].some(({ idleSince }) => idleSince !== undefined)
    );
  }

  /** Ends what nobody has needed since `before` (`clock.monotonic()`). @returns whether anybody needs the rest */
  sweep(before: number): "nobody" | "somebody" {
    if (this.idleSince !== undefined && this.idleSince <= before) {
      this.stop();
      this.index.drop(this.name);
      return "nobody";
    }
    for (const [namespace, stream] of this.#streams) {
      if (stream.idleSince === undefined || stream.idleSince > before) continue;
      stream.stop();
      this.#streams.delete(namespace);
      this.index.drop(this.name, ({ ref }) => ref.namespace === namespace);
      this.client.log.info("kind is not watched any more", { kind: this.name, namespace });
    }
    return "somebody";
  }

  /** Who needs which namespace. A stream of one whose last follower left, or went elsewhere, is idle from now on. */
  #count(owner: string, namespaces: readonly string[]): void {
    const before = this.#followers.get(owner) ?? [];
    this.#followers.set(owner, namespaces);
    if (before === namespaces) return;
    for (const namespace of namespaces) this.#needed.set(namespace, (this.#needed.get(namespace) ?? 0) + 1);
    for (const namespace of before) {
      const left = (this.#needed.get(namespace) ?? 1) - 1;
      if (left > 0) this.#needed.set(namespace, left);
      else this.#needed.delete(namespace);
    }
    if (this.namespaces.length > 0) return;
    for (const namespace of [...before, ...namespaces]) {
      const stream = this.#streams.get(namespace);
      if (stream === undefined) continue;
      stream.idleSince = this.#needed.has(namespace)
        ? undefined
        : (stream.idleSince ?? this.client.clock.monotonic());
    }
  }

  /** Lists anew what covers these namespaces. @returns as `ready` does */
  async relist(namespaces: readonly string[]): Promise<string | undefined> {
    await Promise.all(this.#streamsFor(namespaces).map((stream) => stream.relist()));
    return this.ready(namespaces);
  }

  relistAll(): void {
    for (const stream of this.#streams.values()) void stream.relist();
  }

  /** Its objects look otherwise now, though nobody wrote to them. */
  listAnew(): void {
    this.index.doubt(this.name);
    this.relistAll();
  }

  /** The server is back after it was silent. */
  renewIfSilent(since: number): void {
    for (const stream of this.#streams.values()) stream.renewIfSilent(since);
  }

  /**
   * Waits for the first list. What ends before it was there has not shown that there is nothing.
   * @returns why the kind cannot be followed, undefined where it is
   */
  async ready(namespaces: readonly string[]): Promise<string | undefined> {
    if (this.#isLeftOut())
      return `${this.info.kind} has no namespace, and this cluster is confined to namespaces (${this.namespaces.join(", ")}) without clusterResources`;
    const outside =
      this.info.scope === "namespaced" && this.namespaces.length > 0
        ? namespaces.filter((namespace) => !this.namespaces.includes(namespace))
        : [];
    if (outside.length > 0)
      return `namespace ${outside.join(", ")} is outside of the namespaces that this cluster is confined to (${this.namespaces.join(", ")})`;
    for (;;) {
      const scope = this.#scope;
      const streams = this.#streamsFor(namespaces);
      await Promise.all(streams.map((stream) => stream.settled()));
      if (this.#scope !== scope) continue;
      for (const { state } of streams) {
        if (state.is !== "failed") continue;
        this.#toldUnseen = "somebody";
        return this.#sentence(state.code, state.why);
      }
      const isOver = this.#isStopped || streams.some(({ state }) => state.is === "listing");
      return isOver ? this.#sentence(0, "it is not followed any more") : undefined;
    }
  }

  #isLeftOut(): boolean {
    const { info, confined } = this;
    return (
      info.scope === "cluster" && confined.is === "namespaces" && confined.clusterResources === "left-out"
    );
  }

  /** Whether objects of this namespace are seen. */
  covers(namespace: string): boolean {
    return this.#streams.has("") || this.#streams.has(namespace);
  }

  /** Whether all objects of this namespace ("": everywhere) were listed, and are watched. */
  shows(namespace: string): boolean {
    return [this.#streams.get(""), this.#streams.get(namespace)].some(
      (stream) => stream?.state.is === "live",
    );
  }

  retryNow(): void {
    for (const stream of this.#streams.values()) if (stream.state.is === "failed") stream.retryNow();
  }

  /** For good. */
  stop(): void {
    this.#isStopped = true;
    for (const stream of this.#streams.values()) stream.stop();
    this.#streams.clear();
  }

  #streamsFor(namespaces: readonly string[]): ObjectStream[] {
    const wanted = this.#scope === "cluster-wide" ? [""] : namespaces;
    return wanted.flatMap((namespace) => this.#streams.get(namespace) ?? []);
  }

  #open(namespace: string): void {
    if (this.#streams.has(namespace)) return;
    let was = this.#begins;
    const stream: ObjectStream = new ObjectStream(
      this.client,
      this.info,
      namespace,
      this.want,
      feedSink(this.index, this.info, namespace, () => this.client.clock.now()),
      (state) => {
        if (
          state.is === "failed" &&
          state.code === 403 &&
          namespace === "" &&
          this.info.scope === "namespaced"
        )
          return this.#narrow(stream, was);
        // Without an answer (0) the connection is at fault, which concerns more than this kind.
        const refused = (of: StreamState): boolean => of.is === "failed" && of.code !== 0;
        const turned = was.is !== "listing" && refused(was) !== refused(state);
        was = state;
        const isSeenAgain = state.is === "live" && this.#toldUnseen === "somebody";
        if (isSeenAgain) this.#toldUnseen = "nobody";
        if (turned) this.index.recheck(this.name);
        if (turned || isSeenAgain) this.onTurn();
      },
    );
    this.#streams.set(namespace, stream);
    stream.start();
  }

  /** The whole cluster is forbidden: one stream for each namespace that somebody needs. */
  #narrow(wide: ObjectStream, was: StreamState): void {
    if (was.is === "live") this.#begins = was;
    wide.stop();
    this.#streams.delete("");
    this.#scope = "by-namespace";
    this.client.log.info("kind is watched by namespace", { kind: this.name });
    for (const [owner, namespaces] of [...this.#followers]) this.follow(owner, namespaces);
  }

  #sentence(code: number, why: string): string {
    const kind = `${this.name.startsWith("/") ? this.info.kind : this.name} cannot be watched`;
    if (code === 403)
      return `${kind}: no permission (${why}). Grant get, list and watch on ${this.info.resource}`;
    if (code === 404) return `${kind}: the server does not serve it at ${this.info.version} any more`;
    return `${kind}: ${why}`;
  }
}
