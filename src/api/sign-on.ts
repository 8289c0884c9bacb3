/**
 * `/auth/login`, `/auth/callback`, `/api/dex/callback` and `/auth/logout`, as Argo CD has them: https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/
 * They are open to everybody. What a browser brings along is judged by the desk; what a page says is one of our sentences.
 */
import type { Context } from "hono";
import type { ActivitySource } from "../core/model/activity.ts";
import { Failure } from "../core/model/failure.ts";
import { LoginUnfinished } from "../core/model/login-unfinished.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { escapeHtml } from "../lib/escape-html.ts";
import { sourceOf } from "./asking.ts";
import type { ApiContext, Env } from "./context.ts";
import { refusedElsewhere } from "./handed-logins.ts";
import type { Routes } from "./routes.ts";
import { plain } from "./terms/terms.ts";
import { optional, text } from "./terms/wire.ts";

/** What a browser carries while it is at the provider. Its prefix keeps it to this host alone, over TLS. */
const PENDING_COOKIE = "__Host-holdfast_o";
/** Over plain HTTP, which is for loopback, browsers keep no cookie of that prefix. */
const PLAIN_PENDING_COOKIE = "holdfast_o";
const PENDING_S = 600;

/** Paths that need no login: they are how one gets one. */
export const SIGN_ON_PATHS: readonly string[] = [
  ...["/auth/login", "/auth/callback", "/auth/logout", "/api/dex/callback"],
];

const SHOWN = plain("A page for a person.", { type: "text/html" });
const ELSEWHERE = { status: 303, says: "Elsewhere: to the provider, or back here." };
const NOT_IN = [
  plain("The provider let nobody in.", { status: 403, type: "text/html" }),
  plain("The provider does not answer.", { status: 502, type: "text/html" }),
] as const;
const BEGIN = {
  id: "signInByProvider",
  says: "Sends a browser to a provider, or lets a person choose one.",
  asks: "open",
  query: {
    provider: optional(text({ says: "Where there are several." })),
    return_url: optional(text({ says: "Where the browser goes afterwards, on this server." })),
  },
  answers: [SHOWN, ELSEWHERE, ...NOT_IN],
} as const;
const FINISH = {
  id: "finishSignIn",
  says: "Where a provider sends the browser back to.",
  asks: "open",
  query: {
    code: optional(text()),
    state: optional(text()),
    error: optional(text()),
    error_description: optional(text()),
    iss: optional(text()),
  },
  answers: [SHOWN, ...NOT_IN],
} as const;
const LEAVE = {
  id: "signOutOfProvider",
  says: "Ends the session of a browser, here and at its provider.",
  asks: "open",
  answers: [SHOWN, ELSEWHERE],
} as const;

