import { type GroupVersionKind, showApiVersion } from "../core/model/kube-object.ts";
import type { Followed, KindInfo, KindLookup } from "../core/ports.ts";
import type { ApiClient } from "./api-client.ts";
import { descendantKinds, descendantWatch } from "./descendants.ts";
import type { Discovery } from "./discovery.ts";
import { KindFeed } from "./kind-feed.ts";
import type { LiveIndex } from "./live-index.ts";
import { ObjectStream, type Sink } from "./object-stream.ts";

/** Changes of these change what kinds there are. Their metadata is enough to notice it. */
const DEFINITIONS: readonly { group: string; kind: string }[] = [
  { group: "apiextensions.k8s.io", kind: "CustomResourceDefinition" },
  { group: "apiregistration.k8s.io", kind: "APIService" },
];

interface Wanted {
  kinds: Set<string>;
  namespaces: readonly string[];
  /** Whether some kind that it asked for is not served, or was not when it asked. */
  lacks: "nothing" | "some";
}

/** Which kinds are watched, and for whom. Kinds are `group/Kind` here: one watch shows every served version. */
export class LiveCache {
  readonly #feeds = new Map<string, KindFeed>();
  readonly #owners = new Map<string, Wanted>();
  readonly #definitions: ObjectStream[] = [];
  readonly #listeners = new Set<(owners: readonly string[]) => void>();
  #sweep: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly client: ApiClient,
    readonly discovery: Discovery,
    readonly index: LiveIndex,
    readonly namespaces: readonly string[],
  ) {
    discovery.onChange(() => this.#kindsChanged());
    // No watch sleeps on while the server answers: what is seen by then would be old.
    client.onBack(() => {
      for (const feed of this.#feeds.values()) feed.retryNow();
      for (const stream of this.#definitions) stream.retryNow();
    });
  }

  async follow(
    owner: string,
    kinds: readonly GroupVersionKind[],
    namespaces: readonly string[],
  ): Promise<Followed> {
    const failed = new Map<string, string>();
    const asked = new Map<string, KindInfo>();
    for (const gvk of kinds) {
      const name = `${gvk.group}/${gvk.kind}`;
      if (asked.has(name)) continue;
      const lookup = await this.#lookUp(gvk);
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
    this.#watchDefinitions();
    this.#release(owner, wanted);
    this.#owners.set(owner, {
      kinds: new Set(wanted.keys()),
      namespaces,
      lacks: failed.size > 0 ? "some" : "nothing",
    });
    for (const [name, info] of wanted)
      this.#feed(name, info, asked.has(name) ? "object" : descendantWatch(name)).follow(owner, namespaces);
    await Promise.all(
      [...wanted.keys()].map(async (name) => {
        const why = await this.#feeds.get(name)?.ready(namespaces);
        // What descends is seen where it may be: nobody asked for it by name.
        const info = asked.get(name);
        if (why !== undefined && info !== undefined) failed.set(shown(info), why);
      }),
    );
    return { failed };
  }

  /** A kind that is only remembered has no version: the server's preferred one shows the same objects. */
  async #lookUp(gvk: GroupVersionKind): Promise<KindLookup> {
    if (gvk.version !== "") return this.discovery.kind(gvk);
    await this.discovery.facts();
    const info = this.discovery.preferred(gvk);
    return info === undefined ? { is: "absent" } : { is: "known", info };
  }

  onKindsChange(listener: (owners: readonly string[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(which: (wanted: Wanted) => boolean): void {
    const owners = [...this.#owners].flatMap(([owner, wanted]) => (which(wanted) ? [owner] : []));
    if (owners.length > 0) for (const listener of this.#listeners) listener(owners);
  }

  unfollow(owner: string): void {
    this.#release(owner, new Map());
    this.#owners.delete(owner);
  }

  /** Whether the cache sees objects of this kind and namespace, so that a write's answer belongs into it. */
  covers(group: string, kind: string, namespace: string): boolean {
    return this.#feeds.get(`${group}/${kind}`)?.covers(namespace) ?? false;
  }

  stop(): void {
    clearTimeout(this.#sweep);
    for (const feed of this.#feeds.values()) feed.stop();
    for (const stream of this.#definitions) stream.stop();
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
    return new KindFeed(this.client, this.index, info, want, this.namespaces, () =>
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
    if (
      this.#sweep === undefined &&
      [...this.#feeds.values()].some(({ idleSince }) => idleSince !== undefined)
    )
      this.#sweepLater();
  }

  #sweepLater(): void {
    this.#sweep = setTimeout(() => {
      this.#sweep = undefined;
      const now = this.client.clock.now();
      let idle = 0;
      for (const [name, feed] of this.#feeds) {
        if (feed.idleSince === undefined) continue;
        if (now - feed.idleSince < this.client.timings.dropAfterMs) {
          idle++;
          continue;
        }
        feed.stop();
        this.#feeds.delete(name);
        this.index.drop(name);
        this.client.log.info("kind is not watched any more", { kind: name });
      }
      if (idle > 0) this.#sweepLater();
    }, this.client.timings.dropAfterMs);
    this.#sweep.unref?.();
  }

  #watchDefinitions(): void {
    if (this.#definitions.length > 0) return;
    for (const definition of DEFINITIONS) {
      const info = this.discovery.preferred(definition);
      if (info === undefined) continue;
      const stream = new ObjectStream(this.client, info, "", "metadata", this.#hints());
      this.#definitions.push(stream);
      stream.start();
    }
  }

  /** Whatever happens to a definition after the first list hints at new kinds. */
  #hints(): Sink {
    let listed: "not-yet" | "yes" = "not-yet";
    const hint = (): void => {
      if (listed === "yes") this.discovery.refreshSoon();
    };
    return { listing: () => undefined, put: hint, deleted: hint, listed: () => (listed = "yes") };
  }

  /** New kinds may end a failure; kinds that are gone, and known to be gone, take their objects along. */
  #kindsChanged(): void {
    for (const [name, feed] of this.#feeds) {
      const { group, version, kind } = feed.info;
      const served = this.discovery.find(feed.info) ?? this.discovery.preferred({ group, kind });
      if (served?.version === version && served.resource === feed.info.resource) feed.retryNow();
      else if (served !== undefined) {
        feed.stop();
        const next = this.#newFeed(served, feed.want);
        this.#feeds.set(name, next);
        this.#followAgain(next);
      } else if (!this.discovery.isBroken(group)) {
        feed.stop();
        this.#feeds.delete(name);
        // Whoever followed it must follow it anew, should it come back.
        for (const wanted of this.#owners.values()) if (wanted.kinds.has(name)) wanted.lacks = "some";
        this.index.retain(name, new Set(), "", "as-it-is", () => true);
      }
    }
    this.#tell(({ lacks }) => lacks === "some");
  }
}

/** `Kind` in the core group, else `group/Kind`. */
function shown({ group, kind }: { group: string; kind: string }): string {
  return group === "" ? kind : `${group}/${kind}`;
}
