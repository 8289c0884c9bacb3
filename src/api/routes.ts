import type { Context, Hono } from "hono";
import type { Asker } from "../core/access/asker.ts";
import { sayWhy } from "../core/access/asker.ts";
import { ApiError } from "./api-error.ts";
import type { Env } from "./context.ts";

/**
 * What a route asks of whoever comes. A resource and an action are asked about the object that is meant, by `authorised`,
 * where it is known which one that is.
 */
export type Permission =
  /** For everybody, before anybody is asked who it is: no data is in it. */
  | "open"
  /** Whoever is let in: what is in it is of the one who asks, or was filtered for them. */
  | "let-in"
  | { resource: string; action: string };

export interface DeclaredRoute {
  /** `GET`, …; `ALL` for every one. */
  method: string;
  /** `/api/v1/applications/:name`. */
  path: string;
  permission: Permission;
}

type Answered = Response | Promise<Response>;
type Handler<Path extends string> = (c: Context<Env, Path>, who: Asker) => Answered;
type Add = <Path extends string>(path: Path, permission: Permission, handler: Handler<Path>) => void;

/** Where routes are added: one that does not say what it asks is no program. */
export interface Routes {
  readonly declared: readonly DeclaredRoute[];
  get: Add;
  post: Add;
  put: Add;
  patch: Add;
  delete: Add;
  all: Add;
}

export function may(resource: string, action: string): Permission {
  return { resource, action };
}

export function routesOf(router: Hono<Env>): Routes {
  const declared: DeclaredRoute[] = [];
  const add =
    (method: "get" | "post" | "put" | "patch" | "delete" | "all"): Add =>
    (path, permission, handler) => {
      declared.push({ method: method.toUpperCase(), path, permission });
      router[method](path, (c) => answer(permission, c, handler as Handler<string>));
    };
  return {
    declared,
    get: add("get"),
    post: add("post"),
    put: add("put"),
    patch: add("patch"),
    delete: add("delete"),
    all: add("all"),
  };
}

async function answer(
  permission: Permission,
  c: Context<Env, string>,
  handler: Handler<string>,
): Promise<Response> {
  const { who } = c.env;
  if (typeof permission === "string") return handler(c, who);
  try {
    const response = await handler(c, who);
    // What leaves was asked for: a handler that went around `authorised` tells nobody anything.
    if (response.ok && !who.wasAsked(permission.resource, permission.action))
      throw new Error(
        `${c.req.method} ${c.req.routePath} answered without asking for ${permission.resource}, ${permission.action}`,
      );
    return response;
  } catch (cause) {
    throw cause instanceof ApiError && cause.http === 404 ? hidden(who, permission, cause) : cause;
  }
}

/** How all objects of a resource are called. */
const ALL: Readonly<Record<string, string>> = { applications: "*/*", applicationsets: "*/*" };

/** Who may not see all there is never learns from an answer whether something is there. */
function hidden(who: Asker, { resource, action }: Exclude<Permission, string>, absent: ApiError): ApiError {
  const request = { resource, action: "get", object: ALL[resource] ?? "*" };
  const ruling = who.decide(request);
  if (ruling.is === "allowed") return absent;
  return new ApiError(
    "PermissionDenied",
    `permission denied: ${resource}, ${action}, sub: ${who.name}: ${sayWhy(ruling)}, or it is not there`,
    { details: { reason: "permission-denied", resource, action, subject: who.name } },
  );
}
