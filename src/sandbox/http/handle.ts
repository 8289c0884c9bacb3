import { messageOf } from "../../lib/caught.ts";
import { defined, filled } from "../../lib/defined.ts";
import { applyMergePatch } from "../../lib/merge-patch.ts";
import {
  ApiError,
  methodNotAllowed,
  PlainNotFound,
  pathNotFound,
  unsupportedMediaType,
} from "../api-error.ts";
import type { Clock } from "../clock.ts";
import { isObject, type Json, type JsonObject, type KubeJson } from "../json.ts";
import type { Kind } from "../kinds/kind.ts";
import { jsonPatched } from "../patch/json-patch.ts";
import { applyStrategicPatch } from "../patch/strategic-patch.ts";
import type { Deleted, KubeApi } from "../rest/kube-api.ts";
import { needFieldManager, type Subresource } from "../rest/options.ts";
import { aggregated, coreVersions, groupList, oneGroup, resourceList } from "./discovery.ts";
import type { Lists } from "./list.ts";
import { openApiDocument, openApiIndex } from "./openapi.ts";
import {
  deleteOptions,
  needObject,
  parseJson,
  parseYamlBody,
  readBody,
  readText,
  withField,
  writeOptions,
} from "./read-request.ts";
import { answerReview } from "./reviews.ts";
import { type Route, routeOf } from "./route.ts";
import { scaleOf, withScale } from "./scale.ts";
import { tableOfObjects, wantsTable } from "./table.ts";
import { watchStream } from "./watch-stream.ts";

export interface Handling {
  api: KubeApi;
  lists: Lists;
  clock: Clock;
  /** `v1.36.3` */
  version: string;
  token: string;
  bookmarkMs: number;
  /** Aborted when the sandbox stops. */
  signal: AbortSignal;
}

const open = new Set(["/healthz", "/livez", "/readyz", "/version"]);

/** One request to the Kubernetes API. Never throws: what goes wrong is a Status. */
export async function handle(request: Request, on: Handling): Promise<Response> {
  const warnings: string[] = [];
  try {
    const url = new URL(request.url);
    if (!open.has(url.pathname) && request.headers.get("authorization") !== `Bearer ${on.token}`)
      throw new ApiError(401, "Unauthorized", "Unauthorized");
    const answer = await answerTo(request, url, on, warnings);
    for (const warning of warnings) answer.headers.append("Warning", `299 - ${JSON.stringify(warning)}`);
    return answer;
  } catch (cause) {
    if (cause instanceof PlainNotFound)
      return new Response(`${cause.message}\n`, {
        status: 404,
        headers: { "Content-Type": "text/plain; charset=utf-8" },
      });
    const error =
      cause instanceof ApiError
        ? cause
        : new ApiError(500, "InternalError", `Internal error occurred: ${messageOf(cause)}`);
    return json(error.status(), error.code);
  }
}

async function answerTo(request: Request, url: URL, on: Handling, warnings: string[]): Promise<Response> {
  const { pathname } = url;
  const { registry } = on.api;
  const fixed = request.method === "GET" ? fixedPath(request, pathname, on) : undefined;
  if (fixed !== undefined) return fixed;
  if (!pathname.startsWith("/api/") && !pathname.startsWith("/apis/")) throw new PlainNotFound();
  const list = /^\/(?:api\/([^/]+)|apis\/([^/]+\/[^/]+))\/?$/.exec(pathname);
  if (list !== null && request.method === "GET")
    return found(resourceList(registry, list[1] ?? list[2] ?? ""));
  const group = /^\/apis\/([^/]+)\/?$/.exec(pathname);
  if (group !== null && request.method === "GET") return found(oneGroup(registry, group[1] ?? ""));
  const route = routeOf(pathname, registry);
  return route.name === undefined
    ? collection(request, url, route, on, warnings)
    : object(request, url, { ...route, name: route.name }, on, warnings);
}

