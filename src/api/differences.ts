import type { Asker } from "../core/access/asker.ts";
import type { AppKey } from "../core/model/application.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import { parseApiVersion } from "../core/model/kube-object.ts";
import { refKey, refOf } from "../core/model/object-ref.ts";
import type { ManagedResource } from "../engine/control.ts";
import { equalJson } from "../lib/equal-json.ts";
import { hashText } from "../lib/hash.ts";
import { ApiError } from "./api-error.ts";
import type { ApiContext } from "./context.ts";
import { DIFF_LINES, DIFF_PART, DIFF_PATCH } from "./differences-terms.ts";
import { keyFrom, orNotFound } from "./find-app.ts";
import { reply } from "./packed-reply.ts";
import type { Routes } from "./routes.ts";

/** What is held against what. `git`: as it is followed now. */
type Side = { is: "live" } | { is: "git"; revision: string } | { is: "deployment"; id: number };

/** What differs line by line: between what is there and Git, or between two states of Git. */
export function differenceRoutes(routes: Routes, { control, diffs }: ApiContext): void {
  const base = "/api/holdfast/v1/applications/:namespace/:name/diff";

  const manifestsOf = async (who: Asker, key: AppKey, side: Side): Promise<KubeObject[]> => {
    const revisions =
      side.is === "git" ? (side.revision === "" ? [] : [side.revision]) : revisionsOf(who, key, side);
    return orNotFound(await control.manifests(who, key, revisions), `application ${key}`).manifests;
  };

  const revisionsOf = (who: Asker, key: AppKey, side: Side): string[] => {
    const entry = orNotFound(control.history(who, key), `application ${key}`).find(
      ({ id }) => side.is === "deployment" && id === side.id,
    );
    if (entry === undefined)
      throw new ApiError(
        "InvalidArgument",
        `${key} has no deployment ${side.is === "deployment" ? side.id : ""}. See holdfast app history ${key}`,
      );
    return [...(entry.revisions ?? (entry.revision === undefined ? [] : [entry.revision]))];
  };

  const resourcesOf = async (
    who: Asker,
    key: AppKey,
    { base = "live", target = "git" }: { base?: string; target?: string },
  ): Promise<readonly ManagedResource[]> => {
    const [from, to] = [sideOf(base), sideOf(target)];
    const what = `application ${key}`;
    if (to.is === "live")
      throw new ApiError("InvalidArgument", "target is live: what is there is compared as base=live");
    if (from.is === "live" && to.is === "deployment")
      return orNotFound(await control.rollbackPlan(who, key, to.id), what).resources;
    if (from.is === "live" && to.is === "git" && to.revision === "")
      return orNotFound(await control.managedResources(who, key), what);
    if (from.is === "live")
      throw new ApiError(
        "InvalidArgument",
        `base is live, and target ${target} is a revision: what is there is compared with git or with a deployment. Compare revisions with base=git`,
      );
    const [before, after] = await Promise.all([manifestsOf(who, key, from), manifestsOf(who, key, to)]);
    return betweenManifests(before, after);
  };

  routes.get(`${base}/lines`, DIFF_LINES, async (c, who, { query }) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const items = await diffs.of(key, await resourcesOf(who, key, query));
    const status = control.application(who, key)?.status;
    const tag = `"${hashText(JSON.stringify(items.map(({ id }) => id)))}"`;
    const headers = {
      "content-type": "application/json",
      vary: "accept-encoding",
      etag: tag,
      ...(status?.reconciledAt === undefined ? {} : { "holdfast-compared": status.reconciledAt }),
    };
    if (c.req.header("if-none-match") === tag) return c.body(null, 304, headers);
    return reply(c, JSON.stringify({ revision: status?.sync.revision, items }), headers);
  });

  routes.get(`${base}/part`, DIFF_PART, async (c, who, { query }) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const { file, from, to } = query;
    const part = () => (to === undefined ? diffs.changes(key, file, from) : diffs.lines(key, file, from, to));
    // Who may not see it is told so whatever is kept.
    if (control.application(who, key) === undefined) orNotFound({ is: "absent" }, `application ${key}`);
    let found = part();
    if (found === undefined) {
      await diffs.of(key, await resourcesOf(who, key, query));
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
    return c.body(await diffs.patch(await resourcesOf(who, key, query)), 200, headers);
  });
}

/** @throws {ApiError} */
function sideOf(text: string): Side {
  const [is, rest = ""] = text.split(/@(.*)/s);
  if (text === "live") return { is: "live" };
  if (is === "git") return { is: "git", revision: rest };
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
