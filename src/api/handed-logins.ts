/**
 * `holdfast login --sso` and `--device`: a program asks, a person who is signed in allows it on a page of ours, and the
 * program gets a session of its own. The page always asks: a link from elsewhere that opens it gives nobody anything.
 */
import type { Context } from "hono";
import {
  HANDED_LIMITS,
  type HandedLogins,
  type HandedQuestion,
  type HandedWay,
} from "../auth/handed-logins.ts";
import { sessionCookie } from "../auth/session-cookie.ts";
import type { AskingAs } from "../core/model/credential-owner.ts";
import { Secret } from "../core/model/secret.ts";
import { escapeHtml } from "../lib/escape-html.ts";
import { ApiError } from "./api-error.ts";
import type { ApiContext, Env } from "./context.ts";
import type { Routes } from "./routes.ts";
import { ERROR } from "./terms/answers.ts";
import { eitherOf, json, plain } from "./terms/terms.ts";
import { choice, fields, type Of, optional, text, told, whole } from "./terms/wire.ts";

/** The page: a link may open it, and its form is sent as a form. */
export const HANDED_PAGE = "/cli-login";
const ASK = "/api/holdfast/v1/cli-logins";
/** Open to everybody: whoever asks is nobody yet. */
export const HANDED_PATHS: readonly string[] = [HANDED_PAGE, ASK, `${ASK}/token`];
const BODY_BYTES = 16 * 1024;
const INTERVAL_S = 2;

const ASK_LOGIN = {
  id: "askLogin",
  says: "A program asks to be let in by somebody who is signed in.",
  asks: "open",
  body: fields({
    challenge: text({
      pattern: /^[\w-]{43}$/,
      expected: "43 signs of base64url",
      says: "SHA-256 of the verifier, base64url.",
    }),
    agent: text({ empty: "kept", says: "What asks, for people." }),
    way: choice(
      ["browser", "device"],
      "`browser`: on the same machine; `device`: on another one, by a code.",
    ),
    port: optional(whole({ least: 1_024, most: 65_535, says: "Where the program listens, on 127.0.0.1." })),
    state: optional(
      text({
        pattern: /^[\w-]{22,128}$/,
        expected: "22 to 128 signs of base64url",
        says: "Comes back with the browser.",
      }),
    ),
  }),
  capBytes: BODY_BYTES,
  answers: json(
    told({
      request: text(),
      code: text({ says: "That a person types, where the program is on another machine." }),
      interval: whole({ says: "Seconds to wait between two questions." }),
      expiresIn: whole({ says: "Seconds." }),
      page: optional(text({ says: "Where a person answers, as the config names this server." })),
    }),
  ),
} as const;
const REDEEM_LOGIN = {
  id: "redeemLogin",
  says: "Whether somebody let the program in, and once its token.",
  asks: "open",
  body: fields({
    request: text(),
    verifier: text(),
    code: optional(text({ says: "That the browser came back with." })),
  }),
  capBytes: BODY_BYTES,
  answers: json(
    told({
      is: choice(["given", "waiting", "refused", "gone"]),
      token: optional(text()),
      username: optional(text()),
    }),
  ),
} as const;
const SHOWN_PAGE = [
  plain("A page for a person.", { type: "text/html" }),
  plain("Nobody waits.", { status: 404, type: "text/html" }),
  { status: 303, says: "Elsewhere: to a provider, or back here." },
] as const;
const SHOW_PAGE = {
  id: "showLoginPage",
  says: "The page on which a person lets a program in.",
  asks: "open",
  query: { request: optional(text()), provider: optional(text({ says: "To sign in at first." })) },
  answers: SHOWN_PAGE,
} as const;
const ANSWER_PAGE = {
  id: "answerLoginPage",
  says: "What that page sends.",
  asks: "open",
  body: fields(
    {
      do: choice(["sign-in", "find", "allow", "refuse"]),
      request: optional(text()),
      username: optional(text({ empty: "kept" })),
      password: optional(text({ empty: "kept" })),
      code: optional(text({ empty: "kept" })),
    },
    { unknown: "ignore" },
  ),
  sent: "form",
  capBytes: BODY_BYTES,
  answers: [
    ...SHOWN_PAGE,
    eitherOf(
      plain("It is not taken.", { status: 403, type: "text/html" }),
      json(ERROR, { status: 403, says: "The page is another site's." }),
    ),
    plain("Too many tries.", { status: 429, type: "text/html" }),
  ],
} as const;

