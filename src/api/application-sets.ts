import type { Asker } from "../core/access/asker.ts";
import { diffObjects } from "../core/compare/index.ts";
import { type AppKey, type Application, keyOfApp } from "../core/model/application.ts";
import { type ApplicationSet, keyOfSet } from "../core/model/application-set.ts";
import { refKey } from "../core/model/object-ref.ts";
import { parseApplicationSet } from "../core/model/parse-application-set.ts";
import { hideTokens } from "../core/sets/hide-tokens.ts";
import { shownParameters } from "../core/sets/shown-parameters.ts";
import { defined, filled } from "../lib/defined.ts";
import { equalJson } from "../lib/equal-json.ts";
import { inSlices } from "../lib/in-steps.ts";
import { isMapping } from "../lib/is-mapping.ts";
import type { PreviewedChild, SetPreview, SetWritten, ShownElements, ShownSet } from "../sets/control.ts";
import { ApiError, invalid, notFound, refused } from "./api-error.ts";
import {
  APPROVE,
  CREATE_SET,
  DELETE_SET,
  ELEMENTS,
  GENERATE,
  GET_OWN,
  GET_SET,
  LIST_OWN,
  LIST_SETS,
  PREVIEW,
  REFRESH,
  SET_EVENTS,
  SET_TREE,
} from "./application-sets-terms.ts";
import type { AuthorisedSets } from "./authorised/authorised.ts";
import { demand } from "./authorised/demand.ts";
import { setObject } from "./authorised/object-names.ts";
import type { ApiContext } from "./context.ts";
import { appsNamed } from "./find-app.ts";
import { findSet, setFilter, setKeyFrom } from "./find-set.ts";
import { Looks } from "./looks.ts";
import { reply } from "./packed-reply.ts";
import type { Routes } from "./routes.ts";
import { demandMatch, writtenTag } from "./written-tag.ts";

const BASE = "/api/holdfast/v1/applicationsets";

/**
 * `/api/v1/applicationsets` as Argo CD serves it, and beside it what it has no place for: a plan before it is carried
 * out, a refresh, and a person's word that applications may go.
 *
 * What generators learn is shown nowhere by itself: only the applications that come of it.
 */
export function applicationSetRoutes(routes: Routes, context: ApiContext): void {
  const { sets } = context;
  // Then they are among what is not served.
  if (sets === undefined) return;
  const tries = new Looks("ApplicationSets are being tried");
  // Generators ask whole organisations, by the daemon's logins and within their limits.
  const held: AuthorisedSets = {
    ...sets,
    generate: (who, set, signal) => tries.hold(who, signal, () => sets.generate(who, set, signal)),
    preview: (who, set, signal) => tries.hold(who, signal, () => sets.preview(who, set, signal)),
  };
  readingRoutes(routes, context, held);
  writingRoutes(routes, context, held);
  ownRoutes(routes, context, held);
}

function readingRoutes(routes: Routes, { control, homeNamespace }: ApiContext, sets: AuthorisedSets): void {
  routes.get("/api/v1/applicationsets", LIST_SETS, (c, who) => {
    const wanted = setFilter(c.req.queries());
    const items = sets.sets(who).filter(({ set }) => wanted(set));
    return c.json({ metadata: {}, items: items.map(withStatus) });
  });

  routes.get("/api/v1/applicationsets/:name", GET_SET, (c, who) => {
    const found = findSet(sets, who, c.req.param("name"), namespaceIn(c.req.query()));
    c.header("etag", writtenTag(found.set));
    return c.json(withStatus(found));
  });

  routes.get("/api/v1/applicationsets/:name/resource-tree", SET_TREE, (c, who) => {
    const { set, applications } = findSet(sets, who, c.req.param("name"), namespaceIn(c.req.query()));
    const { name, namespace, uid = "" } = set.metadata;
    const parent = {
      group: "argoproj.io",
      version: "v1alpha1",
      kind: "ApplicationSet",
      namespace,
      name,
      uid,
    };
    return c.json({
      nodes: applications.flatMap((key) => {
        const app = control.application(who, key);
        return app === undefined ? [] : [{ ...applicationNode(app), parentRefs: [parent] }];
      }),
    });
  });

  routes.get("/api/v1/applicationsets/:name/events", SET_EVENTS, async (c, who) => {
    const { set } = findSet(sets, who, c.req.param("name"), namespaceIn(c.req.query()));
    const events = await sets.events(who, keyOfSet(set));
    if (events === undefined) throw notFound(say(set));
    return c.json({ metadata: {}, items: events });
  });

  routes.post("/api/v1/applicationsets/generate", GENERATE, async (c, who, { body }) => {
    const { set, warnings } = setIn(body.applicationSet, homeNamespace);
    const { applications, problems } = await sets.generate(who, set, c.req.raw.signal);
    return c.json({ applications, problems: [...warnings, ...problems] });
  });
}

