/**
 * Who is signed in, and how one does so by name and password, in the shapes of Argo CD's session service:
 * https://argo-cd.readthedocs.io/en/stable/developer-guide/api-docs/
 */
import type { Context } from "hono";
import type { Later } from "../auth/logins.ts";
import { noSessionCookie, sessionCookie, type Transport } from "../auth/session-cookie.ts";
import { Secret } from "../core/model/secret.ts";
import { defined, filled } from "../lib/defined.ts";
import { ApiError } from "./api-error.ts";
import type { ApiContext, Env } from "./context.ts";
import type { Routes } from "./routes.ts";
import { DONE, json } from "./terms/terms.ts";
import { fields, flag, list, optional, text, told } from "./terms/wire.ts";

/** Open to everybody, because they are how one signs in, and how a page learns that one has to. */
export const SESSION_PATHS: readonly string[] = ["/api/v1/session", "/api/v1/session/userinfo"];

/** Browsers of a device that signed in before show it: strangers' failures do not count against them. */
const DEVICE_COOKIE = "__Host-holdfast_d";
const PLAIN_DEVICE_COOKIE = "holdfast_d";
const DEVICE_S = 90 * 24 * 60 * 60;
/** A body holds a name, a password and a mark, and whoever sends it is nobody yet. */
const BODY_BYTES = 16 * 1024;

const SIGN_IN = {
  id: "signIn",
  says: "Signs in by name and password: a program gets a token, a page a cookie.",
  asks: "open",
  body: fields(
    {
      username: text({ empty: "kept" }),
      // What was sent in its place is not said again.
      password: text({ empty: "kept", expected: "a text" }),
      device: optional(
        text({ says: "As the last login told it: strangers' failures do not count against it." }),
      ),
      turn: optional(text({ says: "Of `details` of an answer 429: it comes before whoever asked later." })),
    },
    { unknown: "ignore" },
  ),
  capBytes: BODY_BYTES,
  answers: json(
    told({
      token: optional(
        text({ says: "To be shown as `Authorization: Bearer`; absent where a cookie is set." }),
      ),
      device: optional(text({ says: "To be sent with the next login." })),
    }),
  ),
} as const;
const SIGN_OUT = {
  id: "signOut",
  says: "Ends the session that is shown.",
  asks: "open",
  answers: DONE,
} as const;
const USER_INFO = {
  id: "getUserInfo",
  says: "Who is signed in.",
  asks: "open",
  answers: json(
    told({
      loggedIn: flag(),
      username: optional(text()),
      iss: optional(text({ says: "Who vouches for them." })),
      groups: optional(list(text())),
      signOn: optional(list(text(), { says: "Providers that a browser can be sent to." })),
      passwords: optional(flag("Somebody signs in here by name and password.")),
    }),
  ),
} as const;