export function handedLoginRoutes(
  routes: Routes,
  { door, signOn, arrivalOf, basePath }: Pick<ApiContext, "door" | "signOn" | "arrivalOf" | "basePath">,
): void {
  if (door === undefined) return;

  routes.post(ASK, ASK_LOGIN, (c, _, { body: { challenge, agent, ...way } }) => {
    const { address } = arrivalOf(c.req.raw, c.env.server);
    const asked = door.handed.ask({ challenge, agent, address, way: wayOf(way) });
    if (asked.is === "wrong") throw new ApiError("InvalidArgument", asked.why);
    if (asked.is === "limited")
      throw new ApiError("ResourceExhausted", "too many logins wait for somebody: try again in some minutes");
    const { request, code } = asked;
    const origin = signOn?.url();
    return c.json({
      ...{ request, code, interval: INTERVAL_S, expiresIn: HANDED_LIMITS.lifeMs / 1_000 },
      ...(origin === undefined ? {} : { page: `${origin}${basePath}${HANDED_PAGE}` }),
    });
  });

  routes.post(`${ASK}/token`, REDEEM_LOGIN, (c, _, { body: { request, verifier, code = "" } }) => {
    const handed = door.handed.redeem(request, verifier, code);
    if (handed.is !== "given") return c.json({ is: handed.is });
    return c.json({ is: "given", token: handed.secret.reveal(), username: handed.name });
  });

  routes.get(HANDED_PAGE, SHOW_PAGE, (c, _, { query: { request, provider } }) => {
    const by = signedIn(c);
    if (by === undefined) {
      if (browsers().includes(provider ?? "")) return to(signOnPath(provider ?? "", request));
      return page(200, signIn(request, provider === undefined ? "" : "There is no provider of that name."));
    }
    if (request === undefined) return page(200, codeForm(by, ""));
    const question = door.handed.question(request);
    return question === undefined ? page(404, GONE) : page(200, confirm(question, by));
  });

  routes.post(HANDED_PAGE, ANSWER_PAGE, (c, _, { body }) => {
    refuseOtherPages(c.req.raw, arrivalOf(c.req.raw, c.env.server).host);
    const { do: what, request, username = "", password = "", code = "" } = body;
    if (what === "sign-in") return signInByPassword(c, username, password, request);
    const by = signedIn(c);
    if (by === undefined) return page(403, signIn(request, "Nobody is signed in here any more."));
    if (what === "find") {
      const found = door.handed.questionOfCode(code, by.owner);
      if (found === "limited")
        return page(429, codeForm(by, "Too many codes that nobody waits for. Try again in ten minutes."));
      return found === "unknown"
        ? page(404, codeForm(by, "Nobody waits with this code: it is another one, too old, or used."))
        : page(200, confirm(found, by));
    }
    const answered = door.handed.answer(request ?? "", what, by);
    if (answered === undefined) return page(404, GONE);
    const { way, brings } = answered;
    if (way.is === "device") return page(200, what === "allow" ? ALLOWED : REFUSED);
    const said = what === "allow" ? { code: brings } : { error: "access_denied" };
    // Not by a redirect: `form-action` holds for those too.
    return page(200, onward(programAt(way, said), what));
  });

  interface SignedIn {
    session: string;
    owner: AskingAs;
  }

  /** In this browser, by its cookie: neither a token nor another program's session says yes for a person. */
  function signedIn(c: Context<Env>): SignedIn | undefined {
    const { scheme } = arrivalOf(c.req.raw, c.env.server);
    const cookie = c.req.header("cookie") ?? "";
    const asking = door?.who.ask(new Headers({ cookie }), scheme);
    return asking?.is === "session" ? { session: asking.session.id, owner: asking.owner } : undefined;
  }

  async function signInByPassword(
    c: Context<Env>,
    name: string,
    password: string,
    request: string | undefined,
  ): Promise<Response> {
    const { address, scheme } = arrivalOf(c.req.raw, c.env.server);
    const agent = c.req.header("user-agent") ?? "";
    const answer = await door?.logins.signIn({
      ...{ name, address, agent, password: new Secret(password), carried: "cookie" },
    });
    if (answer?.is === "signed-in") {
      const query = request === undefined ? "" : `?${new URLSearchParams({ request })}`;
      return to(`${basePath}${HANDED_PAGE}${query}`, sessionCookie(answer.secret.reveal(), scheme));
    }
    const isLater = answer?.is === "limited" || answer?.is === "busy";
    return isLater
      ? page(429, signIn(request, "Too many tries: wait some minutes, and try again."))
      : page(403, signIn(request, "This name and this password are not taken."));
  }

  function browsers(): string[] {
    return (signOn?.desk.offered() ?? []).filter(({ how }) => how === "browser").map(({ name }) => name);
  }

  function signOnPath(provider: string, request: string | undefined): string {
    const query = request === undefined ? "" : `?${new URLSearchParams({ request })}`;
    const back = `${basePath}${HANDED_PAGE}${query}`;
    return `${basePath}/auth/login?${new URLSearchParams({ provider, return_url: back })}`;
  }

  function signIn(request: string | undefined, said: string): Page {
    const links = browsers().map(
      (name) => `<li><a href="${escapeHtml(signOnPath(name, request))}">${escapeHtml(name)}</a></li>`,
    );
    return {
      title: "Sign in first",
      body: `${sentence(said)}<p>A program waits to be let in. Say who you are:</p>${
        links.length === 0 ? "" : `<ul>${links.join("")}</ul>`
      }${form(request, '<p><label>Name <input name="username" autocomplete="username" required></label></p><p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p><p><button name="do" value="sign-in">Sign in</button></p>')}`,
    };
  }

  function codeForm({ owner }: SignedIn, said: string): Page {
    return {
      title: "Let a program in",
      body: `${sentence(said)}<p>You are signed in as <b>${escapeHtml(owner.name)}</b>. Type the code that the program shows. Type none that somebody sent you.</p>${form(undefined, '<p><label>Code <input name="code" autocomplete="off" required maxlength="20"></label></p><p><button name="do" value="find">Go on</button></p>')}`,
    };
  }

  function form(request: string | undefined, fields: string): string {
    const hidden =
      request === undefined ? "" : `<input type="hidden" name="request" value="${escapeHtml(request)}">`;
    return `<form method="post" action="${basePath}${HANDED_PAGE}">${hidden}${fields}</form>`;
  }

  /** What asks, from where, and as whom it will be: nobody is to allow what they did not begin. */
  function confirm({ request, way, code, address, agent, ageMs }: HandedQuestion, by: SignedIn): Page {
    const minutes = Math.floor(ageMs / 60_000);
    const issuer = by.owner.kind === "sso" ? ` (${escapeHtml(by.owner.issuer)})` : "";
    const rows = [
      ["Says of itself", escapeHtml(agent)],
      ["Asks from", escapeHtml(address === "" ? "an unknown address" : address)],
      ["Asked", minutes === 0 ? "less than a minute ago" : `${minutes} min ago`],
      ...(way.is === "device" ? [["Code", escapeHtml(code)]] : []),
      ["Will be", `<b>${escapeHtml(by.owner.name)}</b>${issuer}, with all that you may`],
    ];
    const where =
      way.is === "device"
        ? "Allow it only if you began it yourself just now, on that machine, and it shows this code. Nobody who helps you needs it."
        : "Allow it only if you typed <code>holdfast login</code> on this machine just now.";
    return {
      title: "Let this program in?",
      body: `<dl>${rows.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join("")}</dl><p>${where}</p>${form(request, '<p><button name="do" value="refuse">Refuse</button> <button name="do" value="allow">Allow</button></p>')}`,
    };
  }
}

