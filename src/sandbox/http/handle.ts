import { messageOf } from "../../lib/caught.ts";
import { ApiError, PlainNotFound } from "../api-error.ts";
import { answerCollection } from "./answer-collection.ts";
import { answerObject } from "./answer-object.ts";
import { found, json } from "./answers.ts";
import { oneGroup, resourceList } from "./discovery.ts";
import { fixedPath } from "./fixed-path.ts";
import type { Handling } from "./handling.ts";
import { routeOf } from "./route.ts";

const open = new Set(["/healthz", "/livez", "/readyz", "/version"]);

/** One request to the Kubernetes API. Never throws: what goes wrong is a Status. */
export async function handle(request: Request, on: Handling): Promise<Response> {
  const warnings: string[] = [];
  try {
    const url = new URL(request.url);
    if (!open.has(url.pathname) && request.headers.get("authorization") !== `Bearer ${on.token}`)
      throw new ApiError(401, "Unauthorized", "Unauthorized");
    const user = request.headers.get("impersonate-user") ?? undefined;
    const no = on.refuses({ user, method: request.method, path: url.pathname });
    if (no !== undefined) throw new ApiError(403, "Forbidden", no);
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
    ? answerCollection(request, url, route, on, warnings)
    : answerObject(request, url, { ...route, name: route.name }, on, warnings);
}
