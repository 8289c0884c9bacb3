/** What lives in Namespaces and definitions that are to go, besides what is the application's. */
import type { Claimant } from "../../core/compare/index.ts";
import type { HomeContents } from "../../core/model/home-contents.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import type { RefKey } from "../../core/model/object-ref.ts";
import type { Project } from "../../core/model/project.ts";
import { contentsOf, homeOf, MADE_BY_THE_WAY } from "../../core/plan/home-contents.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import { refusedBy } from "../limits.ts";

/** What is only shown may be so old: looking into a Namespace asks for every kind that there is. */
const SHOWN_FOR_MS = 30_000;

/** Where it is looked, and what the application may know of what is found. */
interface Place {
  cluster: Cluster;
  project: Project;
}

/** Remembers for a moment what was found, for whoever only shows it. */
export class Homes {
  readonly #found = new WeakMap<Cluster, Map<string, { at: number; contents: HomeContents }>>();

  constructor(private readonly clock: Pick<Clock, "monotonic">) {}

  /**
   * What the project does not permit to be deleted is not looked into.
   * @param age `now`: something is deleted by it. `lately`: it is shown
   * @param also uids that are the application's business too
   */
  async look(
    all: readonly LiveObject[],
    { cluster, project }: Place,
    us: Claimant,
    age: "now" | "lately",
    also: ReadonlySet<string> = new Set(),
  ): Promise<Map<RefKey, HomeContents>> {
    const homes = all.flatMap((live) => {
      const home = homeOf(live);
      return home === undefined || refusedBy(project, live.ref, cluster) !== undefined
        ? []
        : [{ live, home }];
    });
    if (homes.length === 0) return new Map();
    const ours = new Set([...cluster.trackedBy(us.app).map(({ uid }) => uid), ...also]);
    const known = this.#fresh(cluster);
    const looked = await Promise.all(
      homes.map(async ({ live, home }): Promise<[RefKey, HomeContents]> => {
        const name = `${us.app} ${live.uid}`;
        const before = age === "lately" ? known.get(name) : undefined;
        if (before !== undefined) return [live.key, before.contents];
        const found = await cluster.inhabitants(home, MADE_BY_THE_WAY, age);
        const contents = contentsOf(found, {
          us,
          ours,
          maySee: (ref) => refusedBy(project, ref, cluster) === undefined,
        });
        known.set(name, { at: this.clock.monotonic(), contents });
        return [live.key, contents];
      }),
    );
    return new Map(looked);
  }

  #fresh(cluster: Cluster): Map<string, { at: number; contents: HomeContents }> {
    const known = this.#found.get(cluster) ?? new Map();
    this.#found.set(cluster, known);
    const before = this.clock.monotonic() - SHOWN_FOR_MS;
    for (const [name, { at }] of known) if (at <= before) known.delete(name);
    return known;
  }
}
