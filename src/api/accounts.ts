/**
 * Accounts, their passwords, tokens and sessions, in the shapes of Argo CD's account service:
 * https://argo-cd.readthedocs.io/en/stable/developer-guide/api-docs/
 *
 * Whoever signed in sees and changes their own account without a line of the policy, as there. A token does not: what was made
 * for one purpose makes no other one.
 */
import { WITH_PROJECT } from "../core/access/access-policy.ts";
import type { Asker } from "../core/access/asker.ts";
import { resourceNamed, whyNoRequest } from "../core/access/check-policy.ts";
import type { Account } from "../core/accounts/account.ts";
import type { CredentialOwner } from "../core/model/credential-owner.ts";
import { Secret } from "../core/model/secret.ts";
import { filled } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { timestamp } from "../lib/timestamp.ts";
import type { AccountsDoor } from "./accounts-door.ts";
import { ApiError, notFound } from "./api-error.ts";
import { demand } from "./authorised/demand.ts";
import type { ApiContext } from "./context.ts";
import { orNotFound } from "./find-app.ts";
import { readJson } from "./read-json.ts";
import { recentLogins } from "./recent-login.ts";
import { may, type Routes } from "./routes.ts";

const CAN_I = "/api/v1/account/can-i/";
/** Characters. */
const MOST_PATTERN = 300;
/** Seconds: longer ones are not made. */
const MOST_LIFE_S = 366 * 24 * 60 * 60;

