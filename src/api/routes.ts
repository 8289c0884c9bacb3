import type { Context, Hono } from "hono";
import type { Asker } from "../core/access/asker.ts";
import { sayWhy } from "../core/access/asker.ts";
import { ApiError, fromThrown } from "./api-error.ts";
import type { AnsweredRequest, Env } from "./context.ts";
import type { Permission } from "./permission.ts";
import { readForm } from "./read-form.ts";
import { BODY_CAP_BYTES, readJson } from "./read-json.ts";
import { readQuery } from "./terms/read-query.ts";
import { readWire } from "./terms/read-wire.ts";
import { type Asked, answersOf, type Terms } from "./terms/terms.ts";
import type { WireFields } from "./terms/wire.ts";

export interface DeclaredRoute {
  /** `GET`, …; `ALL` for every one. */
  method: string;
  /** `/api/v1/applications/:name`. */
  path: string;
  permission: Permission;
  /** Absent of the page's files, and where nothing is served: whoever asks is told so. */
  terms?: Terms;
}

type Answered = Response | Promise<Response>;
type Handler<Path extends string, Q extends WireFields, B> = (
  c: Context<Env, Path>,
  who: Asker,
  asked: Asked<Q, B>,
) => Answered;
type Add = <Path extends string, const Q extends WireFields = Record<never, never>, B = undefined>(
  path: Path,
  terms: Terms<Q, B>,
  handler: Handler<Path, Q, B>,
) => void;

/** Where routes are added: one that does not say what it asks, takes and answers is no program. */
export interface Routes {
  readonly declared: readonly DeclaredRoute[];
  get: Add;
  post: Add;
  put: Add;
  patch: Add;
  delete: Add;
  /** A file of the page, for everybody: no part of the API. */
  page(path: string, handler: (c: Context<Env, string>) => Answered): void;
  /** Whatever is asked there, nothing of it is served. */
  unserved(path: string, refusal: (c: Context<Env, string>) => ApiError): void;
}

export function may(resource: string, action: string): Permission {
  return { resource, action };
}

export function routesOf(
  router: Hono<Env>,
  onAnswered: (request: AnsweredRequest) => void = () => undefined,
): Routes {
  const declared: DeclaredRoute[] = [];
  const add =
    (method: "get" | "post" | "put" | "patch" | "delete"): Add =>
    (path, terms, handler) => {
      const own = terms as unknown as Terms;
      declared.push({ method: method.toUpperCase(), path, permission: terms.asks, terms: own });
      const others = terms.others ?? (path.startsWith("/api/holdfast/") ? "refuse" : "ignore");
      const told = async (work: () => Promise<Response>): Promise<Response> => {
        const began = performance.now();
        const tell = (status: number): void =>
          onAnswered({ operation: own.id, path, status, tookMs: performance.now() - began });
        try {
          const response = await work();
          tell(response.status);
          return response;
        } catch (cause) {
          tell(fromThrown(cause).http);
          throw cause;
        }
      };
      router[method](path, (c) =>
        told(() =>
          answer(terms.asks, c, async () => {
            const asked = {
              query: readQuery(c.req.queries(), own.query ?? {}, others),
              body:
                own.body === undefined || own.sent === "raw"
                  ? undefined
                  : readWire(await bodyOf(c.req.raw, own), own.body, "body"),
            };
            const response = await (handler as Handler<string, WireFields, unknown>)(c, c.env.who, asked);
            demandDeclared(response, c, own);
            return response;
          }),
        ),
      );
    };
  return {
    declared,
    get: add("get"),
    post: add("post"),
    put: add("put"),
    patch: add("patch"),
    delete: add("delete"),
    page(path, handler) {
      declared.push({ method: "GET", path, permission: "open" });
      router.get(path, handler);
    },
    unserved(path, refusal) {
      declared.push({ method: "ALL", path, permission: "let-in" });
      router.all(path, (c) => {
        throw refusal(c);
      });
    },
  };
}

function bodyOf(request: Request, { sent, capBytes = BODY_CAP_BYTES }: Terms): Promise<unknown> {
  return sent === "form" ? readForm(request, capBytes) : readJson(request, capBytes);
}

/** What the document does not say is not answered. */
function demandDeclared(response: Response, c: Context<Env, string>, terms: Terms): void {
  if (!response.ok) return;
  // Bun says what a text is when it is sent.
  const [type = ""] = (response.headers.get("content-type") ?? "text/plain").split(";");
  const isDeclared = answersOf(terms).some(
    ({ status, content = [] }) =>
      status === response.status &&
      (content.length === 0 || content.some((one) => one.type.split(";")[0] === type)),
  );
  if (!isDeclared)
    throw new Error(
      `${c.req.method} ${c.req.routePath} answered ${response.status} ${type}, which it does not declare`,
    );
}

async function answer(
  permission: Permission,
  c: Context<Env, string>,
  work: () => Promise<Response>,
): Promise<Response> {
  const { who } = c.env;
  if (typeof permission === "string") return work();
  try {
    const response = await work();
    // What leaves was asked for: a handler that went around `authorised` tells nobody anything.
    if ((response.ok || response.status === 101) && !who.wasAsked(permission.resource, permission.action))
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
