import type { Asker } from "../core/access/asker.ts";
import { type AppKey, type Application, keyOfApp } from "../core/model/application.ts";
import type { FoundResource } from "../core/model/found-resource.ts";
import { clusterOf } from "../core/model/listed-words.ts";
import { refKey } from "../core/model/object-ref.ts";
import { parseResourceQuery, resourceMatcher, resourceRank } from "../core/model/resource-query.ts";
import type { ResourceNode } from "../engine/control.ts";
import { defined, filled } from "../lib/defined.ts";
import { pauses } from "../lib/in-steps.ts";
import { ApiError } from "./api-error.ts";
import type { ApiContext } from "./context.ts";
import { OpenPlaces } from "./open-places.ts";
import { may, type Routes } from "./routes.ts";
import { REF } from "./terms/answers.ts";
import { json } from "./terms/terms.ts";
import { choice, list, optional, text, told, whole } from "./terms/wire.ts";

const MOST_ITEMS = 500;
const MOST_TYPED = 500;
/** Trees are read once for all who ask within so long: whoever types asks at every letter. */
const KNOWN_FOR_MS = 5_000;
/** Objects that are looked at before others may go first. */
const AT_ONCE = 500;
/** Searches at once. One that is left is ended, so that who types has one. */
const PLACES = { all: 12, each: 4, kept: 4 };

const SEARCH = {
  id: "findResources",
  says: "Objects of all applications that whoever asks may see, what others made of them, and orphans.",
  asks: may("applications", "get"),
  query: {
    q: optional(
      text({
        most: MOST_TYPED,
        says: "Words that stand in it, `kind:`, `group:`, `name:`, `ns:`, `image:`, `cluster:`, `app:`, `project:`, `sync:`, `health:`, `is:own`, `is:made`, `is:orphan`; `-` before one: not that.",
      }),
    ),
    limit: optional(whole({ least: 1, most: MOST_ITEMS, says: `Default 100, at most ${MOST_ITEMS}.` })),
    cursor: optional(whole({ says: "As the page before tells it." })),
  },
  answers: json(
    told({
      items: list(
        told({
          ...REF,
          is: choice(
            ["own", "made", "orphan"],
            "Git's or marked, made by others of such a one, or in its namespace and no application's.",
          ),
          application: text({ says: "`namespace/name`; of an orphan, one whose namespace it is in." }),
          project: text(),
          cluster: text({ says: "As `cluster:` has it, and the list of applications." }),
          sync: optional(text()),
          health: optional(text()),
          images: optional(list(text())),
          of: optional(
            told({ kind: text(), name: text() }, "The application's own object that it comes of."),
          ),
        }),
        { says: "What is called so first." },
      ),
      total: whole({ says: "That fit." }),
      cursor: optional(text({ says: "For the next page; absent on the last one." })),
    }),
  ),
} as const;

/**
 * `GET /api/holdfast/v1/resources?q=kind:pod web`: from memory, no cluster is asked. Of applications that one may not see
 * nothing is found, and nothing is counted.
 */
export function foundResourceRoutes(routes: Routes, context: ApiContext): void {
  const places = new OpenPlaces("searches are being answered", PLACES);
  const trees = new KnownTrees(context);

  routes.get(
    "/api/holdfast/v1/resources",
    SEARCH,
    async (c, who, { query: { q = "", limit = 100, cursor = 0 } }) => {
      const leave = places.take(who);
      try {
        const found = await search(context, who, trees, q, c.req.raw.signal);
        // It may have taken a while: what was taken from them meanwhile is not told.
        const seen = new Set(context.control.applications(who).map(keyOfApp));
        const still = found.filter(({ application }) => seen.has(application));
        const next = cursor + limit;
        return c.json({
          items: still.slice(cursor, next),
          total: still.length,
          ...(next < still.length ? { cursor: String(next) } : {}),
        });
      } catch (cause) {
        // Whoever left it reads nothing, and nothing is wrong.
        if (c.req.raw.signal.aborted) throw new ApiError("Unavailable", "the search was left");
        throw cause;
      } finally {
        leave();
      }
    },
  );
}

