import type { ClusterScope } from "../core/model/cluster-entry.ts";
import { type GroupVersionKind, showApiVersion } from "../core/model/kube-object.ts";
import type { Followed, KindInfo } from "../core/ports/cluster.ts";
import { startTimer, type Timer } from "../lib/timer.ts";
import { type ApiClient, whyNoAnswer } from "./api-client.ts";
import { ClusterIdentity } from "./cluster-identity.ts";
import { Definitions } from "./definitions.ts";
import { descendantKinds, descendantWatch } from "./descendants.ts";
import type { Discovery } from "./discovery.ts";
import { kindName } from "./feed-sink.ts";
import { KindFeed } from "./kind-feed.ts";
import type { LiveIndex } from "./live-index.ts";

interface Wanted {
  /** As it asked. */
  asked: readonly GroupVersionKind[];
  /** What is watched for it, descendants included. */
  kinds: Set<string>;
  namespaces: readonly string[];
  /** Whether some kind that it asked for is not served, or was not when it asked. */
  lacks: "nothing" | "some";
}

interface LookedUp {
  asked: Map<string, KindInfo>;
  failed: Map<string, string>;
}

/** Which kinds are watched, and for whom. Kinds are `group/Kind` here: one watch shows every served version. */
export class LiveCache {
  readonly #feeds = new Map<string, KindFeed>();
  readonly #owners = new Map<string, Wanted>();
  /** Owner -> its calls of `follow` that still look up kinds: where it leaves meanwhile they follow nothing. */
  readonly #lookingUp = new Map<string, Set<AbortController>>();
  readonly #definitions: Definitions;
  readonly #identity: ClusterIdentity;
  readonly #listeners = new Set<(owners: readonly string[]) => void>();
  readonly #anothers = new Set<() => void>();
  #sweep: Timer | undefined;

