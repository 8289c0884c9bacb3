import { Failure } from "../core/model/failure.ts";
import { type GroupVersionKind, parseApiVersion, showApiVersion } from "../core/model/kube-object.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { ClusterFacts, KindInfo, KindLookup } from "../core/ports/cluster.ts";
import type { Log } from "../core/ports/log.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { type Answer, type ApiClient, whyNoAnswer } from "./api-client.ts";
import {
  type AggregatedList,
  apiVersionsOf,
  type ClassicList,
  type Discovered,
  KindIndex,
  readAggregated,
  readClassic,
  signature,
} from "./discovery-documents.ts";
import type { Turn } from "./in-flight.ts";

const AGGREGATED =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

const NOTHING_BROKEN: ReadonlyMap<string, string> = new Map();

type Outcome = { is: "ok" } | { is: "failed"; why: string; auth: "refused" | "fine" };

const TURN: Turn = { owner: "discovery", urgency: "sync" };

/** What the server serves. One document for all groups where it can; a broken group keeps what was last known of it. */
export class Discovery {
  #known: Discovered | undefined;
  #kinds = new KindIndex({ versions: new Map() });
  #facts: ClusterFacts | undefined;
  #generation = 0;
  readonly #etags = new Map<string, string>();
  #refreshing: Promise<Outcome> | undefined;
  #beganAt = -Infinity;
  #endedAt = -Infinity;
  #hintedAt = -Infinity;
  #last: Outcome = { is: "ok" };
  readonly #listeners = new Set<() => void>();

  constructor(
    readonly client: ApiClient,
    readonly cluster: string,
    readonly clock: Clock,
    readonly log: Log,
  ) {}

  /** From memory. */
  get kubeVersion(): string | undefined {
    return this.#facts?.kubeVersion;
  }

  /** Another number whenever a kind came, went, or is served in another way. */
  get generation(): number {
    return this.#generation;
  }

  /** `group/version` -> why its kinds could not be listed. */
  get undiscovered(): ReadonlyMap<string, string> {
    return this.#known?.broken ?? NOTHING_BROKEN;
  }

