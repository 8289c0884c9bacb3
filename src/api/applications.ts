import type { Context } from "hono";
import type { Asker } from "../core/access/asker.ts";
import { type Application, keyOfApp, RESOURCES_FINALIZER } from "../core/model/application.ts";
import { parseApplication } from "../core/model/parse-application.ts";
import type { Written } from "../engine/control.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { applyJsonPatch, JsonPatchError } from "../lib/json-patch.ts";
import { applyMergePatch } from "../lib/merge-patch.ts";
import { ApiError, invalid, refused } from "./api-error.ts";
import { isMadeOtherwise, refuseFaults } from "./check-sources.ts";
import type { ApiContext, Env } from "./context.ts";
import { applyFields, FIELDS_SAY } from "./field-mask.ts";
import { APP_FILTERS, appFilter, appName, findApp, NAMING, orNotFound } from "./find-app.ts";
import { inspectJson, MANIFEST_CAP_BYTES, parseJson } from "./read-json.ts";
import { may, type Routes } from "./routes.ts";
import { APPLICATION, listed } from "./terms/answers.ts";
import { json } from "./terms/terms.ts";
import { anything, choice, fields, flag, map, optional, text, told } from "./terms/wire.ts";
import { withChange } from "./with-change.ts";
import { demandMatch, overtaken, writtenTag } from "./written-tag.ts";

const SHOWING = {
  refresh: optional(
    text({ says: "`normal` or `hard`: looks again before it answers; `hard` renders again." }),
  ),
  fields: optional(text({ says: FIELDS_SAY })),
};
const VALIDATE = optional(
  flag(
    "Its sources are asked first, and where one cannot be reached, found or rendered nothing is written; sources that stay as they were are not asked. `false`: they are not asked at all.",
  ),
);
const LIST = {
  id: "listApplications",
  says: "Applications with their status.",
  asks: may("applications", "get"),
  query: {
    ...APP_FILTERS,
    ...SHOWING,
    changed: optional(
      choice(
        ["awaited"],
        "`status.sync.changed`, the commit that changed each last, is found out first: that takes a moment at most.",
      ),
    ),
  },
  answers: json(listed(APPLICATION)),
} as const;
const GET = {
  id: "getApplication",
  says: "One application with its status.",
  asks: may("applications", "get"),
  query: { ...NAMING, ...SHOWING },
  answers: json(APPLICATION),
} as const;
const MANIFEST = { capBytes: MANIFEST_CAP_BYTES, answers: json(APPLICATION) };
const CREATE = {
  id: "createApplication",
  says: "Makes an application.",
  asks: may("applications", "create"),
  query: {
    upsert: optional(flag("Changes the one that is there.")),
    validate: VALIDATE,
  },
  body: APPLICATION,
  ...MANIFEST,
} as const;
const UPDATE = {
  id: "updateApplication",
  says: "Replaces labels, annotations, finalizers and spec.",
  asks: may("applications", "update"),
  query: { ...NAMING, validate: VALIDATE },
  body: APPLICATION,
  ...MANIFEST,
} as const;
const UPDATE_SPEC = {
  id: "updateApplicationSpec",
  says: "Replaces the spec.",
  asks: may("applications", "update"),
  query: { ...NAMING, validate: VALIDATE },
  body: anything("The spec of an Application."),
  capBytes: MANIFEST_CAP_BYTES,
  answers: json(map(anything("The spec as it is now."))),
} as const;
const PATCH = {
  id: "patchApplication",
  says: "Changes an application by a patch.",
  asks: may("applications", "update"),
  query: { ...NAMING, validate: VALIDATE },
  body: fields(
    {
      name: optional(text()),
      patch: text({ says: "The patch as a text: JSON in a string." }),
      patchType: optional(text({ says: "`json` or `merge`." })),
      appNamespace: optional(text()),
      project: optional(text()),
    },
    { unknown: "ignore" },
  ),
  ...MANIFEST,
} as const;
const DELETE = {
  id: "deleteApplication",
  says: "Deletes an application, and its objects unless `cascade=false`.",
  asks: may("applications", "delete"),
  query: {
    ...NAMING,
    cascade: optional(flag("`false`: its objects stay.")),
    propagationPolicy: optional(choice(["foreground", "background"])),
    hooks: optional(choice(["run", "skip"], "`skip`: without the hooks around the deletion.")),
  },
  answers: json(told({ message: optional(text({ says: "Of a deletion that goes on already." })) })),
} as const;