async function search(
  { control }: ApiContext,
  who: Asker,
  trees: KnownTrees,
  line: string,
  signal: AbortSignal,
): Promise<FoundResource[]> {
  const query = parseResourceQuery(line);
  const [fits, rank] = [resourceMatcher(query), resourceRank(query)];
  const found: FoundResource[][] = [[], [], []];
  const orphans = new Set<string>();
  const pause = pauses();
  trees.forget();
  for (const app of control.applications(who)) {
    await pause();
    signal.throwIfAborted();
    for (const [at, resource] of trees.of(who, app).entries()) {
      // One application may have very many.
      if (at % AT_ONCE === AT_ONCE - 1) await pause();
      if (!fits(resource)) continue;
      if (resource.is === "orphan") {
        // Several applications may be in its namespace.
        const key = `${resource.cluster} ${refKey(resource)}`;
        if (orphans.has(key)) continue;
        orphans.add(key);
      }
      found[rank(resource)]?.push(resource);
    }
  }
  return found.flat();
}

/** What each application has, as it was read last. */
class KnownTrees {
  readonly #known = new Map<AppKey, { at: number; resources: readonly FoundResource[] }>();

  constructor(private readonly context: Pick<ApiContext, "control">) {}

  /** What is old: of applications that are gone too. */
  forget(): void {
    const now = performance.now();
    for (const [key, { at }] of this.#known) if (now - at >= KNOWN_FOR_MS) this.#known.delete(key);
  }

  /** @param app that is to be seen by whoever asks */
  of(who: Asker, app: Application): readonly FoundResource[] {
    const key = keyOfApp(app);
    const known = this.#known.get(key);
    const now = performance.now();
    if (known !== undefined && now - known.at < KNOWN_FOR_MS) return known.resources;
    const { control } = this.context;
    const [tree, orphans] = [control.resourceTree(who, key), control.orphanedResources(who, key)];
    const resources = resourcesOf(
      app,
      tree.is === "found" ? tree.value : [],
      orphans.is === "found" ? orphans.value : [],
    );
    this.#known.set(key, { at: now, resources });
    return resources;
  }
}

function resourcesOf(
  app: Application,
  nodes: readonly ResourceNode[],
  orphans: readonly ResourceNode[],
): FoundResource[] {
  const common = {
    application: keyOfApp(app),
    project: app.spec.project,
    cluster: clusterOf(app),
  };
  const own = new Map(
    (app.status?.resources ?? []).map((row) => {
      const { group = "", kind, namespace = "", name } = row;
      const ref = { group, kind, namespace, name };
      return [refKey(ref), { ref, row }] as const;
    }),
  );
  /** Which own object what others made comes of: parents stand before their children. */
  const roots = new Map<string, { kind: string; name: string }>();
  const found = nodes.map(({ ref, uid, parents: [parent], images, health }): FoundResource => {
    const entry = own.get(refKey(ref));
    own.delete(refKey(ref));
    const root =
      parent === undefined ? undefined : (roots.get(parent.uid) ?? { kind: parent.kind, name: parent.name });
    if (uid !== undefined) roots.set(uid, root ?? { kind: ref.kind, name: ref.name });
    return {
      ...ref,
      is: entry === undefined && root !== undefined ? "made" : "own",
      ...common,
      ...defined({
        sync: entry?.row.status,
        health: entry?.row.health?.status ?? health?.status,
        of: root,
      }),
      ...filled({ images: [...images] }),
    };
  });
  // What Git wants and what nobody watches yet.
  const others = [...own.values()].map(
    ({ ref, row }): FoundResource => ({
      ...ref,
      is: "own",
      ...common,
      ...defined({ sync: row.status, health: row.health?.status }),
    }),
  );
  const strays = orphans.map(({ ref }): FoundResource => ({ ...ref, is: "orphan", ...common }));
  return [...found, ...others, ...strays];
}
