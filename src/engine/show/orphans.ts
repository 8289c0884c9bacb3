/** What lives beside an application in its namespace and is no application's, where its project wants to be told. */
import { MADE_BY_THE_WAY } from "../../core/plan/home-contents.ts";
import { orphansAmong, type Stray, straysIn, warnOfOrphans } from "../../core/plan/orphans.ts";
import { isFilteredOut } from "../../core/policy/resource-filters.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { Applications } from "../applications.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { refusedBy } from "../limits.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import type { WantedKeys } from "../target/wanted-keys.ts";

/** Looking asks for the metadata of every kind that there is, so it is not done at every event. */
const LOOK_EVERY_MS = 600_000;

export interface OrphanParts {
  ports: Pick<EnginePorts, "clock" | "settings" | "log">;
  applications: Applications;
  wanted: WantedKeys;
  /** What is known of it is other than before. */
  learnt(managed: ManagedApplication): void;
}

/** `at`: by a clock that is never set. */
interface Known {
  at: number;
  strays: readonly Stray[];
}

export class Orphans {
  readonly #parts: OrphanParts;
  readonly #known = new WeakMap<Cluster, Map<string, Known>>();
  readonly #looking = new WeakMap<Cluster, Map<string, Promise<void>>>();

  constructor(parts: OrphanParts) {
    this.#parts = parts;
  }

  /**
   * Begins a look where one is due; never waits for it.
   * @param age `now`: whatever is known
   * @returns when the next one is due, in milliseconds; undefined where its project wants none
   */
  look(
    managed: ManagedApplication,
    { cluster, ...snapshot }: Snapshot,
    age: "now" | "lately",
  ): number | undefined {
    const namespace = namespaceOf(snapshot);
    if (namespace === undefined) return undefined;
    const known = this.#of(cluster).get(namespace);
    const { clock } = this.#parts.ports;
    const left = known === undefined ? 0 : known.at + LOOK_EVERY_MS - clock.monotonic();
    if (age === "lately" && left > 0) return left;
    void this.#lookOnce(cluster, namespace).then(() => this.#parts.learnt(managed));
    return LOOK_EVERY_MS;
  }

  /** As was seen at the last look. */
  of(managed: ManagedApplication): readonly Stray[] {
    const { snapshot } = managed;
    const namespace = snapshot === undefined ? undefined : namespaceOf(snapshot);
    if (snapshot === undefined || namespace === undefined) return [];
    const { cluster, project } = snapshot;
    const { applications, wanted, ports } = this.#parts;
    const { resources } = ports.settings();
    return orphansAmong(
      this.#of(cluster).get(namespace)?.strays ?? [],
      project.spec.orphanedResources ?? {},
      {
        isApplication: (name) => applications.tracked(name) !== undefined,
        isWanted: (key) => wanted.wanting(cluster, key).length > 0,
        maySee: (ref) =>
          !isFilteredOut(ref, cluster, resources) && refusedBy(project, ref, cluster) === undefined,
      },
    );
  }

  warningOf(managed: ManagedApplication): string | undefined {
    const { snapshot } = managed;
    const namespace = snapshot === undefined ? undefined : namespaceOf(snapshot);
    if (snapshot === undefined || namespace === undefined) return undefined;
    return warnOfOrphans(this.of(managed), namespace, snapshot.project);
  }

  #of(cluster: Cluster): Map<string, Known> {
    const known = this.#known.get(cluster) ?? new Map<string, Known>();
    this.#known.set(cluster, known);
    return known;
  }

  /** Whoever asks while somebody looks is told the same. */
  #lookOnce(cluster: Cluster, namespace: string): Promise<void> {
    const looking = this.#looking.get(cluster) ?? new Map<string, Promise<void>>();
    this.#looking.set(cluster, looking);
    const begun =
      looking.get(namespace) ?? this.#lookInto(cluster, namespace).finally(() => looking.delete(namespace));
    looking.set(namespace, begun);
    return begun;
  }

  async #lookInto(cluster: Cluster, namespace: string): Promise<void> {
    const { ports } = this.#parts;
    const found = await cluster
      .inhabitants({ is: "namespace", name: namespace }, MADE_BY_THE_WAY, "lately")
      .catch((cause: unknown) => {
        ports.log.debug("orphaned resources are not known", { namespace, why: String(cause) });
        return undefined;
      });
    // What was not answered is no "nothing there": what was seen before stands until the next look.
    const isWhole = found?.unread.every(({ because }) => because !== "unreachable") ?? false;
    const strays =
      found !== undefined && isWhole
        ? straysIn(found, ports.settings())
        : (this.#of(cluster).get(namespace)?.strays ?? []);
    this.#of(cluster).set(namespace, { at: ports.clock.monotonic(), strays });
  }
}

/** @returns undefined where its project does not want to be told, or it has no namespace */
function namespaceOf({ app, project }: Pick<Snapshot, "app" | "project">): string | undefined {
  return project.spec.orphanedResources === undefined
    ? undefined
    : app.spec.destination.namespace || undefined;
}
