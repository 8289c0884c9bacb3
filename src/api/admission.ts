import { createHash, timingSafeEqual } from "node:crypto";
import { Asker, almighty } from "../core/access/asker.ts";
import type { Secret } from "../core/model/secret.ts";
import { ApiError } from "./api-error.ts";
import { belowBase, pathOf } from "./base-path.ts";

/** Open to everybody even where a token is set. */
const OPEN = new Set(["/healthz", "/readyz", "/api/webhook"]);
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);
/** Argo CD's clients name clusters and repositories by their address, encoded: one step of the path, and no file's name. */
const BY_ADDRESS =
  /^\/api\/v1\/(?:clusters\/[^/]+(?:\/(?:rotate-auth|invalidate-cache))?|(?:write-)?repositories\/[^/]+(?:\/[a-z-]+)?|(?:write-)?repocreds\/[^/]+)$/;
/** Argo CD's page does, too. Ours answers itself there, and nothing of the path is looked at. */
const PAGE_BY_ADDRESS = /^\/settings\/(?:clusters|repos)\/[^/]+$/;
const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

/** Whom the headers of a request show. */
export type Shown =
  /** `handOut` goes into the cookie of the answer. */
  | { is: "known"; asker: Asker; by: "header" | "cookie"; handOut?: Secret }
  | { is: "nobody" }
  /** Something was shown that opens nothing. `why`: where whoever has it may know more. */
  | { is: "refused"; why?: string };

export interface AdmissionRules {
  token: Secret | undefined;
  /** Who there is. Absent: whoever shows the token, or owns the machine, may everything. */
  who?: (request: Request, transport: "tls" | "plain") => Shown;
  /** Opens `/metrics` and nothing else. */
  metricsToken?: Secret | undefined;
  /** `/holdfast`, or "". */
  basePath?: string;
  /** Whether a path is one of the static page: it holds no data, and asks for the token itself. */
  isPage(path: string): boolean;
  /** What everybody is told alike, on whichever page: who asks is not looked at. Absent: nothing is. */
  isEverybodys?(path: string): boolean;
  /** Whether a page of ours sends a form to a path, which then asks itself where it comes from. Absent: none does. */
  takesForms?(path: string): boolean;
}

/**
 * Who may ask at all, before any handler sees the request.
 *
 * With a token every caller must show it. Without one the daemon trusts the machine's own user, and the danger is a web
 * page in that user's browser: it can reach loopback, but cannot forge `Host` (DNS rebinding), `Origin`, `Sec-Fetch-Site`,
 * nor send JSON without asking first. Source: security-and-reliability, UI-4, UI-5, AZ-10.
 *
 * @throws {ApiError}
 */
export function admit(
  request: Request,
  {
    token,
    who,
    metricsToken,
    basePath = "",
    isPage,
    isEverybodys = () => false,
    takesForms = () => false,
  }: AdmissionRules,
  { scheme, host }: { scheme: "tls" | "plain"; host: string } = {
    scheme: "plain",
    host: request.headers.get("host") ?? "",
  },
): Asker {
  const path = belowBase(pathOf(request.url), basePath);
  if (!METHODS.has(request.method))
    throw new ApiError("Unimplemented", `method ${request.method} is not served`, { http: 405 });
  const separators =
    BY_ADDRESS.test(path) || PAGE_BY_ADDRESS.test(path) ? /%5c|%00|\\|\/\//i : /%2f|%5c|%00|\\|\/\//i;
  if (separators.test(path))
    throw new ApiError("InvalidArgument", "the path holds an encoded or doubled separator");
  if ((request.method === "GET" || request.method === "HEAD") && isEverybodys(path)) return NOBODY;
  const isOpen = OPEN.has(path) || isPage(path);
  const isPrometheus = path === "/metrics" && metricsToken !== undefined && isShown(request, metricsToken);
  const asker = isPrometheus ? PROMETHEUS : who === undefined ? trusted() : known(who(request, scheme));
  const isWrite = request.method !== "GET" && request.method !== "HEAD";
  const type = request.headers.get("content-type") ?? "";
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(type) && takesForms(path);
  if (isWrite && !isForm && !/^application\/(?:cloudevents\+)?json\s*(;|$)/i.test(type)) {
    throw new ApiError("InvalidArgument", "send `Content-Type: application/json`: every write needs it", {
      http: 415,
    });
  }
  return asker;

  function trusted(): Asker {
    if (token === undefined) refuseForeign(request, isPage(path));
    else if (!isOpen) demandToken(request, token);
    return almighty(token === undefined ? "user:local" : "user:token");
  }

  function known(shown: Shown): Asker {
    if (shown.is === "known") {
      // A browser sends its cookie along with whatever any page asks for.
      if (shown.by === "cookie") refuseOtherPages(request, host, isPage(path));
      return shown.asker;
    }
    if (isOpen) return NOBODY;
    throw new ApiError(
      "Unauthenticated",
      shown.is === "nobody"
        ? "say who you are: `holdfast login`, or `Authorization: Bearer` with a token"
        : (shown.why ?? "the token or session that was shown opens nothing (any more): log in again"),
    );
  }
}

const NOBODY = new Asker("nobody", "nobody", () => ({ is: "denied", because: "nothing" }));
/** The token of its own lets it in at `/metrics` alone. */
const PROMETHEUS = almighty("token:metrics");

export function refuseForeign(request: Request, isPage: boolean): void {
  const host = request.headers.get("host") ?? "";
  if (!LOOPBACK_HOST.test(host)) {
    throw new ApiError(
      "PermissionDenied",
      "without `server.token` only 127.0.0.1, localhost and [::1] are answered",
      { http: 421 },
    );
  }
  refuseOtherPages(request, host, isPage);
}

/** What a page elsewhere has a browser ask. @param host as the browser knows it, in front of the proxies that are trusted */
export function refuseOtherPages(request: Request, host: string, isPage: boolean): void {
  const origin = request.headers.get("origin");
  if (origin !== null && origin !== `http://${host}` && origin !== `https://${host}`) throw crossSite();
  const site = request.headers.get("sec-fetch-site");
  // "same-site" is another port of localhost: another program's page.
  if (site === null || site === "same-origin" || site === "none") return;
  // A link from elsewhere may open the page: it is static, and cannot be framed.
  const opensPage =
    isPage &&
    request.method === "GET" &&
    request.headers.get("sec-fetch-mode") === "navigate" &&
    request.headers.get("sec-fetch-dest") === "document";
  if (!opensPage) throw crossSite();
}

function crossSite(): ApiError {
  return new ApiError("PermissionDenied", "requests from other web pages are refused");
}

export function demandToken(request: Request, token: Secret, setting = "server.token"): void {
  if (isShown(request, token)) return;
  throw new ApiError(
    "Unauthenticated",
    `send \`Authorization: Bearer\` with the token that the config names as \`${setting}\``,
  );
}

function isShown(request: Request, token: Secret): boolean {
  const [scheme, shown = ""] = (request.headers.get("authorization") ?? "").split(" ");
  // Digests are of one length, so that the comparison takes the same time whatever was shown.
  const isEqual = timingSafeEqual(digest(shown), digest(token.reveal()));
  return scheme?.toLowerCase() === "bearer" && isEqual;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
