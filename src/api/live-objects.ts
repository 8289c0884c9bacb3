import type { Asker } from "../core/access/asker.ts";
import { keyOfApp } from "../core/model/application.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { ObjectDeletion, ObjectPatch } from "../core/model/live-request.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { ApiError, refused } from "./api-error.ts";
import { describe } from "./applications.ts";
import type { ApiContext } from "./context.ts";
import { appName, findApp, orNotFound } from "./find-app.ts";
import { parseJson } from "./read-json.ts";
import { OBJECT_NAME, refFrom } from "./resource-actions.ts";
import { may, type Routes } from "./routes.ts";
import { DONE, json } from "./terms/terms.ts";
import { anything, choice, optional, text, told } from "./terms/wire.ts";

const PATH = "/api/v1/applications/:name/resource";
const MANIFEST = json(told({ manifest: text({ says: "The object as JSON in a text, masked." }) }));
const YES_OR_NO = ["true", "false"] as const;
const GET = {
  id: "getResource",
  says: "One object as its cluster has it, masked.",
  asks: may("applications", "get"),
  query: OBJECT_NAME,
  answers: MANIFEST,
} as const;
const PATCH = {
  id: "patchResource",
  says: "Changes one object on its cluster.",
  asks: may("applications", "update"),
  query: {
    ...OBJECT_NAME,
    patchType: optional(
      text({
        says: "`application/merge-patch+json`, which is the default, or `application/json-patch+json`.",
      }),
    ),
  },
  body: anything("The patch, or the patch as JSON in a text."),
  answers: MANIFEST,
} as const;
const DELETE = {
  id: "deleteResource",
  says: "Deletes one object on its cluster.",
  asks: may("applications", "delete"),
  query: {
    ...OBJECT_NAME,
    propagationPolicy: optional(
      text({ says: "`foreground`, which is the default, `background` or `orphan`." }),
    ),
    orphan: optional(choice(YES_OR_NO, "The same as the policy `orphan`.")),
    force: optional(choice(YES_OR_NO, "What runs gets no time to end.")),
    uid: optional(text({ says: "Where it is another one by now, nothing is deleted." })),
    resourceVersion: optional(text({ says: "Where it is another one by now, nothing is deleted." })),
  },
  answers: DONE,
} as const;

/** One object of an application as its cluster has it, at Argo CD's path: shown, patched, deleted. */
export function liveObjectRoutes(routes: Routes, { control }: ApiContext): void {
  routes.get(PATH, GET, async (c, who) => {
    const query = c.req.query();
    const app = findApp(control, who, appName(c.req.param("name"), query));
    const object = orNotFound(await control.liveObject(who, keyOfApp(app), refFrom(query)), describe(app));
    return c.json(shown(object));
  });

  // Argo CD's clients POST it.
  routes.post(PATH, PATCH, async (c, who, { body }) =>
    c.json(shown(await patch(who, c.req.param("name"), c.req.query(), body))),
  );
  routes.patch(PATH, { ...PATCH, id: "patchResourceByPatch" }, async (c, who, { body }) =>
    c.json(shown(await patch(who, c.req.param("name"), c.req.query(), body))),
  );

  routes.delete(PATH, DELETE, async (c, who) => {
    const query = c.req.query();
    const app = findApp(control, who, appName(c.req.param("name"), query));
    const done = await control.deleteObject(who, keyOfApp(app), {
      ref: refFrom(query),
      ...deletion(query),
      actor: who.actor,
    });
    if (done.is !== "deleted") throw refused(done, describe(app));
    return c.json({});
  });

  async function patch(
    who: Asker,
    name: string,
    query: Record<string, string>,
    body: unknown,
  ): Promise<KubeObject> {
    const app = findApp(control, who, appName(name, query));
    const done = await control.patchObject(who, keyOfApp(app), {
      ref: refFrom(query),
      ...patchRequest(query, body),
      actor: who.actor,
    });
    if (done.is !== "patched") throw refused(done, describe(app));
    return done.object;
  }
}

/** Argo CD's shape: the object as JSON in a string. */
const shown = (object: KubeObject): { manifest: string } => ({ manifest: JSON.stringify(object) });

/** The body is the patch as JSON in a string, as Argo CD's clients send it, or the patch itself. */
function patchRequest(query: Record<string, string>, body: unknown): Pick<ObjectPatch, "how" | "patch"> {
  const patch = typeof body === "string" ? parseJson("the patch", () => body) : body;
  const how = patchType(query.patchType);
  if (how === "json" ? !Array.isArray(patch) : !isMapping(patch))
    throw new ApiError(
      "InvalidArgument",
      how === "json" ? "a JSON patch is a list of {op, path, value}" : "a merge patch is a mapping of fields",
    );
  return { how, patch };
}

function patchType(text = ""): ObjectPatch["how"] {
  switch (text) {
    case "":
    case "merge":
    case "application/merge-patch+json":
      return "merge";
    case "json":
    case "application/json-patch+json":
      return "json";
    default:
      throw new ApiError(
        "InvalidArgument",
        `there is no patchType ${JSON.stringify(text)} here. Use application/merge-patch+json or application/json-patch+json`,
      );
  }
}

/** What is neither true nor false was refused before: one of the two deletes more than was meant. */
function deletion(query: Record<string, string>): Omit<ObjectDeletion, "ref" | "actor"> {
  const { uid, resourceVersion } = query;
  return {
    propagation: propagationOf(query),
    ...(query.force === "true" ? { grace: "none" as const } : {}),
    ...defined({ uid: uid || undefined, resourceVersion: resourceVersion || undefined }),
  };
}

function propagationOf({
  orphan,
  propagationPolicy = "",
}: Record<string, string>): ObjectDeletion["propagation"] {
  if (orphan === "true") return "Orphan";
  switch (propagationPolicy.toLowerCase()) {
    case "":
    case "foreground":
      return "Foreground";
    case "background":
      return "Background";
    case "orphan":
      return "Orphan";
    default:
      throw new ApiError(
        "InvalidArgument",
        `there is no propagationPolicy ${JSON.stringify(propagationPolicy)}. Use foreground, background or orphan`,
      );
  }
}