function fixedPath(request: Request, pathname: string, { api, version }: Handling): Response | undefined {
  const { registry } = api;
  const accept = request.headers.get("accept") ?? "";
  const wantsAggregated = /g=apidiscovery\.k8s\.io;v=v2(;|,|$)/.test(accept);
  switch (pathname) {
    case "/healthz":
    case "/livez":
    case "/readyz":
      return new Response("ok");
    case "/version": {
      const [, major = "1", minor = "0"] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
      return json({
        major,
        minor,
        gitVersion: version,
        gitCommit: "sandbox",
        gitTreeState: "",
        buildDate: "1970-01-01T00:00:00Z",
        goVersion: "none",
        compiler: "bun",
        platform: "sandbox",
      });
    }
    case "/api":
      return wantsAggregated ? discovery(aggregated(registry, "core")) : json(coreVersions());
    case "/apis":
    case "/apis/":
      return wantsAggregated ? discovery(aggregated(registry, "named")) : json(groupList(registry));
    case "/openapi/v3":
      return json(openApiIndex(registry));
    case "/":
      return json({ paths: ["/api", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"] });
  }
  const document = /^\/openapi\/v3\/(?:api\/(.+)|apis\/(.+))$/.exec(pathname);
  return document === null ? undefined : found(openApiDocument(registry, document[1] ?? document[2] ?? ""));
}

async function collection(
  request: Request,
  url: URL,
  { kind, namespace }: Route,
  on: Handling,
  warnings: string[],
): Promise<Response> {
  const { api } = on;
  const query = url.searchParams;
  switch (request.method) {
    case "GET": {
      if (kind.use === "create-only") throw methodNotAllowed();
      const accept = request.headers.get("accept") ?? "";
      if (query.get("watch") === "true" || query.get("watch") === "1")
        return watch(request, url, kind, namespace, on);
      const { items, metadata } = on.lists.list({ kind, namespace, query });
      if (wantsTable(accept))
        return json(tableOfObjects(kind, items, metadata, query.get("includeObject"), on.clock.now()));
      return json({ kind: kind.listKind, apiVersion: kind.apiVersion, metadata, items: listed(kind, items) });
    }
    case "POST": {
      const body = await readBody(request, api.registry.builtin);
      if (kind.use === "create-only") return json(answerReview(kind, isObject(body) ? body : {}), 201);
      if (kind.scope === "namespaced" && namespace === undefined) throw methodNotAllowed();
      return json(
        api.create(kind, namespace ?? "", body, writeOptions(request, query, "CreateOptions", warnings)),
        201,
      );
    }
    case "DELETE": {
      if (kind.scope === "namespaced" && namespace === undefined) throw methodNotAllowed();
      const options = deleteOptions(query, await readBody(request, api.registry.builtin), warnings);
      const { items, metadata } = on.lists.list({ kind, namespace, query });
      for (const one of items)
        api.delete(kind, one.metadata.namespace ?? "", one.metadata.name, {
          ...options,
          uid: one.metadata.uid,
        });
      return json({ kind: kind.listKind, apiVersion: kind.apiVersion, metadata, items: listed(kind, items) });
    }
    default:
      throw methodNotAllowed();
  }
}

/** In a list of a built-in kind the list says what its items are. */
function listed(kind: Kind, items: readonly KubeJson[]): JsonObject[] {
  return kind.custom === undefined
    ? items.map(({ kind: _kind, apiVersion: _version, ...item }) => item)
    : [...items];
}

function watch(
  request: Request,
  url: URL,
  kind: Kind,
  namespace: string | undefined,
  on: Handling,
): Response {
  const asTable = wantsTable(request.headers.get("accept") ?? "");
  const include = url.searchParams.get("includeObject");
  const stream = watchStream({
    kind,
    namespace,
    query: url.searchParams,
    store: on.api.store,
    clock: on.clock,
    bookmarkMs: on.bookmarkMs,
    signal: AbortSignal.any([on.signal, request.signal]),
    shape: asTable
      ? (one) =>
          tableOfObjects(
            kind,
            [one],
            { resourceVersion: one.metadata.resourceVersion ?? "" },
            include,
            on.clock.now(),
          )
      : (one) => one,
  });
  return new Response(stream, {
    headers: { "Content-Type": "application/json;stream=watch", "Cache-Control": "no-cache, private" },
  });
}

async function object(
  request: Request,
  url: URL,
  route: Route & { name: string },
  on: Handling,
  warnings: string[],
): Promise<Response> {
  const { kind, name, subresource } = route;
  const namespace = route.namespace ?? "";
  const { api } = on;
  const query = url.searchParams;
  if (subresource === "log" && kind.resource === "pods" && request.method === "GET")
    return podLog(api.get(kind, namespace, name));
  if (subresource !== "" && !kind.subresources.includes(subresource)) throw pathNotFound();
  if (subresource === "scale") return scale(request, url, route, on, warnings);
  const part: Subresource = subresource === "status" ? "status" : "";
  switch (request.method) {
    case "GET": {
      if (query.get("watch") === "true")
        return watch(request, withField(url, `metadata.name=${name}`), kind, route.namespace, on);
      const one = api.get(kind, namespace, name);
      return json(
        wantsTable(request.headers.get("accept") ?? "")
          ? tableOfObjects(
              kind,
              [one],
              { resourceVersion: one.metadata.resourceVersion ?? "" },
              query.get("includeObject"),
              on.clock.now(),
            )
          : one,
      );
    }
    case "PUT":
      return json(
        api.update(
          kind,
          namespace,
          name,
          await readBody(request, api.registry.builtin),
          writeOptions(request, query, "UpdateOptions", warnings),
          part,
        ),
      );
    case "PATCH":
      return patch(request, url, route, part, on, warnings);
    case "DELETE": {
      if (part !== "") throw methodNotAllowed();
      return deleted(
        kind,
        api.delete(
          kind,
          namespace,
          name,
          deleteOptions(query, await readBody(request, api.registry.builtin), warnings),
        ),
      );
    }
    default:
      throw methodNotAllowed();
  }
}

async function patch(
  request: Request,
  url: URL,
  { kind, namespace = "", name }: Route & { name: string },
  part: Subresource,
  { api }: Handling,
  warnings: string[],
): Promise<Response> {
  const query = url.searchParams;
  const type = (request.headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "";
  const text = await readText(request);
  const options = writeOptions(request, query, "PatchOptions", warnings);
  const forced = query.get("force");
  if (type === "application/apply-patch+yaml") {
    const fieldManager = needFieldManager(query.get("fieldManager"));
    const { object: applied, verb } = api.apply(
      kind,
      namespace,
      name,
      parseYamlBody(text),
      { ...options, fieldManager, conflicts: forced === "true" ? "force" : "refuse" },
      part,
    );
    return json(applied, verb === "created" ? 201 : 200);
  }
  const change = parseJson(text);
  switch (type) {
    case "application/json-patch+json":
      return json(api.patch(kind, namespace, name, (current) => jsonPatched(current, change), options, part));
    case "application/merge-patch+json":
      return json(
        api.patch(
          kind,
          namespace,
          name,
          (current) => needObject(applyMergePatch(current, change) as Json),
          options,
          part,
        ),
      );
    case "application/strategic-merge-patch+json":
      if (kind.custom !== undefined) throw unsupportedMediaType(type);
      return json(
        api.patch(
          kind,
          namespace,
          name,
          (current) => applyStrategicPatch(current, needObject(change), kind.type),
          options,
          part,
        ),
      );
    default:
      throw unsupportedMediaType(type);
  }
}

async function scale(
  request: Request,
  url: URL,
  { kind, namespace = "", name }: Route & { name: string },
  { api }: Handling,
  warnings: string[],
): Promise<Response> {
  const show = (one: KubeJson) => json(scaleOf(kind, one));
  const current = api.get(kind, namespace, name);
  if (request.method === "GET") return show(current);
  const options = writeOptions(request, url.searchParams, "UpdateOptions", warnings);
  if (request.method === "PUT") {
    const body = await readBody(request, api.registry.builtin);
    return show(api.scale(kind, namespace, name, (one) => withScale(kind, one, body), options));
  }
  if (request.method !== "PATCH") throw methodNotAllowed();
  const type = (request.headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "";
  const text = await readText(request);
  const change = type === "application/apply-patch+yaml" ? parseYamlBody(text) : parseJson(text);
  const patched = (one: KubeJson) =>
    type === "application/json-patch+json"
      ? jsonPatched(scaleOf(kind, one), change)
      : (applyMergePatch(scaleOf(kind, one), change) as Json);
  return show(api.scale(kind, namespace, name, (one) => withScale(kind, one, patched(one)), options));
}

function deleted(kind: Kind, outcome: Deleted): Response {
  if (outcome.is === "waiting") return json(outcome.object);
  const { name, uid } = outcome.object.metadata;
  return json({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: {
      name,
      ...filled({ group: kind.group }),
      kind: kind.resource,
      ...defined({ uid }),
    },
  });
}

function podLog(pod: KubeJson): Response {
  return new Response(
    `sandbox: Pod ${pod.metadata.name} has no real containers, so nothing was written here\n`,
  );
}

// ---- writing answers

function json(body: JsonObject, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/json", "Cache-Control": "no-cache, private" },
  });
}

function discovery(body: JsonObject): Response {
  return new Response(JSON.stringify(body), {
    headers: {
      "Content-Type": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
      Vary: "Accept",
    },
  });
}

function found(body: JsonObject | undefined): Response {
  if (body === undefined) throw pathNotFound();
  return json(body);
}