/**
 * `/api/v1/applications`: list, get, create, update, patch, delete.
 *
 * Where we depart from Argo CD: an application that is not there is 404 (there it is 403, so as not to tell who may not
 * know; that returns with accounts); what is written in the manifest is validated whatever `validate` says, and sources
 * that a write leaves as they were are not asked again.
 */
export function applicationRoutes(routes: Routes, context: ApiContext): void {
  const { control, homeNamespace } = context;
  const told = withChange(context);
  routes.get("/api/v1/applications", LIST, async (c, who, { query }) => {
    const wanted = appFilter(c.req.queries());
    const refresh = howToRefresh(c.req.query("refresh"));
    if (refresh !== undefined) {
      await Promise.all(
        control
          .applications(who)
          .filter(wanted)
          .map((app) => control.refresh(who, keyOfApp(app), refresh, c.req.raw.signal)),
      );
    }
    if (query.changed === "awaited") await control.changesFound(control.applications(who).filter(wanted));
    const list = { metadata: {}, items: control.applications(who).filter(wanted).map(told) };
    return c.json(applyFields(list, c.req.query("fields")));
  });

  routes.get("/api/v1/applications/:name", GET, async (c, who) => {
    let app = findApp(control, who, appName(c.req.param("name"), c.req.query()));
    const refresh = howToRefresh(c.req.query("refresh"));
    if (refresh !== undefined)
      app = orNotFound(await control.refresh(who, keyOfApp(app), refresh, c.req.raw.signal), describe(app));
    c.header("etag", writtenTag(app));
    return c.json(applyFields(told(app), c.req.query("fields")));
  });

  routes.post("/api/v1/applications", CREATE, async (c, who, { query, body }) => {
    const app = parsed(body);
    const before = control.application(who, keyOfApp(app));
    demandMatch(c, before, describe(app));
    // What the write refuses by itself has nobody asked.
    const isNews = before === undefined || (query.upsert === true && isMadeOtherwise(before, app));
    if (query.validate !== false && isNews) {
      await refuseFaults(c, who, app, context);
      // Somebody may have written meanwhile.
      demandMatch(c, control.application(who, keyOfApp(app)), describe(app));
    }
    return c.json(
      written(await control.create(who, app, { upsert: query.upsert === true, actor: who.actor }), app),
    );
  });

  routes.put("/api/v1/applications/:name", UPDATE, async (c, who, { query, body }) => {
    const sent = isMapping(body) && isMapping(body.metadata) ? body.metadata : {};
    const said = { appNamespace: textIn(sent.namespace) };
    const name = appName(c.req.param("name"), c.req.query(), said);
    const { old, app } = await changed(c, who, name, query, (old) => sameApp(old, parsed(body)));
    return c.json(written(await control.update(who, app, who.actor), old));
  });

  routes.put("/api/v1/applications/:name/spec", UPDATE_SPEC, async (c, who, { query, body }) => {
    const name = appName(c.req.param("name"), c.req.query());
    const { old, app } = await changed(c, who, name, query, (old) =>
      parsed({ ...withoutStatus(old), spec: body }),
    );
    return c.json(written(await control.update(who, app, who.actor), old).spec);
  });

  routes.patch("/api/v1/applications/:name", PATCH, async (c, who, { query, body }) => {
    const said = { appNamespace: textIn(body.appNamespace), project: textIn(body.project) };
    const name = appName(c.req.param("name"), c.req.query(), said);
    const { old, app } = await changed(c, who, name, query, (old) =>
      sameApp(old, parsed(patched(withoutStatus(old), body.patch, textIn(body.patchType) ?? "json"))),
    );
    return c.json(written(await control.update(who, app, who.actor), old));
  });

  routes.delete("/api/v1/applications/:name", DELETE, async (c, who) => {
    const app = findApp(control, who, appName(c.req.param("name"), c.req.query()));
    const query = c.req.query();
    const how = { cascade: howToCascade(query), hooks: whetherHooks(query), actor: who.actor };
    const removed = written(await control.remove(who, keyOfApp(app), how), app);
    const { deletionTimestamp: since } = app.metadata;
    // Argo CD answers with nothing; of a deletion that goes on already a word is worth it.
    return c.json(since === undefined ? {} : { message: sayGoing(removed, how.cascade, since) });
  });

  /** As it is and as it is to be. Whoever writes while its sources are asked is not written over. @throws {ApiError} */
  async function changed(
    c: Context<Env>,
    who: Asker,
    name: ReturnType<typeof appName>,
    { validate }: { validate?: boolean },
    change: (old: Application) => Application,
  ): Promise<{ old: Application; app: Application }> {
    const now = (): { old: Application; app: Application } => {
      const old = findApp(control, who, name);
      demandMatch(c, old, describe(old));
      return { old, app: change(old) };
    };
    const { old, app } = now();
    if (validate === false || !isMadeOtherwise(old, app)) return { old, app };
    await refuseFaults(c, who, app, context);
    return now();
  }

  function parsed(body: unknown): Application {
    return parsedApplication(body, homeNamespace);
  }
}