export function signOnRoutes(routes: Routes, { signOn, door, log, onRefused, arrivalOf }: ApiContext): void {
  if (signOn === undefined) return;
  const { desk, sessions } = signOn;

  routes.get("/auth/login", BEGIN, async (c, _, { query: { provider, return_url: returnTo } }) => {
    const browsers = desk.offered().filter(({ how }) => how === "browser");
    if (provider === undefined && browsers.length > 1) return page(200, choice(browsers, returnTo));
    const former = sessions.shown(c.req.raw.headers);
    const begun = begunBy(c.req.header("sec-fetch-site"), former);
    if (begun !== "a click here") return page(200, clickFirst(begun, loginPath(provider, returnTo)));
    const from = sourceOf(c.req.raw, addressOf(c));
    return await answering(from, returnTo, async () => {
      const asked = { provider, returnTo, ...defined({ former }) };
      const { location, carried } = await desk.begin(asked, c.req.raw.signal);
      return to(location, pendingCookie(carried, PENDING_S));
    });
  });

  const finish = (c: Context<Env>): Promise<Response> =>
    answering(sourceOf(c.req.raw, addressOf(c)), undefined, async () => {
      const answer = new URL(c.req.url).searchParams;
      const carried = onlyCookie(c.req.header("cookie") ?? "", pendingName());
      const { visit, returnTo, former } = await desk.finish(carried, answer, c.req.raw.signal);
      const { id, cookie } = sessions.begin(visit.identity, {
        address: addressOf(c) ?? "",
        agent: c.req.header("user-agent") ?? "",
        ...defined({ former }),
      });
      desk.remember(id, visit);
      // A cookie that is for this site alone is not sent along while another site's redirects last: so the page goes on by itself.
      const reply = page(200, onward(returnTo));
      reply.headers.append("set-cookie", cookie);
      reply.headers.append("set-cookie", pendingCookie("", 0));
      return reply;
    });
  routes.get("/auth/callback", FINISH, finish);
  // Where providers of `dex.config` know Argo CD's Dex to be. Whose login it is says the cookie, and no path.
  routes.get("/api/dex/callback", { ...FINISH, id: "finishSignInOfDex" }, finish);

  const leave = async (c: Context<Env>): Promise<Response> => {
    // Another program of this host or domain has a browser bring the cookie along: there a person is asked.
    const site = c.req.header("sec-fetch-site");
    if (site !== undefined && site !== "same-origin" && site !== "none") return page(200, LEAVING);
    const ended = sessions.end(c.req.raw.headers);
    if (ended === undefined) return to("/");
    // Here they are logged out whatever the provider says.
    const location = await desk.leave(ended.id, c.req.raw.signal).catch((cause) => {
      log.warn("nobody could be logged out at the provider", { why: messageOf(cause) });
      return undefined;
    });
    return to(location ?? "/", ended.cookie);
  };
  routes.get("/auth/logout", LEAVE, leave);
  routes.post("/auth/logout", { ...LEAVE, id: "signOutOfProviderByPost" }, leave);

  /** @param returnTo where it was to lead, where that is known beforehand */
  async function answering(
    from: ActivitySource,
    returnTo: string | undefined,
    work: () => Promise<Response>,
  ): Promise<Response> {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      const isRefused = cause.code === "sign-on";
      // By which whoever is told nothing more is helped by whoever reads the log.
      const request = crypto.randomUUID().slice(0, 8);
      log.warn("nobody was signed in", { why: cause.message, request });
      const outcome = { is: isRefused ? "refused" : "failed", why: cause.message } as const;
      onRefused?.({ actor: "anonymous", from, action: "sign in", outcome, details: {} });
      const isDenied = cause instanceof LoginUnfinished && cause.end === "denied";
      const [status, said] = isRefused ? [403, isDenied ? DENIED : REFUSED] : [502, UNANSWERED];
      const back = cause instanceof LoginUnfinished ? cause.returnTo : returnTo;
      const program = cause instanceof LoginUnfinished ? waitingFor(cause) : undefined;
      const reply = page(
        status,
        program === undefined
          ? unfinished(`${said} The daemon's log has the reason: request ${request}.`, back)
          : toProgram(program),
      );
      reply.headers.append("set-cookie", pendingCookie("", 0));
      return reply;
    }
  }

  /** @returns where a program of this machine hears that its login was refused; undefined: none waits */
  function waitingFor({ end, returnTo }: LoginUnfinished): string | undefined {
    return end === "denied" && door !== undefined ? refusedElsewhere(door.handed, returnTo) : undefined;
  }

  /** Behind the proxies that are trusted. */
  function addressOf(c: Context<Env>): string | undefined {
    return arrivalOf(c.req.raw, c.env.server).address || undefined;
  }

  function isCovered(): boolean {
    return signOn?.url()?.startsWith("https:") ?? true;
  }

  function pendingName(): string {
    return isCovered() ? PENDING_COOKIE : PLAIN_PENDING_COOKIE;
  }

  /** Lax: the provider's redirect is another site's, and must bring it along. */
  function pendingCookie(value: string, seconds: number): string {
    const covered = isCovered() ? "; Secure" : "";
    return `${pendingName()}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${covered}`;
  }
}