  /** Called after each refresh that found something new, in kinds or in what could not be discovered. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws {Failure} cluster-unreachable, cluster-auth */
  async facts(): Promise<ClusterFacts> {
    if (this.#facts === undefined) {
      const outcome = await this.refresh();
      if (outcome.is === "failed") throw this.#failure(outcome);
    }
    if (this.#facts === undefined)
      throw this.#failure({ is: "failed", why: "it tells no version", auth: "fine" });
    return this.#facts;
  }

  /**
   * Asks the server anew where the kind is unknown, at most once in `discoverEveryMs`.
   * @param gvk without a version ("") the one that the server prefers
   */
  async kind(gvk: GroupVersionKind): Promise<KindLookup> {
    const known = this.find(gvk);
    if (known !== undefined) return { is: "known", info: known };
    await this.#refreshStale();
    // One that was under way already may have been answered before a definition changed.
    if (this.find(gvk) === undefined) await this.#refreshStale();
    if (this.#last.is === "failed") return { is: "unreachable", why: this.#last.why };
    const info = this.find(gvk);
    if (info !== undefined) return { is: "known", info };
    for (const [version, why] of this.undiscovered) {
      const { group } = parseApiVersion(version);
      if (group === gvk.group && (gvk.version === "" || version === showApiVersion(gvk)))
        return { is: "unreachable", why: `kinds of ${version} are not known: ${why}`, group };
    }
    return { is: "absent" };
  }

  /** A definition changed: what is known may be old. */
  hint(): void {
    this.#hintedAt = this.clock.monotonic();
  }

  async #refreshStale(): Promise<void> {
    if (
      this.#refreshing !== undefined ||
      this.#hintedAt >= this.#beganAt ||
      this.clock.monotonic() - this.#endedAt >= this.client.timings.discoverEveryMs
    )
      await this.refresh();
  }

  /** From memory. Version "" is the preferred one. */
  find(gvk: GroupVersionKind): KindInfo | undefined {
    return this.#kinds.find(gvk);
  }

  /** From memory: the kind at the version that the server prefers. */
  preferred({ group, kind }: { group: string; kind: string }): KindInfo | undefined {
    return this.#kinds.find({ group, version: "", kind });
  }

  /** From memory: every kind whose objects live in namespaces, at the version that the server prefers. */
  namespaced(): KindInfo[] {
    return this.#kinds.preferred().filter(({ scope }) => scope === "namespaced");
  }

  /** Whether the last look at the group failed, so that nothing is known about what it lacks. */
  isBroken(group: string): boolean {
    return [...(this.#known?.broken.keys() ?? [])].some(
      (version) => parseApiVersion(version).group === group,
    );
  }

  /** Calls that come while one runs share it. */
  refresh(): Promise<Outcome> {
    if (this.#refreshing === undefined) {
      this.#beganAt = this.clock.monotonic();
      this.#refreshing = this.#load()
        .then((outcome) => (this.#last = outcome))
        .finally(() => {
          this.#endedAt = this.clock.monotonic();
          this.#refreshing = undefined;
        });
    }
    return this.#refreshing;
  }

  /** For whom nobody waits. */
  refreshLogged(): void {
    this.refresh().then(
      (outcome) => {
        if (outcome.is === "failed") this.log.warn("discovery failed", { why: outcome.why });
      },
      (cause: unknown) => {
        if (!this.client.ending.aborted) this.log.error("discovery fell over", { why: whyNoAnswer(cause) });
      },
    );
  }

  async #load(): Promise<Outcome> {
    let [core, groups] = await Promise.all([this.#get("/api"), this.#get("/apis")]);
    if (core.is === "ok" && groups.is === "ok") {
      if (core.code === 304 && groups.code === 304) return { is: "ok" };
      // The documents are not kept: they are many times the size of what is read out of them.
      if (core.code === 304) core = await this.#get("/api", "whole");
      if (groups.code === 304) groups = await this.#get("/apis", "whole");
    }
    if (core.is !== "ok") return failed(core);
    if (groups.is !== "ok") return failed(groups);
    const documents = [core.body, groups.body];
    const found = documents.every(isAggregated)
      ? readAggregated(documents)
      : isOfKind(core.body, "APIVersions") && isOfKind(groups.body, "APIGroupList")
        ? await this.#classic(core.body, groups.body)
        : undefined;
    // What a proxy says in the server's place would have every kind gone, and its objects with it.
    if (found === undefined)
      return { is: "failed", why: "the answer is no list of the kinds that it serves", auth: "fine" };
    keepKnown(found, this.#known);
    const version = await this.client.ask({
      verb: "discover",
      kind: "",
      method: "GET",
      path: "/version",
      afterCut: "again",
      turn: TURN,
    });
    if (version.is !== "ok") return failed(version);
    const facts = {
      kubeVersion: (version.body as { gitVersion: string }).gitVersion,
      apiVersions: apiVersionsOf(found),
    };
    const kinds = this.#known === undefined || signature(found) !== signature(this.#known),
      broken = showBroken(found) !== showBroken(this.#known);
    this.#known = found;
    this.#kinds = new KindIndex(found);
    if (kinds) this.#generation++;
    if (kinds || this.#facts?.kubeVersion !== facts.kubeVersion) this.#facts = facts;
    if (kinds || broken) {
      for (const [group, why] of found.broken)
        this.log.warn("API group cannot be discovered", { group, why });
      for (const listener of this.#listeners) listener();
    }
    return { is: "ok" };
  }

  async #get(path: string, want: "if-changed" | "whole" = "if-changed"): Promise<Answer> {
    const etag = want === "whole" || this.#facts === undefined ? undefined : this.#etags.get(path);
    const answer = await this.client.ask({
      verb: "discover",
      kind: "",
      method: "GET",
      path,
      accept: AGGREGATED,
      afterCut: "again",
      turn: TURN,
      ...defined({ etag }),
    });
    const tag = answer.is === "ok" ? answer.headers.get("etag") : null;
    if (tag !== null) this.#etags.set(path, tag);
    return answer;
  }

  /** Servers before 1.27, and proxies that do not know the aggregated form: one request for each group and version. */
  async #classic(core: unknown, groups: unknown): Promise<Discovered> {
    const found: Discovered = { versions: new Map(), broken: new Map() };
    const wanted = [
      ...((core as { versions?: string[] }).versions ?? []).map((version) => ({ group: "", version })),
      ...(
        (
          groups as {
            groups?: {
              name: string;
              preferredVersion?: { version: string };
              versions?: { version: string }[];
            }[];
          }
        ).groups ?? []
      ).flatMap(({ name, preferredVersion, versions = [] }) =>
        versions
          .map(({ version }) => version)
          .sort((a, b) => Number(b === preferredVersion?.version) - Number(a === preferredVersion?.version))
          .map((version) => ({ group: name, version })),
      ),
    ];
    const answers = await Promise.all(
      wanted.map(({ group, version }) =>
        this.client.ask({
          verb: "discover",
          kind: "",
          method: "GET",
          path: group === "" ? `/api/${version}` : `/apis/${group}/${version}`,
          afterCut: "again",
          turn: TURN,
        }),
      ),
    );
    for (const [at, answer] of answers.entries()) {
      const { group = "", version = "" } = wanted[at] ?? {};
      const name = showApiVersion({ group, version });
      if (answer.is !== "ok")
        found.broken.set(name, answer.is === "status" ? answer.status.message : answer.why);
      else if (isOfKind(answer.body, "APIResourceList"))
        found.versions.set(name, readClassic(group, version, answer.body as ClassicList));
      else found.broken.set(name, "the answer is no list of its kinds");
    }
    return found;
  }

  #failure({ why, auth }: Extract<Outcome, { is: "failed" }>): Failure {
    return auth === "refused"
      ? new Failure("cluster-auth", `cluster ${this.cluster}`, "backoff", {
          cannot: "discover what it serves",
          why,
          fix: "Renew the credentials in its kubeconfig",
        })
      : new Failure("cluster-unreachable", `cluster ${this.cluster}`, "backoff", {
          cannot: "discover what it serves",
          why,
          fix: "Check its address and the network between",
        });
  }
}

function failed(answer: Exclude<Answer, { is: "ok" }>): Outcome {
  if (answer.is === "unreachable") return { is: "failed", why: answer.why, auth: "fine" };
  return {
    is: "failed",
    why: answer.status.message,
    auth: answer.status.code === 401 || answer.status.code === 403 ? "refused" : "fine",
  };
}

const isAggregated = (body: unknown): body is AggregatedList => isOfKind(body, "APIGroupDiscoveryList");

function isOfKind(body: unknown, kind: string): boolean {
  return isMapping(body) && body["kind"] === kind;
}

/** Which groups could not be discovered, and why. */
function showBroken(discovered: Discovered | undefined): string {
  return [...(discovered?.broken ?? [])]
    .map((entry) => entry.join(" "))
    .sort()
    .join("\n");
}

/** What was known of a group that does not answer now stays known: its kinds are served or not, we cannot tell. */
function keepKnown(found: Discovered, before: Discovered | undefined): void {
  for (const version of found.broken.keys()) {
    const known = before?.versions.get(version);
    if (known !== undefined && (found.versions.get(version)?.length ?? 0) === 0)
      found.versions.set(version, known);
  }
}