export function sessionRoutes(
  routes: Routes,
  { door, signOn, arrivalOf }: Pick<ApiContext, "door" | "signOn" | "arrivalOf">,
): void {
  if (door === undefined) return;

  routes.post("/api/v1/session", SIGN_IN, async (c, _, { body }) => {
    const { request, cookies, address, scheme, host } = asSent(c);
    refuseOtherSites(request, host);
    const { username, password, device, turn } = body;
    // A page cannot leave this header out, and a program has no use for a cookie.
    const carried = request.headers.has("sec-fetch-site") ? "cookie" : "bearer";
    const shown = carried === "bearer" ? device : onlyCookie(cookies, deviceName(scheme));
    const answer = await door.logins.signIn({
      name: username,
      password: new Secret(password),
      address,
      agent: request.headers.get("user-agent") ?? "",
      carried,
      ...defined({ device: shown, turn }),
    });
    if (answer.is === "refused") return said(new ApiError("Unauthenticated", "Invalid username or password"));
    if (answer.is !== "signed-in") return later(answer);
    if (carried === "bearer")
      return Response.json({ token: answer.secret.reveal(), device: answer.device.reveal() });
    // Whoever signs in is somebody new: what the browser had shown before opens nothing any more.
    endCookie(cookies, scheme);
    const reply = Response.json({});
    reply.headers.append("set-cookie", sessionCookie(answer.secret.reveal(), scheme));
    reply.headers.append("set-cookie", deviceCookie(answer.device.reveal(), scheme));
    return reply;
  });

  routes.delete("/api/v1/session", SIGN_OUT, (c) => {
    const { request, cookies, scheme, host } = asSent(c);
    refuseOtherSites(request, host);
    const asking = door.who.ask(request.headers, scheme);
    if (asking.is === "session") door.sessions.end(asking.session.id, "signed-out", asking.subject.name);
    const reply = Response.json({});
    // Whatever it was: a browser that asks to be logged out has nothing left to show.
    if (cookies !== "" && request.headers.get("authorization") === null)
      reply.headers.append("set-cookie", noSessionCookie(scheme));
    return reply;
  });

  routes.get("/api/v1/session/userinfo", USER_INFO, (c) => {
    const { request, scheme } = asSent(c);
    const asking = door.who.ask(request.headers, scheme);
    if (asking.is === "nobody" || asking.is === "refused")
      return Response.json({
        loggedIn: false,
        ...filled({ signOn: browsers() }),
        passwords: takesPasswords(),
      });
    if (asking.is === "server-token")
      return Response.json({ loggedIn: true, username: "server.token", iss: "holdfast", groups: [] });
    const { subject, owner } = asking;
    const iss = owner.kind === "sso" ? owner.issuer : "argocd";
    return Response.json({ loggedIn: true, username: subject.name, iss, groups: subject.groups });
  });

  /** Providers that a browser can be sent to, for a page that nobody is signed in at. */
  function browsers(): string[] {
    return (signOn?.desk.offered() ?? []).filter(({ how }) => how === "browser").map(({ name }) => name);
  }

  /** One's own, or a directory's. */
  function takesPasswords(): boolean {
    const isOfDirectory = signOn?.desk.offered().some(({ how }) => how === "password") === true;
    const own = door?.accounts.list() ?? [];
    return isOfDirectory || own.some(({ enabled, may }) => enabled === "yes" && may.includes("login"));
  }

  function asSent(c: Context<Env>) {
    const request = c.req.raw;
    const arrival = arrivalOf(request, c.env.server);
    return { request, cookies: request.headers.get("cookie") ?? "", ...arrival };
  }

  function endCookie(cookies: string, scheme: Transport): void {
    const asking = door?.who.ask(new Headers({ cookie: cookies }), scheme);
    if (asking?.is === "session") door?.sessions.end(asking.session.id, "signed-out", asking.subject.name);
  }
}

function deviceName(scheme: Transport): string {
  return scheme === "tls" ? DEVICE_COOKIE : PLAIN_DEVICE_COOKIE;
}

function deviceCookie(mark: string, scheme: Transport): string {
  const covered = scheme === "tls" ? "; Secure" : "";
  return `${deviceName(scheme)}=${mark}; Path=/; Max-Age=${DEVICE_S}; HttpOnly; SameSite=Strict${covered}`;
}

/** A page elsewhere signs nobody in here, as itself or as somebody, and nobody out. @throws {ApiError} 403 */
function refuseOtherSites(request: Request, host: string): void {
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  const isOurs = origin === null || origin === `http://${host}` || origin === `https://${host}`;
  if (!isOurs || (site !== null && site !== "same-origin" && site !== "none"))
    throw new ApiError("PermissionDenied", "this request comes from a page of another site");
}

function later(of: Later): Response {
  const seconds = Math.max(1, Math.ceil(of.retryAfterMs / 1_000));
  const why = of.is === "limited" ? "too many failed logins from here" : "too many log in at once";
  const details = of.is === "busy" && of.turn !== undefined ? { reason: "busy", turn: of.turn } : undefined;
  return said(
    new ApiError("ResourceExhausted", `${why}: try again in ${seconds}s`, { ...defined({ details }) }),
    { "retry-after": String(seconds) },
  );
}

/** Not thrown: what is worth an entry of the activity is told where it was judged. */
function said({ http, body }: ApiError, headers?: Record<string, string>): Response {
  return Response.json(body, { status: http, ...defined({ headers }) });
}

/** Two of one name: another host of the domain planted one. */
function onlyCookie(header: string, name: string): string | undefined {
  const found = header.split(";").flatMap((pair) => {
    const at = pair.indexOf("=");
    return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
  return found.length === 1 ? found[0] : undefined;
}