/** What a user sent as a whole application. Argo CD's clients leave out what the path already says. @throws {ApiError} 400 */
export function parsedApplication(body: unknown, homeNamespace: string): Application {
  if (!isMapping(body)) throw new ApiError("InvalidArgument", "send an Application as JSON");
  // An operation is asked for at `/sync`, which has a permission of its own.
  const { operation: _, ...manifest } = body;
  const result = parseApplication(
    { apiVersion: "argoproj.io/v1alpha1", kind: "Application", ...manifest },
    { homeNamespace },
  );
  if (!result.ok) throw invalid(result.problems);
  return result.value;
}

/** The stored application, or the refusal as an error. */
export function written(outcome: Written, app: Application): Application {
  if (outcome.is !== "written") throw refused(outcome, describe(app));
  return outcome.app;
}

export function describe(app: Application): string {
  return `application ${keyOfApp(app)}`;
}

function sameApp(old: Application, next: Application): Application {
  if (keyOfApp(old) === keyOfApp(next)) return next;
  throw new ApiError(
    "InvalidArgument",
    `${describe(old)} cannot become ${keyOfApp(next)}: name and namespace are fixed`,
  );
}

/** A copy that may be changed: what the user edits, without what we write. */
function withoutStatus({
  status: _,
  operation: __,
  ...rest
}: Application): Omit<Application, "status" | "operation"> {
  return structuredClone(rest);
}

function patched(target: unknown, patchText: string, type: string): unknown {
  const patch = parseJson("the patch", () => patchText);
  if (type === "merge") return applyMergePatch(target, patch);
  if (type === "json" || type === "") {
    const made = jsonPatched(target, patch);
    // Copies nest deeper than what was sent.
    inspectJson("what the patch makes", made);
    return made;
  }
  throw new ApiError("InvalidArgument", `there is no patchType ${JSON.stringify(type)}. Use json or merge`);
}

function jsonPatched(target: unknown, patch: unknown): unknown {
  try {
    return applyJsonPatch(target, patch);
  } catch (cause) {
    if (!(cause instanceof JsonPatchError)) throw cause;
    throw cause.is === "test-failed"
      ? overtaken(cause.message)
      : new ApiError("InvalidArgument", cause.message);
  }
}

/** Anything but `hard` asks for a normal refresh, as in Argo CD. */
function howToRefresh(value: string | undefined): "normal" | "hard" | undefined {
  if (value === undefined || value === "") return undefined;
  return value === "hard" ? "hard" : "normal";
}

/** @param asked how its objects were to go now @param since RFC 3339, when its deletion began */
function sayGoing(
  app: Application,
  asked: ReturnType<typeof howToCascade>,
  since: NonNullable<Application["metadata"]["deletionTimestamp"]>,
): string {
  const stay = !(app.metadata.finalizers ?? []).some((one) => one.startsWith(RESOURCES_FINALIZER));
  const objects = stay ? "its objects stay in the cluster" : "its objects go with it";
  const stands =
    stay && asked !== "none" ? ", because that was asked for before, and letting go of them is final" : "";
  return `${describe(app)} is being deleted since ${since}: ${objects}${stands}. Its status tells what it waits for`;
}

/** Argo CD: cascade unless `cascade=false`, in the foreground unless told otherwise. */
function howToCascade({
  cascade,
  propagationPolicy = "",
}: Record<string, string>): "foreground" | "background" | "none" {
  if (cascade === "false") return "none";
  if (["", "foreground"].includes(propagationPolicy)) return "foreground";
  if (propagationPolicy === "background") return "background";
  throw new ApiError(
    "InvalidArgument",
    `there is no propagationPolicy ${JSON.stringify(propagationPolicy)}. Use foreground or background`,
  );
}

/** Ours: `hooks=skip` deletes without the hooks around the deletion. */
function whetherHooks({ hooks = "" }: Record<string, string>): "run" | "skip" {
  if (["", "run"].includes(hooks)) return "run";
  if (hooks === "skip") return "skip";
  throw new ApiError("InvalidArgument", `hooks: there is no ${JSON.stringify(hooks)}. Use run or skip`);
}

function textIn(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
