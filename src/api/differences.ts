import type { Asker } from "../core/access/asker.ts";
import { type AppKey, sourcesOf } from "../core/model/application.ts";
import { revisionsIn } from "../core/model/hold.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { parseApiVersion } from "../core/model/kube-object.ts";
import { refKey, refOf } from "../core/model/object-ref.ts";
import type { ManagedResource } from "../engine/control.ts";
import { defined } from "../lib/defined.ts";
import { equalJson } from "../lib/equal-json.ts";
import { hashText } from "../lib/hash.ts";
import { ApiError } from "./api-error.ts";
import type { ApiContext } from "./context.ts";
import { difference } from "./difference.ts";
import { DIFF, DIFF_LINES, DIFF_PART, DIFF_PATCH } from "./differences-terms.ts";
import { keyFrom, orNotFound } from "./find-app.ts";
import { reply } from "./packed-reply.ts";
import type { Routes } from "./routes.ts";

/** What is held against what. `git`: as it is followed now; `revisions` by source, "" being its own. */
type Side = { is: "live" } | { is: "git"; revisions: string[] } | { is: "deployment"; id: number };

interface SidesAsked {
  base?: string;
  target?: string;
}

interface Compared {
  resources: readonly ManagedResource[];
  /** Commits or versions of the target, where it is not what is followed. */
  revisions?: readonly string[];
}