export function accountRoutes(
  routes: Routes,
  { control, door, arrivalOf, basePath }: Pick<ApiContext, "control" | "door" | "arrivalOf" | "basePath">,
): void {
  if (door === undefined) return;
  const demandRecent = recentLogins({ door, arrivalOf });

  routes.get("/api/v1/account", "let-in", (c, who) => {
    const may = who.filter("accounts", "get");
    const items = door.accounts.list().filter(({ name }) => isOwn(who, name) || may(name));
    return c.json({ items: items.map((account) => shown(account, door)) });
  });

  /** Yes or no, for whoever asks. */
  routes.get(`${CAN_I}*`, "let-in", (c, who) => {
    const [, rest = ""] = c.req.path.split(`${basePath}${CAN_I}`);
    const [resource = "", action = "", ...object] = rest.split("/").map(decoded);
    const asked = { resource: resourceNamed(resource), action, object: object.join("/") };
    const why = whyNoRequest(asked.resource, action);
    if (why !== undefined) throw new ApiError("InvalidArgument", why);
    const isAll = asked.object === "" || asked.object === "*";
    const meant = WITH_PROJECT.has(asked.resource) && isAll ? "*/*" : asked.object;
    return c.json({ value: who.may(asked.resource, action, meant) ? "yes" : "no" });
  });

  routes.put("/api/v1/account/password", "let-in", async (c, who) => {
    const { name, currentPassword, newPassword } = texts(await readJson(c.req.raw));
    const own = who.own;
    const account = name === "" ? (own?.account ?? "") : name;
    if (newPassword === undefined || account === "")
      throw new ApiError("InvalidArgument", "send name, currentPassword and newPassword, as text");
    if (own?.account === account) {
      const session = door.sessions.list().find(({ id }) => id === own.session);
      // It ended while the body came: whoever has a session alone never gets around the current password.
      if (session === undefined || !who.holds())
        throw new ApiError("Unauthenticated", "the session has ended: log in again");
      const answer = await door.logins.changePassword({
        session,
        current: new Secret(currentPassword ?? ""),
        next: new Secret(newPassword),
        address: arrivalOf(c.req.raw, c.env.server).address,
      });
      if (answer.is === "refused") throw new ApiError("InvalidArgument", answer.why);
      if (answer.is !== "set") throw new ApiError("ResourceExhausted", "too many tries: wait, and try again");
      return c.json({});
    }
    known(who, account, "update");
    await demandRecent(c, currentPassword);
    const answer = await door.passwords.set(account, new Secret(newPassword), { by: who.name });
    if (answer.is === "refused") throw new ApiError("InvalidArgument", answer.why);
    return c.json({});
  });

  routes.get("/api/v1/account/:name", "let-in", (c, who) =>
    c.json(shown(known(who, c.req.param("name"), "get"), door)),
  );

  /** `{id, expiresIn, scopes}`: seconds, 0 for as long as there is; the token's secret is told here, once. */
  routes.post("/api/v1/account/:name/token", "let-in", async (c, who) => {
    const { name } = known(who, c.req.param("name"), "update");
    const body = await readJson(c.req.raw);
    const { id = "", expiresIn, scopes, currentPassword } = isMapping(body) ? body : {};
    await demandRecent(c, currentPassword);
    const made = door.tokens.make({
      owner: { kind: "account", name },
      name: typeof id === "string" && id !== "" ? id : crypto.randomUUID(),
      scopes: scopesIn(scopes),
      lifetimeMs: lifetimeIn(expiresIn),
      by: who.name,
    });
    if (made.is === "refused") throw new ApiError("InvalidArgument", `account ${name}: ${made.why}`);
    return c.json({ token: made.secret.reveal() });
  });

  routes.delete("/api/v1/account/:name/token/:id", "let-in", (c, who) => {
    const { name } = known(who, c.req.param("name"), "update");
    const id = c.req.param("id");
    const token = door.tokens.list({ kind: "account", name }).find((one) => one.id === id || one.name === id);
    if (token === undefined) throw notFound(`token ${id} of account ${name}`);
    door.tokens.revoke(token.id, who.name);
    return c.json({});
  });

  /** As above, of a role of a project: whoever may change the project. `iat` is when it was made, in seconds. */
  routes.post("/api/v1/projects/:project/roles/:role/token", "let-in", async (c, who) => {
    const owner = roleIn(who, c.req.param());
    const body = await readJson(c.req.raw);
    const { id = "", expiresIn, scopes, currentPassword } = isMapping(body) ? body : {};
    await demandRecent(c, currentPassword);
    const made = door.tokens.make({
      owner,
      name: typeof id === "string" && id !== "" ? id : crypto.randomUUID(),
      scopes: scopesIn(scopes),
      lifetimeMs: lifetimeIn(expiresIn),
      by: who.name,
    });
    if (made.is === "refused")
      throw new ApiError("InvalidArgument", `role ${owner.role} of project ${owner.project}: ${made.why}`);
    return c.json({ token: made.secret.reveal() });
  });

  /** Ours: which there are, for whoever may see the project. Argo CD writes them into the project itself. */
  routes.get("/api/holdfast/v1/projects/:project/roles/:role/tokens", may("projects", "get"), (c, who) => {
    const { project, role } = c.req.param();
    orNotFound(control.projectInForce(who, project), `project ${project}`);
    return c.json({ items: tokensOf({ kind: "project-role", project, role }, door) });
  });

  routes.delete("/api/v1/projects/:project/roles/:role/token/:iat", "let-in", (c, who) => {
    const owner = roleIn(who, c.req.param());
    const iat = c.req.param("iat");
    const named = door.tokens
      .list(owner)
      .filter(({ id, name, createdAt }) => [id, name, seconds(createdAt)].includes(iat));
    const [token, ...others] = named;
    if (token === undefined) throw notFound(`token ${iat} of role ${owner.role}`);
    if (others.length > 0)
      throw new ApiError(
        "InvalidArgument",
        `${named.length} tokens were made at ${iat}: say which by its name (${named.map(({ name }) => name).join(", ")})`,
      );
    door.tokens.revoke(token.id, who.name);
    return c.json({});
  });

  /** Who is signed in: oneself, and everybody for whoever may see accounts. */
  routes.get("/api/holdfast/v1/sessions", "let-in", (c, who) => {
    const may = who.filter("accounts", "get");
    const items = door.sessions.list().filter(({ id, owner }) => isOwnSession(who, id) || may(owner.name));
    return c.json({
      items: items.map(({ id, owner, createdAt, usedAt, source, agent, carried }) => ({
        ...{ id, account: owner.name, carried, address: source, agent },
        ...(owner.kind === "sso" ? { issuer: owner.issuer } : {}),
        since: timestamp(createdAt),
        lastUsed: timestamp(usedAt),
        ...filled({ own: isOwnSession(who, id) ? "yes" : "" }),
      })),
    });
  });

  routes.delete("/api/holdfast/v1/sessions/:id", "let-in", (c, who) => {
    const id = c.req.param("id");
    const session = door.sessions.list().find((one) => one.id === id);
    const isMine = session?.owner.kind === "account" ? isOwn(who, session.owner.name) : isOwnSession(who, id);
    if (!isMine) demand(who, "accounts", "update", session?.owner.name ?? "*");
    if (session === undefined) throw notFound(`session ${id}`);
    door.sessions.end(id, "revoked", who.name);
    return c.json({});
  });

  /** @throws {ApiError} 403 where it is not theirs to see, whether it is there or not; 404 */
  function known(who: Asker, name: string, action: "get" | "update"): Account {
    if (action === "update") refuseScoped(who);
    if (!who.holds()) throw new ApiError("Unauthenticated", "the session or token has ended: log in again");
    if (!isOwn(who, name)) demand(who, "accounts", action, name);
    const account = door?.accounts.find(name);
    if (account === undefined) throw notFound(`account ${name}`);
    return account;
  }
}