function writingRoutes(routes: Routes, { homeNamespace }: ApiContext, sets: AuthorisedSets): void {
  routes.post("/api/v1/applicationsets", CREATE_SET, async (c, who, { query, body }) => {
    const { set } = setIn(body, homeNamespace);
    const how = query.upsert === true ? "upsert" : "create";
    if (query.dryRun === true) return c.json(await tried(who, set, how, c.req.raw.signal));
    const there = sets.set(who, keyOfSet(set));
    demandMatch(c, there?.set, say(set));
    // Argo CD too takes the same set again.
    if (how === "create" && there !== undefined && there.clash === undefined && isSame(there.set, set)) {
      demand(who, "applicationsets", "create", setObject(there.set, homeNamespace));
      return c.json(withStatus(there));
    }
    const over = c.req.header("if-match") === undefined ? undefined : ("what-is-shown" as const);
    const made = written(await sets.put(who, set, { how, actor: who.actor, ...defined({ over }) }), set);
    return c.json(withStatus(sets.set(who, keyOfSet(made)) ?? { set: made, status: {} }));
  });

  routes.delete("/api/v1/applicationsets/:name", DELETE_SET, async (c, who) => {
    const { set } = findSet(sets, who, c.req.param("name"), namespaceIn(c.req.query()));
    written(await sets.remove(who, keyOfSet(set), who.actor), set);
    return c.json({ project: projectOf(set), applicationset: set });
  });

  /** The set with what it would come to, as Argo CD answers a dry run; what a write would refuse is refused. */
  async function tried(
    who: Asker,
    set: ApplicationSet,
    how: "create" | "upsert",
    signal: AbortSignal,
  ): Promise<ApplicationSet & Record<"status", ShownSet["status"]>> {
    const there = sets.set(who, keyOfSet(set));
    if (there?.clash !== undefined) throw refused({ is: "conflict", why: there.clash }, say(set));
    if (there?.origin.from === "file")
      throw refused({ is: "managed-by-file", file: there.origin.file }, say(set));
    if (there?.origin.from === "parent")
      throw refused({ is: "managed-by-parent", parent: there.origin.parent }, say(set));
    if (there !== undefined && how === "create" && !isSame(there.set, set))
      throw refused(
        { is: "conflict", why: `${say(set)} is there already, and is another one: ask for upsert` },
        say(set),
      );
    const { applications, problems } = await sets.generate(who, set, signal);
    if (problems.some(({ severity }) => severity === "error")) throw invalid(problems);
    const resources = applications.map(({ metadata: { namespace, name } }) => ({
      group: "argoproj.io",
      version: "v1alpha1",
      kind: "Application",
      namespace,
      name,
    }));
    return { ...set, status: { resources, resourcesCount: resources.length } };
  }
}

