import type { Asker } from "../core/access/asker.ts";
import { type Application, keyOfApp } from "../core/model/application.ts";
import type { ObjectRef } from "../core/model/object-ref.ts";
import type { OfferedAction } from "../core/model/resource-action.ts";
import { filled } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { ApiError, refused } from "./api-error.ts";
import { describe } from "./applications.ts";
import type { ApiContext } from "./context.ts";
import { appName, findApp, orNotFound } from "./find-app.ts";
import { readJson } from "./read-json.ts";
import { may, type Routes } from "./routes.ts";

const PATH = "/api/v1/applications/:name/resource/actions";

/**
 * Actions of single objects at Argo CD's paths: what an object offers, and both ways to run one (the older with the name
 * alone as its body). Where Argo CD answers with nothing, `done` says what was written.
 */
export function resourceActionRoutes(routes: Routes, { control }: ApiContext): void {
  routes.get(PATH, may("applications", "get"), async (c, who) => {
    const query = c.req.query();
    const app = findApp(control, who, appName(c.req.param("name"), query));
    const actions = orNotFound(await control.actions(who, keyOfApp(app), refFrom(query)), describe(app));
    return c.json({ actions: actions.map(shown) });
  });

  routes.post(PATH, may("applications", "action"), async (c, who) => {
    const query = c.req.query();
    const app = findApp(control, who, appName(c.req.param("name"), query));
    const action = await readJson(c.req.raw);
    if (typeof action !== "string" || action === "")
      throw new ApiError("InvalidArgument", 'send the name of an action as a JSON string, such as "restart"');
    return c.json(await run(who, app, refFrom(query), action, {}));
  });

  routes.post(`${PATH}/v2`, may("applications", "action"), async (c, who) => {
    const body = await readJson(c.req.raw);
    if (!isMapping(body) || typeof body.action !== "string" || body.action === "")
      throw new ApiError(
        "InvalidArgument",
        "send {kind, group, namespace, resourceName, action, resourceActionParameters: [{name, value}]}",
      );
    const named = { ...texts(body), ...c.req.query() };
    const app = findApp(control, who, appName(c.req.param("name"), named));
    return c.json(
      await run(who, app, refFrom(named), body.action, parametersOf(body.resourceActionParameters)),
    );
  });

  async function run(
    who: Asker,
    app: Application,
    ref: ObjectRef,
    action: string,
    parameters: Record<string, string>,
  ): Promise<unknown> {
    const acted = await control.act(who, keyOfApp(app), {
      ref,
      action,
      actor: who.actor,
      ...filled({ parameters }),
    });
    if (acted.is !== "acted") throw refused(acted, describe(app));
    return { done: acted.done.map(({ ref: one, ...rest }) => ({ ...one, ...rest })) };
  }
}

/** `namespace` and `group` may be empty; the application's own namespace is `appNamespace`. */
function refFrom(query: Record<string, string>): ObjectRef {
  const { kind = "", group = "", namespace = "", resourceName = "" } = query;
  if (kind === "" || resourceName === "")
    throw new ApiError(
      "InvalidArgument",
      "say which object: kind, resourceName, and group and namespace where it has them",
    );
  return { group, kind, namespace, name: resourceName };
}

function texts(body: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function parametersOf(given: unknown): Record<string, string> {
  const list: unknown[] = Array.isArray(given) ? given : [];
  const pairs = list.map((one): [string, string] => {
    if (isMapping(one) && typeof one.name === "string" && typeof one.value === "string")
      return [one.name, one.value];
    throw new ApiError(
      "InvalidArgument",
      "resourceActionParameters must be a list of {name, value}, both texts",
    );
  });
  if (given !== undefined && given !== null && !Array.isArray(given))
    throw new ApiError(
      "InvalidArgument",
      "resourceActionParameters must be a list of {name, value}, both texts",
    );
  return Object.fromEntries(pairs);
}

/** Argo CD's shape, with `description` and `why` beside it. */
function shown({ name, says, idle, parameters }: OfferedAction): Record<string, unknown> {
  return {
    name,
    disabled: idle !== undefined,
    params: parameters.map(({ name: of, says: means, now }) => ({
      name: of,
      ...filled({ description: means, value: now }),
    })),
    ...filled({ description: says, why: idle }),
  };
}
