import { type Application, keyOfApp, RESOURCES_FINALIZER } from "../core/model/application.ts";
import { parseApplication } from "../core/model/parse-application.ts";
import type { Written } from "../engine/control.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { applyJsonPatch, JsonPatchError } from "../lib/json-patch.ts";
import { applyMergePatch } from "../lib/merge-patch.ts";
import { ApiError, invalid, refused } from "./api-error.ts";
import type { ApiContext } from "./context.ts";
import { applyFields } from "./field-mask.ts";
import { appFilter, appName, findApp, orNotFound } from "./find-app.ts";
import { inspectJson, MANIFEST_CAP_BYTES, parseJson, readJson } from "./read-json.ts";
import { may, type Routes } from "./routes.ts";

/**
 * `/api/v1/applications`: list, get, create, update, patch, delete.
 *
 * Where we depart from Argo CD: an application that is not there is 404 (there it is 403, so as not to tell who may not
 * know; that returns with accounts); `validate=false` is accepted and validates all the same.
 */
export function applicationRoutes(routes: Routes, { control, homeNamespace }: ApiContext): void {
  routes.get("/api/v1/applications", may("applications", "get"), async (c, who) => {
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
    const list = { metadata: {}, items: control.applications(who).filter(wanted) };
    return c.json(applyFields(list, c.req.query("fields")));
  });

  routes.get("/api/v1/applications/:name", may("applications", "get"), async (c, who) => {
    let app = findApp(control, who, appName(c.req.param("name"), c.req.query()));
    const refresh = howToRefresh(c.req.query("refresh"));
    if (refresh !== undefined)
      app = orNotFound(await control.refresh(who, keyOfApp(app), refresh, c.req.raw.signal), describe(app));
    return c.json(applyFields(app, c.req.query("fields")));
  });

  routes.post("/api/v1/applications", may("applications", "create"), async (c, who) => {
    const app = parsed(await readJson(c.req.raw, MANIFEST_CAP_BYTES));
    return c.json(
      written(
        await control.create(who, app, { upsert: c.req.query("upsert") === "true", actor: who.actor }),
        app,
      ),
    );
  });

  routes.put("/api/v1/applications/:name", may("applications", "update"), async (c, who) => {
    const body = await readJson(c.req.raw, MANIFEST_CAP_BYTES);
    const sent = isMapping(body) && isMapping(body.metadata) ? body.metadata : {};
    const said = { appNamespace: text(sent.namespace) };
    const old = findApp(control, who, appName(c.req.param("name"), c.req.query(), said));
    return c.json(written(await control.update(who, sameApp(old, parsed(body)), who.actor), old));
  });

  routes.put("/api/v1/applications/:name/spec", may("applications", "update"), async (c, who) => {
    const old = findApp(control, who, appName(c.req.param("name"), c.req.query()));
    const app = parsed({ ...withoutStatus(old), spec: await readJson(c.req.raw, MANIFEST_CAP_BYTES) });
    return c.json(written(await control.update(who, app, who.actor), old).spec);
  });

  routes.patch("/api/v1/applications/:name", may("applications", "update"), async (c, who) => {
    const body = await readJson(c.req.raw, MANIFEST_CAP_BYTES);
    if (!isMapping(body) || typeof body.patch !== "string")
      throw new ApiError(
        "InvalidArgument",
        'send {"patch": "…", "patchType": "json" or "merge"}, the patch as a string',
      );
    const said = { appNamespace: text(body.appNamespace), project: text(body.project) };
    const old = findApp(control, who, appName(c.req.param("name"), c.req.query(), said));
    const app = sameApp(old, parsed(patched(withoutStatus(old), body.patch, text(body.patchType) ?? "json")));
    return c.json(written(await control.update(who, app, who.actor), old));
  });

  routes.delete("/api/v1/applications/:name", may("applications", "delete"), async (c, who) => {
    const app = findApp(control, who, appName(c.req.param("name"), c.req.query()));
    const query = c.req.query();
    const how = { cascade: howToCascade(query), hooks: whetherHooks(query), actor: who.actor };
    const removed = written(await control.remove(who, keyOfApp(app), how), app);
    const { deletionTimestamp: since } = app.metadata;
    // Argo CD answers with nothing; of a deletion that goes on already a word is worth it.
    return c.json(since === undefined ? {} : { message: sayGoing(removed, how.cascade, since) });
  });

  /** What a user sent as a whole application. Argo CD's clients leave out what the path already says. */
  function parsed(body: unknown): Application {
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
    throw cause instanceof JsonPatchError ? new ApiError("InvalidArgument", cause.message) : cause;
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

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