/** What may less than its owner makes nothing that may more. */
function refuseScoped(who: Asker): void {
  if (who.isScoped)
    throw new ApiError("PermissionDenied", "a token with scopes makes no tokens and sets no passwords");
}

function roleIn(
  who: Asker,
  { project, role }: { project: string; role: string },
): Extract<CredentialOwner, { kind: "project-role" }> {
  refuseScoped(who);
  demand(who, "projects", "update", project);
  return { kind: "project-role", project, role };
}

function isOwn({ own }: Asker, name: string): boolean {
  return own?.account === name;
}

function isOwnSession({ own }: Asker, id: string): boolean {
  return own?.session === id;
}

function shown({ name, enabled, may }: Account, door: AccountsDoor): Record<string, unknown> {
  return {
    name,
    enabled: enabled === "yes",
    capabilities: may,
    tokens: tokensOf({ kind: "account", name }, door),
  };
}

function tokensOf(owner: CredentialOwner, door: AccountsDoor): Record<string, unknown>[] {
  return door.tokens
    .list(owner)
    .map(({ name: id, createdAt, expiresAt, usedAt, hint, createdBy, scopes }) => ({
      id,
      issuedAt: seconds(createdAt),
      expiresAt: seconds(expiresAt),
      // Ours.
      ...{ hint, createdBy, scopes },
      ...(usedAt === undefined ? {} : { lastUsed: timestamp(usedAt) }),
    }));
}

/** 64 bits are text in protobuf's JSON. */
function seconds(ms: number): string {
  return String(Math.floor(ms / 1_000));
}

function texts(body: unknown): { name: string; currentPassword?: string; newPassword?: string } {
  const { name, currentPassword, newPassword } = isMapping(body) ? body : {};
  return {
    name: typeof name === "string" ? name : "",
    ...(typeof currentPassword === "string" ? { currentPassword } : {}),
    ...(typeof newPassword === "string" ? { newPassword } : {}),
  };
}

/** Argo CD's clients send numbers as text too. */
function lifetimeIn(value: unknown): number {
  const asked = value === undefined || value === null ? 0 : Number(value);
  if (!Number.isInteger(asked) || asked < 0)
    throw new ApiError("InvalidArgument", "expiresIn: expected a whole number of seconds");
  return (asked === 0 ? MOST_LIFE_S : asked) * 1_000;
}

/** Ours: absent is all that the account may. */
function scopesIn(value: unknown): Parameters<AccountsDoor["tokens"]["make"]>[0]["scopes"] {
  if (value === undefined || value === null || value === "all") return "all";
  const wrong = (): ApiError =>
    new ApiError(
      "InvalidArgument",
      "scopes: expected a list of {resource, action, object}, texts of at most 300 characters each",
    );
  if (!Array.isArray(value)) throw wrong();
  const [first, ...others] = value.map((one) => {
    const { resource, action, object } = isMapping(one) ? one : {};
    if (typeof resource !== "string" || typeof action !== "string" || typeof object !== "string")
      throw wrong();
    // Each is a pattern that is tried at every question.
    if ([resource, action, object].some((text) => text.length > MOST_PATTERN)) throw wrong();
    return { resource, action, object };
  });
  if (first === undefined) throw wrong();
  return [first, ...others];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ApiError("InvalidArgument", "the path is not encoded as UTF-8");
  }
}