/** What differs line by line: between what is there and Git, or between two states of Git. */
export function differenceRoutes(routes: Routes, { control, diffs, looks }: ApiContext): void {
  const base = "/api/holdfast/v1/applications/:namespace/:name/diff";

  const manifestsOf = async (who: Asker, key: AppKey, side: Side, signal: AbortSignal) => {
    const revisions =
      side.is === "git" ? revisionsAsked(who, key, side.revisions) : revisionsOf(who, key, side);
    return orNotFound(await control.manifests(who, key, revisions, signal), `application ${key}`);
  };

  const revisionsOf = (who: Asker, key: AppKey, side: Side): string[] => {
    const entry = orNotFound(control.history(who, key), `application ${key}`).find(
      ({ id }) => side.is === "deployment" && id === side.id,
    );
    if (entry === undefined)
      throw new ApiError(
        "NotFound",
        `${key} has no deployment ${side.is === "deployment" ? side.id : ""}. See holdfast app history ${key}`,
      );
    return [...(entry.revisions ?? (entry.revision === undefined ? [] : [entry.revision]))];
  };

  /** One for each source, or none: which of them one name is meant for nobody can tell. */
  const revisionsAsked = (who: Asker, key: AppKey, revisions: readonly string[]): string[] => {
    if (revisions.every((one) => one === "")) return [];
    const app = control.application(who, key);
    const many = app === undefined ? revisions.length : sourcesOf(app.spec).length;
    // As a sync takes them: what is not named is as it is followed.
    if (revisions.length === many || (revisions.length > 1 && revisions.length < many)) return [...revisions];
    throw new ApiError(
      "InvalidArgument",
      many === 1
        ? `${key} has one source, and ${revisions.length} revisions were given: name one, as git@REVISION`
        : `${key} has ${many} sources, and ${revisions.length === 1 ? "one revision was" : `${revisions.length} revisions were`} given: name one for each in their order, as git@${Array.from({ length: many }, (_, at) => `REVISION${at + 1}`).join(",")}; an empty one is as it is followed`,
    );
  };

  /** What is known is told at once; another revision than that has its turn. */
  const compare = async (
    who: Asker,
    key: AppKey,
    { base = "live", target = "git" }: SidesAsked,
    signal: AbortSignal,
  ): Promise<Compared> => {
    const [from, to] = [sideOf(base), sideOf(target)];
    const what = `application ${key}`;
    if (to.is === "live")
      throw new ApiError("InvalidArgument", "target is live: what is there is compared as base=live");
    // Who may not see it takes nobody's place.
    if (control.application(who, key) === undefined) orNotFound({ is: "absent" }, what);
    if (from.is === "live" && to.is === "git") {
      const revisions = revisionsAsked(who, key, to.revisions);
      if (revisions.length === 0)
        return { resources: orNotFound(await control.managedResources(who, key), what) };
      return looks.hold(who, signal, async () =>
        orNotFound(await control.revisionDiff(who, key, revisions, signal), what),
      );
    }
    return looks.hold(who, signal, async () => {
      if (from.is === "live" && to.is === "deployment") {
        const { resources, deployment } = orNotFound(
          await control.rollbackPlan(who, key, to.id, signal),
          what,
        );
        return { resources, ...defined({ revisions: revisionsIn(deployment) }) };
      }
      const [before, after] = await Promise.all([
        manifestsOf(who, key, from, signal),
        manifestsOf(who, key, to, signal),
      ]);
      return {
        resources: betweenManifests(before.manifests, after.manifests),
        revisions: [after.revision],
      };
    });
  };

  /** Objects that a sync would change, field by field, with who set what is there. `?all=true` gives the others too. */
  routes.get(base, DIFF, async (c, who, { query }) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const { resources, revisions } = await compare(who, key, query, c.req.raw.signal);
    const items = resources.map(difference);
    return c.json({
      ...defined({ revisions }),
      items: query.all === true ? items : items.filter(({ change }) => change !== "none"),
    });
  });

  routes.get(`${base}/lines`, DIFF_LINES, async (c, who, { query }) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const { resources, revisions } = await compare(who, key, query, c.req.raw.signal);
    const items = await diffs.of(key, resources);
    const status = control.application(who, key)?.status;
    const tag = `"${hashText(JSON.stringify([revisions, items.map(({ id }) => id)]))}"`;
    const headers = {
      "content-type": "application/json",
      vary: "accept-encoding",
      etag: tag,
      ...(status?.reconciledAt === undefined ? {} : { "holdfast-compared": status.reconciledAt }),
    };
    if (c.req.header("if-none-match") === tag) return c.body(null, 304, headers);
    const revision = revisions === undefined ? status?.sync.revision : revisions[0];
    return reply(c, JSON.stringify({ revision, ...defined({ revisions }), items }), headers);
  });

  routes.get(`${base}/part`, DIFF_PART, async (c, who, { query }) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const { file, from, to } = query;
    const part = () => (to === undefined ? diffs.changes(key, file, from) : diffs.lines(key, file, from, to));
    // Who may not see it is told so whatever is kept.
    if (control.application(who, key) === undefined) orNotFound({ is: "absent" }, `application ${key}`);
    let found = part();
    if (found === undefined) {
      await diffs.of(key, (await compare(who, key, query, c.req.raw.signal)).resources);
      found = part();
    }
    if (found === undefined)
      throw new ApiError("FailedPrecondition", "it has changed since it was compared: refresh the diff", {
        details: { reason: "changed" },
      });
    return reply(c, JSON.stringify(found), { "content-type": "application/json", vary: "accept-encoding" });
  });

  routes.get(`${base}/patch`, DIFF_PATCH, async (c, who, { query }) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    // An empty text is of this type too.
    const headers = { "content-type": "text/plain; charset=utf-8" };
    const { resources } = await compare(who, key, query, c.req.raw.signal);
    return c.body(await diffs.patch(resources), 200, headers);
  });
}

/** @throws {ApiError} */
function sideOf(text: string): Side {
  const [is, rest = ""] = text.split(/@(.*)/s);
  if (text === "live") return { is: "live" };
  if (is === "git") return { is: "git", revisions: rest === "" ? [] : rest.split(",") };
  return { is: "deployment", id: Number(rest) };
}

/** Two states of Git, as if the first were there. */
function betweenManifests(before: readonly KubeObject[], after: readonly KubeObject[]): ManagedResource[] {
  const [was, becomes] = [byKey(before), byKey(after)];
  return [...new Set([...was.keys(), ...becomes.keys()])].sort().flatMap((key): ManagedResource[] => {
    const [live, target] = [was.get(key), becomes.get(key)];
    const one = target ?? live;
    if (one === undefined || equalJson(live, target)) return [];
    return [
      {
        ref: refOf(one),
        version: parseApiVersion(one.apiVersion).version,
        ...{ live, target, predicted: target },
        modified: true,
        hook: false,
        resourceVersion: "",
        fields: [],
      },
    ];
  });
}

function byKey(objects: readonly KubeObject[]): Map<string, KubeObject> {
  return new Map(objects.map((object) => [refKey(refOf(object)), object]));
}