/**
 * A program waits for a login that was refused where somebody was to sign in for it: it waits no longer.
 * @param returnTo the path of ours to which that login was to lead
 * @returns where the browser takes the word; undefined: no program of this machine waits for it
 */
export function refusedElsewhere(handed: Pick<HandedLogins, "refuse">, returnTo: string): string | undefined {
  const { pathname, searchParams } = new URL(returnTo, "https://here.invalid");
  const request = pathname === HANDED_PAGE ? searchParams.get("request") : null;
  const way = request === null ? undefined : handed.refuse(request);
  return way?.is === "browser" ? programAt(way, { error: "access_denied", by: "provider" }) : undefined;
}

function programAt(
  { port, state }: Extract<HandedWay, { is: "browser" }>,
  said: Record<string, string>,
): string {
  return `http://127.0.0.1:${port}/?${new URLSearchParams({ ...said, state })}`;
}

/** @throws {ApiError} 400 */
function wayOf({ way, port, state }: Pick<Of<typeof ASK_LOGIN.body>, "way" | "port" | "state">): HandedWay {
  if (way === "device") return { is: "device" };
  if (port !== undefined && state !== undefined) return { is: "browser", port, state };
  throw new ApiError("InvalidArgument", "port and state: a login by a browser names both");
}

/** Browsers say it with every form; whoever does not is no page of ours. @throws {ApiError} 403 */
function refuseOtherPages(request: Request, host: string): void {
  const origin = request.headers.get("origin");
  if (origin !== `http://${host}` && origin !== `https://${host}`)
    throw new ApiError("PermissionDenied", "this request comes from a page of another site");
}