function ownRoutes(routes: Routes, { homeNamespace }: ApiContext, sets: AuthorisedSets): void {
  routes.get(BASE, LIST_OWN, (c, who) => {
    const wanted = setFilter(c.req.queries());
    const items = sets.sets(who).filter(({ set }) => wanted(set));
    const body = JSON.stringify({ items: items.map(shown), problems: sets.problems(who) });
    return reply(c, body, { "content-type": "application/json", vary: "accept-encoding" });
  });

  routes.get(`${BASE}/:namespace/:name`, GET_OWN, (c, who) => {
    const key = setKeyFrom(c.req.param("namespace"), c.req.param("name"));
    const found = sets.set(who, key);
    if (found === undefined) throw notFound(`ApplicationSet ${key}`);
    c.header("etag", writtenTag(found.set));
    return c.json(shown(found));
  });

  routes.get(`${BASE}/:namespace/:name/elements`, ELEMENTS, async (c, who) => {
    const key = setKeyFrom(c.req.param("namespace"), c.req.param("name"));
    const found = sets.elements(who, key);
    if (found === undefined) throw notFound(`ApplicationSet ${key}`);
    const { elements, parameters } = found;
    const shown = await inSlices(showElements(elements, parameters), { signal: c.req.raw.signal });
    const body = JSON.stringify(shown);
    const headers = {
      ...{ "content-type": "application/json", vary: "accept-encoding" },
      // Asked for again whenever anything of the set changes, and mostly the same.
      etag: `"${Bun.hash(body).toString(36)}"`,
    };
    if (c.req.header("if-none-match") === headers.etag) return c.body(null, 304, headers);
    return reply(c, body, headers);
  });

  /** The body is a set, as it would be written. */
  routes.post(`${BASE}/preview`, PREVIEW, async (c, who, { body }) => {
    const { set, warnings } = setIn(body, homeNamespace);
    const { signal } = c.req.raw;
    const { is, problems, steps } = await sets.preview(who, set, signal);
    return c.json({
      applicationSet: keyOfSet(set),
      // Of the one that is there.
      ...defined({ origin: sets.set(who, keyOfSet(set))?.origin }),
      is,
      problems: [...warnings, ...problems],
      steps: await inSlices(showSteps(steps), { signal }),
    });
  });

  routes.post(`${BASE}/:namespace/:name/refresh`, REFRESH, async (c, who) => {
    const key = setKeyFrom(c.req.param("namespace"), c.req.param("name"));
    const found = await sets.refresh(who, key);
    if (found === undefined) throw notFound(`ApplicationSet ${key}`);
    return c.json(shown(found));
  });

  routes.post(`${BASE}/:namespace/:name/approve`, APPROVE, async (c, who, { body }) => {
    const key = setKeyFrom(c.req.param("namespace"), c.req.param("name"));
    const named = appsNamed(body);
    const { set } = sets.set(who, key) ?? {};
    if (set === undefined) throw notFound(`ApplicationSet ${key}`);
    written(await sets.approve(who, key, named, who.actor), set);
    return c.json({ approved: named });
  });
}

const namespaceIn = ({ appsetNamespace = "" }: Record<string, string>): string | undefined =>
  appsetNamespace || undefined;

/**
 * What a client sent, without what the server writes.
 * @throws {ApiError} 400 with all that is wrong with it
 */
function setIn(
  body: unknown,
  homeNamespace: string,
): { set: ApplicationSet; warnings: SetPreview["problems"] } {
  if (!isMapping(body)) throw new ApiError("InvalidArgument", "send an ApplicationSet as JSON");
  const { status: _, metadata, ...manifest } = body;
  const parsed = parseApplicationSet(
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "ApplicationSet",
      ...manifest,
      metadata: isMapping(metadata) ? withoutServerFields(metadata) : metadata,
    },
    { homeNamespace },
  );
  if (!parsed.ok) throw invalid(parsed.problems);
  return { set: parsed.value, warnings: parsed.warnings };
}

function withoutServerFields({
  uid: _,
  resourceVersion: __,
  generation: ___,
  creationTimestamp: ____,
  deletionTimestamp: _____,
  managedFields: ______,
  ...kept
}: Record<string, unknown>): Record<string, unknown> {
  return kept;
}

function written(outcome: SetWritten, set: ApplicationSet): ApplicationSet {
  if (outcome.is !== "written") throw refused(outcome, say(set));
  return outcome.set;
}

const say = (set: ApplicationSet): string => `ApplicationSet ${keyOfSet(set)}`;