  constructor(
    readonly client: ApiClient,
    readonly discovery: Discovery,
    readonly index: LiveIndex,
    readonly scope: ClusterScope,
  ) {
    this.#definitions = new Definitions(client, discovery, (definition) => {
      for (const { info } of this.#feeds.values())
        if (`${info.resource}.${info.group}` === definition) this.#feeds.get(kindName(info))?.listAnew();
    });
    this.#identity = new ClusterIdentity(client);
    discovery.onChange(() => this.#kindsChanged());
    client.liveness.onBack((failedAt) => this.#back(failedAt));
  }

  /** Kinds that come and go are noticed from now on, though nobody follows any. */
  followDefinitions(): void {
    this.#definitions.watch();
    this.#identity.learn();
  }

  /** Called when another cluster answers at the address, or one whose storage was emptied. */
  onAnother(listener: () => void): () => void {
    this.#anothers.add(listener);
    return () => this.#anothers.delete(listener);
  }

  /** What is known of the kind's definition, see `KindInfo.schema`. */
  schemaOf(info: KindInfo): string | undefined {
    return this.#definitions.schemaOf(info);
  }

  async follow(
    owner: string,
    kinds: readonly GroupVersionKind[],
    namespaces: readonly string[],
  ): Promise<Followed> {
    const left = new AbortController();
    this.#lookingUp.set(owner, (this.#lookingUp.get(owner) ?? new Set()).add(left));
    const { asked, failed } = await this.#lookUp(kinds).finally(() => this.#hasLookedUp(owner, left));
    if (left.signal.aborted) {
      for (const info of asked.values())
        failed.set(shown(info), `${shown(info)} is not followed for ${owner} any more`);
      return { failed };
    }
    const wanted = new Map<string, KindInfo>(asked);
    for (const info of asked.values()) {
      for (const below of descendantKinds(info)) {
        const served = wanted.has(below)
          ? undefined
          : this.discovery.preferred({
              group: below.slice(0, below.indexOf("/")),
              kind: below.slice(below.indexOf("/") + 1),
            });
        if (served !== undefined) wanted.set(below, served);
      }
    }
    this.followDefinitions();
    this.#release(owner, wanted);
    this.#owners.set(owner, {
      asked: kinds,
      kinds: new Set(wanted.keys()),
      namespaces,
      lacks: failed.size > 0 ? "some" : "nothing",
    });
    for (const [name, info] of wanted)
      this.#feed(name, info, asked.has(name) ? "object" : descendantWatch(name)).follow(owner, namespaces);
    await Promise.all(
      [...wanted.keys()].map(async (name) => {
        const why = await this.#ready(name, namespaces);
        // What descends is seen where it may be: nobody asked for it by name.
        const info = asked.get(name);
        if (why !== undefined && info !== undefined) failed.set(shown(info), why);
      }),
    );
    return { failed };
  }

  /** As the feed says that is there when it has said it: another may have taken its place meanwhile. */
  async #ready(name: string, namespaces: readonly string[]): Promise<string | undefined> {
    for (;;) {
      const feed = this.#feeds.get(name);
      if (feed === undefined) return `${name.replace(/^\//, "")} is not followed any more`;
      const why = await feed.ready(namespaces);
      if (this.#feeds.get(name) === feed) return why;
    }
  }

  #hasLookedUp(owner: string, call: AbortController): void {
    const calls = this.#lookingUp.get(owner);
    calls?.delete(call);
    if (calls?.size === 0) this.#lookingUp.delete(owner);
  }

  /** Which of the kinds can be watched, by `group/Kind`, and why the others cannot: all as of one generation of kinds. */
  async #lookUp(kinds: readonly GroupVersionKind[]): Promise<LookedUp> {
    for (;;) {
      const generation = this.discovery.generation;
      const found = await this.#lookUpOnce(kinds);
      // Nobody would tell this owner of a kind that came meanwhile: it is not among those who lack something yet.
      if (this.discovery.generation === generation) return found;
    }
  }

  async #lookUpOnce(kinds: readonly GroupVersionKind[]): Promise<LookedUp> {
    const failed = new Map<string, string>();
    const asked = new Map<string, KindInfo>();
    for (const gvk of kinds) {
      const name = `${gvk.group}/${gvk.kind}`;
      if (asked.has(name)) continue;
      const lookup = await this.discovery.kind(gvk);
      if (lookup.is === "known" && ["list", "watch"].every((verb) => lookup.info.verbs.includes(verb)))
        asked.set(name, lookup.info);
      else
        failed.set(
          shown(gvk),
          lookup.is === "known"
            ? `${shown(gvk)} can be neither listed nor watched`
            : lookup.is === "absent"
              ? `the cluster has no ${shown(gvk)}${gvk.version === "" ? "" : ` at ${showApiVersion(gvk)}`}`
              : lookup.why,
        );
    }
    return { asked, failed };
  }

  /** Lists anew what the owner follows. */
  async relist(owner: string): Promise<Followed> {
    await this.discovery.refresh();
    const wanted = this.#owners.get(owner);
    if (wanted === undefined) return { failed: new Map() };
    await Promise.all([...wanted.kinds].map((name) => this.#feeds.get(name)?.relist(wanted.namespaces)));
    // It may have gone, or want something else by now.
    const now = this.#owners.get(owner);
    return now === undefined ? { failed: new Map() } : this.follow(owner, now.asked, now.namespaces);
  }

  onKindsChange(listener: (owners: readonly string[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The server answers after it was silent. No watch sleeps on or stays silent, and where another cluster answers, or
   * one whose storage was emptied, nothing that was seen counts any more.
   */
  #back(failedAt: number): void {
    for (const feed of this.#feeds.values()) feed.renewIfSilent(failedAt);
    this.#definitions.renewIfSilent(failedAt);
    this.#identity.isAnother().then(
      (another) => {
        if (!another) return;
        for (const feed of this.#feeds.values()) feed.relistAll();
        for (const listener of this.#anothers) listener();
        this.#tell(() => true);
      },
      (cause: unknown) => {
        if (!this.client.ending.aborted)
          this.client.log.error("cluster identity cannot be told", { why: whyNoAnswer(cause) });
      },
    );
  }

  #tell(which: (wanted: Wanted) => boolean): void {
    const owners = [...this.#owners].flatMap(([owner, wanted]) => (which(wanted) ? [owner] : []));
    if (owners.length > 0) for (const listener of this.#listeners) listener(owners);
  }

  unfollow(owner: string): void {
    this.#release(owner, new Map());
    this.#owners.delete(owner);
    for (const call of this.#lookingUp.get(owner) ?? []) call.abort();
  }

  /** Whether the cache sees objects of this kind and namespace, so that a write's answer belongs into it. */
  covers(group: string, kind: string, namespace: string): boolean {
    return this.#feeds.get(`${group}/${kind}`)?.covers(namespace) ?? false;
  }

  /** Whether the cache shows all objects of a kind in a namespace ("": everywhere), as its watch goes on to tell. */
  shows({ group, kind }: { group: string; kind: string }, namespace: string): boolean {
    return this.#feeds.get(`${group}/${kind}`)?.shows(namespace) ?? false;
  }

  /** What stood in the way of kinds that cannot be watched may be gone. */
  retryNow(): void {
    for (const feed of this.#feeds.values()) feed.retryNow();
  }

  stop(): void {
    this.#sweep?.cancel();
    for (const feed of this.#feeds.values()) feed.stop();
    this.#definitions.stop();
  }

  /** A kind that was watched for its metadata alone is watched anew when somebody wants its objects. */
  #feed(name: string, info: KindInfo, want: "object" | "metadata"): KindFeed {
    const present = this.#feeds.get(name);
    if (present !== undefined && (present.want === want || want === "metadata")) return present;
    if (present !== undefined) {
      present.stop();
      this.index.drop(name);
    }
    const feed = this.#newFeed(info, want);
    this.#feeds.set(name, feed);
    if (present !== undefined) this.#followAgain(feed);
    return feed;
  }

  #newFeed(info: KindInfo, want: "object" | "metadata"): KindFeed {
    const name = `${info.group}/${info.kind}`;
    return new KindFeed(this.client, this.index, info, want, this.scope, () =>
      this.#tell(({ kinds }) => kinds.has(name)),
    );
  }

  #followAgain(feed: KindFeed): void {
    for (const [owner, { kinds, namespaces }] of this.#owners)
      if (kinds.has(feed.name)) feed.follow(owner, namespaces);
  }

  #release(owner: string, still: ReadonlyMap<string, unknown>): void {
    for (const name of this.#owners.get(owner)?.kinds ?? [])
      if (!still.has(name)) this.#feeds.get(name)?.unfollow(owner);
    this.#sweepLater();
  }

  #sweepLater(): void {
    const { dropAfterMs } = this.client.timings;
    this.#sweep ??= startTimer(dropAfterMs, () => {
      this.#sweep = undefined;
      const before = this.client.clock.monotonic() - dropAfterMs;
      for (const [name, feed] of this.#feeds) {
        if (feed.sweep(before) === "somebody") continue;
        this.#feeds.delete(name);
        this.client.log.info("kind is not watched any more", { kind: name });
      }
      if ([...this.#feeds.values()].some((feed) => feed.hasIdle)) this.#sweepLater();
    }).unref();
  }

  /** New kinds may end a failure; kinds that are gone, and known to be gone, take their objects along. */
  #kindsChanged(): void {
    const changed = new Set<string>();
    for (const [name, feed] of this.#feeds) {
      const { group, kind } = feed.info;
      const served = this.discovery.find(feed.info) ?? this.discovery.preferred({ group, kind });
      if (served !== undefined && isServedAs(served, feed.info)) feed.retryNow();
      else if (served !== undefined) {
        changed.add(name);
        feed.stop();
        // Its objects are not where they were: a kind of another scope is another kind.
        if (served.scope !== feed.info.scope) this.#forget(name);
        const next = this.#newFeed(served, feed.want);
        this.#feeds.set(name, next);
        this.#followAgain(next);
      } else if (!this.discovery.isBroken(group)) {
        changed.add(name);
        feed.stop();
        this.#feeds.delete(name);
        // Whoever followed it must follow it anew, should it come back.
        for (const wanted of this.#owners.values()) if (wanted.kinds.has(name)) wanted.lacks = "some";
        this.#forget(name);
      }
    }
    this.#tell(({ lacks, kinds }) => lacks === "some" || [...changed].some((name) => kinds.has(name)));
  }

  #forget(name: string): void {
    this.index.retain(name, new Set(), "", "as-it-is", () => true);
  }
}

function isServedAs(now: KindInfo, before: KindInfo): boolean {
  return now.version === before.version && now.resource === before.resource && now.scope === before.scope;
}

/** `Kind` in the core group, else `group/Kind`. */
function shown({ group, kind }: { group: string; kind: string }): string {
  return group === "" ? kind : `${group}/${kind}`;
}