interface Page {
  title: string;
  head?: string;
  body: string;
}

const GONE: Page = {
  title: "Nobody waits",
  body: "<p>This login is too old, was answered already, or was begun before the daemon started again. Begin it once more: <code>holdfast login</code>.</p>",
};
const ALLOWED: Page = {
  title: "Let in",
  body: "<p>The program is let in. You may close this page.</p><p>Its session is listed with yours, and can be ended: <code>holdfast account session list</code>.</p>",
};
const REFUSED: Page = {
  title: "Refused",
  body: "<p>The program is not let in. You may close this page.</p>",
};

function sentence(said: string): string {
  return said === "" ? "" : `<p role="alert">${escapeHtml(said)}</p>`;
}

function onward(address: string, answer: "allow" | "refuse"): Page {
  const safe = escapeHtml(address);
  const { title } = answer === "allow" ? ALLOWED : REFUSED;
  return {
    title,
    head: `<meta http-equiv="refresh" content="0;url=${safe}">`,
    body: `<p>Back to the program. <a href="${safe}">Go on</a>, where this page stays.</p>`,
  };
}

function to(location: string, cookie?: string): Response {
  const headers = new Headers({ location });
  if (cookie !== undefined) headers.append("set-cookie", cookie);
  return new Response(null, { status: 303, headers });
}

/** With a referrer for ourselves: without one, browsers say `Origin: null` of the form. */
function page(status: number, { title, head = "", body }: Page): Response {
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="referrer" content="same-origin"><meta name="viewport" content="width=device-width"><title>${title}</title>${head}</head><body><h1>${title}</h1>${body}</body></html>`;
  return new Response(html, { status, headers: { "content-type": "text/html; charset=utf-8" } });
}