function to(location: string, cookie?: string): Response {
  const headers = new Headers({ location });
  if (cookie !== undefined) headers.append("set-cookie", cookie);
  return new Response(null, { status: 303, headers });
}

/** Two of one name: another host of the domain planted one. */
function onlyCookie(header: string, name: string): string | undefined {
  const found = header.split(";").flatMap((pair) => {
    const at = pair.indexOf("=");
    return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
  return found.length === 1 ? found[0] : undefined;
}

interface Page {
  title: string;
  head?: string;
  body: string;
}

/** From here the browser asks as this page does, which it is. */
const LEAVING = { title: "Log out", body: '<p><a href="logout">Log out of Holdfast</a></p>' };

const DENIED = "The provider let nobody in: it, or somebody there, said no to this login.";
const REFUSED = "The provider let nobody in, or what it said could not be used.";
const UNANSWERED = "The provider could not be asked.";

/** Another try leads where this one was to lead. */
function unfinished(said: string, returnTo: string | undefined): Page {
  const again = escapeHtml(loginPath(undefined, returnTo));
  return {
    title: "Not signed in",
    body: `<p>${said}</p><p><a href="${again}">Sign in again</a>, or go <a href="/">to the page</a>.</p>`,
  };
}

/** The program waits at this address for a word; it says itself what to do next. */
function toProgram(address: string): Page {
  const safe = escapeHtml(address);
  return {
    title: "Not signed in",
    head: `<meta http-equiv="refresh" content="0;url=${safe}">`,
    body: `<p>${REFUSED} The program that waited for it is told so. <a href="${safe}">Go on</a>, where this page stays.</p>`,
  };
}

type Begun = "a click here" | "another site" | "an address";

/**
 * Whoever is sent here by somebody else's link does not sign in as whoever that somebody wants: the session's cookie is not
 * even shown then, and a login would replace it. A link in a mail is as an address that was typed, but for the session.
 * Every browser since 2023 says where a request comes from; programs say nothing.
 */
function begunBy(site: string | undefined, former: string | undefined): Begun {
  if (site === undefined || site === "same-origin") return "a click here";
  if (site !== "none") return "another site";
  return former === undefined ? "a click here" : "an address";
}

/** From here the browser asks as this page does, which it is. */
function clickFirst(begun: Exclude<Begun, "a click here">, path: string): Page {
  const why =
    begun === "another site"
      ? "Another site's page led here. Whoever is signed in in this browser stays so until you go on."
      : "Somebody is signed in in this browser, and stays so until you go on.";
  return {
    title: "Sign in?",
    body: `<p>${why}</p><p><a href="${escapeHtml(path)}">Sign in</a>, or go <a href="/">to the page</a>.</p>`,
  };
}

function loginPath(provider: string | undefined, returnTo: string | undefined): string {
  const query = new URLSearchParams(defined({ provider, return_url: returnTo })).toString();
  return `/auth/login${query === "" ? "" : `?${query}`}`;
}

function onward(path: string): Page {
  const safe = escapeHtml(path);
  return {
    title: "Signed in",
    head: `<meta http-equiv="refresh" content="0;url=${safe}">`,
    body: `<p>You are signed in. <a href="${safe}">Go on</a>.</p>`,
  };
}

function choice(providers: readonly { name: string }[], returnTo: string | undefined): Page {
  const links = providers.map(
    ({ name }) => `<li><a href="${escapeHtml(loginPath(name, returnTo))}">${escapeHtml(name)}</a></li>`,
  );
  return { title: "Sign in", body: `<p>Sign in with</p><ul>${links.join("")}</ul>` };
}

function page(status: number, { title, head = "", body }: Page): Response {
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>${head}</head><body><h1>${title}</h1>${body}</body></html>`;
  return new Response(html, { status, headers: { "content-type": "text/html; charset=utf-8" } });
}