/** Where there is one in the template; it may be filled in. */
function projectOf({ spec }: ApplicationSet): string {
  const project = spec.template.spec?.["project"];
  return typeof project === "string" ? project : "";
}

function isSame(left: ApplicationSet, right: ApplicationSet): boolean {
  const wish = ({ metadata: { labels, annotations, finalizers }, spec }: ApplicationSet): unknown => ({
    ...filled({ labels: labels ?? {}, annotations: annotations ?? {}, finalizers }),
    spec,
  });
  return equalJson(wish(left), wish(right));
}

function withStatus({
  set,
  status,
}: Pick<ShownSet, "set" | "status">): ApplicationSet & { status: ShownSet["status"] } {
  return { ...set, status };
}

function shown({ origin, applications, blocked, clash, ...of }: ShownSet): Record<string, unknown> {
  return { origin, applicationSet: withStatus(of), applications, blocked, ...defined({ clash }) };
}

function applicationNode({ metadata, status }: Application): Record<string, unknown> {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    group: "argoproj.io",
    version: "v1alpha1",
    kind: "Application",
    namespace,
    name,
    ...defined({ uid, resourceVersion }),
    ...(typeof creationTimestamp === "string" ? { createdAt: creationTimestamp } : {}),
    ...(status === undefined
      ? {}
      : { health: { status: status.health.status, ...filled({ message: status.health.message }) } }),
  };
}

/** Of ten thousand it takes a while. */
function* showElements(
  elements: ShownElements,
  parameters: "shown" | "hidden",
): Generator<undefined, Record<string, unknown>> {
  if (elements.is === "unknown") return { is: "unknown", parameters, generators: [], unwanted: [] };
  const generators: Record<string, unknown>[] = [];
  for (const { path, kind, problems, elements: all } of elements.generators) {
    const shown: Record<string, unknown>[] = [];
    for (const [at, { parameters: own, ...element }] of all.entries()) {
      shown.push(parameters === "shown" ? { ...element, parameters: shownParameters(own) } : element);
      if (at % 50 === 49) yield;
    }
    generators.push({ path, kind, problems, elements: shown });
  }
  const { is, at, unwanted } = elements;
  return { is, at, parameters, generators, unwanted };
}

/** Of many applications it takes a while. */
function* showSteps(steps: readonly PreviewedChild[]): Generator<undefined, Record<string, unknown>[]> {
  const shown: Record<string, unknown>[] = [];
  for (const step of steps) {
    shown.push(showStep(step));
    yield;
  }
  return shown;
}

/** One application of a plan. Its difference has the shape of those of `…/diff`, and no secret. */
function showStep(step: PreviewedChild): Record<string, unknown> {
  switch (step.do) {
    case "create":
      return { do: "create", ...differenceOf(undefined, step.app), from: step.from };
    case "update":
      return { do: "update", ...differenceOf(step.before, step.app), from: step.from, changed: step.changed };
    case "delete":
      return { do: "delete", ...differenceOf(step.before, undefined) };
    case "nothing":
      return { do: "nothing", application: step.key, from: step.from };
    case "held":
      return { do: "held", application: step.key, wanted: step.wanted, why: step.why };
  }
}

function differenceOf(
  before: Application | undefined,
  after: Application | undefined,
): { application: AppKey; difference: Record<string, unknown> } {
  const app = (after ?? before) as Application;
  const { namespace, name } = app.metadata;
  const ref = { group: "argoproj.io", kind: "Application", namespace, name };
  const [live, predicted] = hideTokens(before && { ...before }, after && { ...after });
  const { key: _, ...states } = diffObjects({ key: refKey(ref), live, predicted });
  const change = before === undefined ? "create" : after === undefined ? "prune" : "change";
  // Of one that changes its fields say all, and thousands of whole objects twice would be too much for an answer.
  const told = change === "change" ? { fields: states.fields } : states;
  return {
    application: keyOfApp(app),
    difference: { ...ref, version: "v1alpha1", hook: false, change, ...told },
  };
}
